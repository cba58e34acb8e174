import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectOptions } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { type Broker, type BrokerPair, startPair } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { resumed } from './application.ts'
import { expectEachOnce, itGoesOn } from './expectations.ts'
import { Load } from './load.ts'
import { closeScene, type MovingScene, moved, setScene } from './moving.ts'
import { featuresOf, type Protocol } from './protocols.ts'

/** The next one takes a second or two to become active; it is looked for more often than by default. */
const options: ConnectOptions = { failover: { maxReconnectDelay: 500 } }

describe.skipIf(injectedBroker('artemis') === undefined)('a primary and a backup of ActiveMQ Artemis', () => {
  let pair: BrokerPair

  beforeAll(async () => {
    pair = await startPair('artemis')
  }, 120_000)
  afterAll(() => pair?.remove(), 60_000)

  // One after the other: each begins where the one before ends.
  describe.each<[string, Protocol, 'backup' | 'primary', (active: Broker) => Promise<void>]>([
    ['the primary is killed', 'amqp', 'backup', (primary) => pair.kill(primary)],
    ['the primary comes back', 'amqp', 'primary', (backup) => pair.start(pair.other(backup))],
    ['the primary shuts down', 'amqp', 'backup', (primary) => pair.shutDown(primary)],
    ['the primary comes back', 'stomp', 'primary', (backup) => pair.start(pair.other(backup))],
    ['the primary is killed', 'stomp', 'backup', (primary) => pair.kill(primary)],
    ['the primary comes back', 'openwire', 'primary', (backup) => pair.start(pair.other(backup))],
    ['the primary is killed', 'openwire', 'backup', (primary) => pair.kill(primary)],
  ])('when %s, a connection over %s', (_, protocol, where, fault) => {
    let scene: MovingScene
    let before: Broker

    beforeAll(async () => {
      before = await pair.active()
      scene = await setScene(pair.uri(protocol), options)
      await moved(scene, () => fault(before))
    }, 90_000)
    afterAll(() => closeScene(scene), 30_000)

    it(`goes on at the ${where}`, async () => {
      const [primary, backup] = pair.brokers
      const now = where === 'primary' ? primary : backup
      expect(await pair.active()).toBe(now)
      expect(scene.application.connection.peer.endpoint).toBe(now.uri(protocol, null))
    })

    itGoesOn(featuresOf({ name: 'artemis', protocol }), () => scene)
  })

  it('over MQTT, a durable subscription goes on at the other one', async () => {
    const [primary, backup] = pair.brokers
    const before = await pair.active()
    const load = await Load.begin(pair.uri('mqtt'), options, { ...options, clientId: uniqueName('client') })
    const resumptions = Promise.all([load.sender, load.receiver].map(resumed))
    await (before === primary ? pair.kill(primary) : pair.start(primary))
    await resumptions
    await load.confirms(200)
    expect(load.receiver.peer.endpoint).toBe((before === primary ? backup : primary).uri('mqtt', null))
    // It delivers out of order over MQTT, also without a failover (ARTEMIS-6191).
    await expectEachOnce(load)
    await load.close()
  }, 90_000)
})
