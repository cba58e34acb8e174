import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectOptions } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { type Broker, type BrokerPair, startPair } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { clockPasses } from '../conformance/waiting.ts'
import { interrupted, resumed } from './application.ts'
import { expectNothingLost, itGoesOn } from './expectations.ts'
import { Load } from './load.ts'
import { closeScene, type MovingScene, moved, setScene } from './moving.ts'
import { featuresOf, type Protocol, protocolsOf } from './protocols.ts'

const MINUTE = 60_000

/** Sends wait for a broker that is away for a minute, and so do tests, for not much longer. */
const patient: ConnectOptions = {
  sendTimeout: 2 * MINUTE,
  failover: { maxReconnectDelay: 1_000, startupMaxReconnectAttempts: 10 },
}

/** A frozen broker is found by its silence, and is not waited for when it is dialled. */
const watchful: ConnectOptions = { ...patient, heartbeat: 2_000, connectTimeout: 2_000 }

describe.skipIf(injectedBroker('activemq') === undefined)('an active and a standby of ActiveMQ Classic', () => {
  let pair: BrokerPair

  beforeAll(async () => {
    pair = await startPair()
  }, 120_000)
  afterAll(() => pair?.remove(), 60_000)

  /** Freezes the broker, and lets it go on or ends it once it is missed. */
  async function freeze(active: Broker, { notice }: MovingScene, end: () => Promise<void>): Promise<void> {
    const missed = Promise.all(notice.map(interrupted))
    await pair.pause(active)
    await missed
    await end()
  }

  async function thaw(active: Broker): Promise<void> {
    await clockPasses(Date.now() + MINUTE)
    await pair.resume(active)
  }

  // Frozen, it keeps the store's lock: what an application may rely on is to go on once it thaws, or is ended.
  describe.each<{
    readonly what: string
    readonly protocol: Protocol
    readonly where: 'the standby' | 'the same broker'
    readonly options?: ConnectOptions
    readonly fault: (active: Broker, scene: MovingScene) => Promise<void>
  }>([
    ...protocolsOf('activemq').map((protocol) => ({
      what: 'is killed',
      protocol,
      where: 'the standby' as const,
      fault: (active: Broker) => pair.kill(active),
    })),
    { what: 'shuts down', protocol: 'amqp', where: 'the standby', fault: (active) => pair.shutDown(active) },
    {
      what: 'freezes and is killed',
      protocol: 'stomp',
      where: 'the standby',
      options: watchful,
      fault: (active, scene) => freeze(active, scene, () => pair.kill(active)),
    },
    {
      what: 'freezes for a minute',
      protocol: 'amqp',
      where: 'the same broker',
      options: watchful,
      fault: (active, scene) => freeze(active, scene, () => thaw(active)),
    },
  ])('when the active one $what, a connection over $protocol', ({ protocol, where, options = patient, fault }) => {
    let scene: MovingScene
    let before: Broker

    beforeAll(async () => {
      before = await pair.active()
      // A broker that thaws has messages for the consumer that left, and delivers them after later ones: the order is
      // what a consumer sees that has stayed.
      scene = await setScene(
        pair.uri(protocol),
        options,
        where === 'the standby' ? undefined : { options: { heartbeat: 0 } },
      )
      await moved(scene, () => fault(before, scene))
    }, 3 * MINUTE)
    afterAll(async () => {
      await closeScene(scene)
      if (where === 'the standby') await pair.start(before)
    }, 60_000)

    it(`goes on at ${where}`, async () => {
      const now = await pair.active()
      expect(now).toBe(where === 'the standby' ? pair.other(before) : before)
      expect(scene.application.connection.peer.endpoint).toBe(now.uri(protocol, null))
    })

    itGoesOn(
      { ...featuresOf({ name: 'activemq', protocol }), tellsRedelivered: where === 'the same broker' },
      () => scene,
    )
  })

  it('over MQTT, a durable subscription goes on at the standby when the active one is killed', async () => {
    // The broker speaks 3.1.1 only, which has no place for the kind of a message and for its id.
    const uri = `${pair.uri('mqtt')}?nested.mqtt.envelope=json`
    const load = await Load.begin(uri, patient, { ...patient, clientId: uniqueName('client') })
    const active = await pair.active()
    const connections = [load.sender, load.receiver]
    const resumptions = Promise.all(connections.map(resumed))
    await pair.kill(active)
    await resumptions
    await load.confirms(200)
    expect(load.receiver.peer.endpoint).toBe(pair.other(active).uri('mqtt', null))
    await expectNothingLost(load)
    await load.close()
    await pair.start(active)
  }, 120_000)

  it('may be restarted in turn, and nothing is lost', async () => {
    // A loss soon after another goes on with the delays of the one before: seconds here, unless they are bounded.
    const load = await Load.begin(pair.uri('amqp'), { ...patient, failover: { maxReconnectDelay: 500 } })
    for (const _ of pair.brokers) {
      const active = await pair.active()
      const away = Promise.all([load.sender, load.receiver].map(interrupted))
      await pair.shutDown(active)
      await away
      await load.confirms(200)
      await pair.start(active)
      await load.confirms(200)
    }
    await expectNothingLost(load)
    await load.close()
  }, 90_000)
})
