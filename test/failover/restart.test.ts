import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectOptions, TemporaryCredentials } from '../../src/index.ts'
import { type Broker, startBroker } from '../brokers/index.ts'
import { Application, interrupted, resumed } from './application.ts'
import { expectNothingLost, itGoesOn, type Scene } from './expectations.ts'
import { Load } from './load.ts'
import { featuresOf, injectedPairings } from './protocols.ts'

/** A broker of its own each: the others are in use by other tests. */
describe.each(injectedPairings())('a connection to $name over $protocol, the only broker,', ({ name, protocol }) => {
  let broker: Broker

  beforeAll(async () => {
    broker = await startBroker(name, { keep: false })
  }, 120_000)
  afterAll(() => broker?.stop(), 60_000)

  describe('when it is killed and starts again', () => {
    let scene: Scene

    beforeAll(async () => {
      const uri = broker.uri(protocol)
      scene = { application: await Application.open(uri, options), load: await Load.begin(uri, options) }
      const connections = [scene.application.connection, scene.load.sender, scene.load.receiver]
      const losses = Promise.all(connections.map(interrupted))
      const resumptions = Promise.all(connections.map(resumed))
      await broker.writeTopology()
      await broker.kill()
      await losses
      await broker.start()
      await resumptions
      await scene.load.confirms(200)
    }, 90_000)
    afterAll(async () => {
      await Promise.all([scene?.application.connection.close(), scene?.load.close()])
    }, 30_000)

    it('comes back to it', () => {
      expect(scene.application.connection.peer.endpoint).toBe(broker.uri(protocol, null).replace(/\/\?.*/, ''))
    })

    itGoesOn(featuresOf({ name, protocol }), () => scene)
  })

  it('goes on with new credentials before its own expire, and loses nothing', async () => {
    const { username, password } = broker
    let asked = 0
    const credentials = (): TemporaryCredentials => {
      asked += 1
      // Later than a load takes to begin on a busy machine: what follows is to be seen.
      return { username, password, ...(asked <= 2 && { expiresAt: Date.now() + 5_000 }) }
    }
    const load = await Load.begin(broker.uri(protocol, null), { credentials })
    const connections = [load.sender, load.receiver]
    let interruptions = 0
    for (const connection of connections) connection.on('interrupted', () => (interruptions += 1))
    // Over AMQP 0-9-1 the broker gets them over the connection that is there.
    if (protocol !== 'amqp091') await Promise.all(connections.map(resumed))
    await expect.poll(() => asked, { timeout: 15_000 }).toBe(4)
    expect(interruptions).toBe(protocol === 'amqp091' ? 0 : 2)
    await load.confirms(200)
    await expectNothingLost(load)
    await load.close()
  }, 90_000)

  it('comes back when it restarts in order, and loses nothing', async () => {
    const load = await Load.begin(broker.uri(protocol), options)
    const resumptions = Promise.all([load.sender, load.receiver].map(resumed))
    await broker.restart()
    await resumptions
    await load.confirms(200)
    await expectNothingLost(load)
    await load.close()
  }, 90_000)
})

/**
 * The broker takes seconds to start, on a busy machine more than sends wait by default; it is looked for more often than
 * by default, so that the tests take no longer.
 */
const options: ConnectOptions = { sendTimeout: 120_000, failover: { maxReconnectDelay: 500 } }
