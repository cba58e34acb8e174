import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, type ConnectOptions, connect } from '../../src/index.ts'
import { type Broker, type BrokerCluster, startCluster } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { interrupted, resumed } from './application.ts'
import { expectNothingLost, itGoesOn } from './expectations.ts'
import { Load } from './load.ts'
import { closeScene, type MovingScene, moved, setScene } from './moving.ts'
import { featuresOf } from './protocols.ts'

/** A node that is cut off is found by its silence. On a busy machine a node may take longer than sends wait by default. */
const options: ConnectOptions = { heartbeat: 1_000, sendTimeout: 120_000, failover: { maxReconnectDelay: 500 } }

describe.skipIf(injectedBroker('rabbitmq') === undefined)('a cluster of RabbitMQ behind a load balancer', () => {
  let cluster: BrokerCluster

  beforeAll(async () => {
    cluster = await startCluster()
  }, 120_000)
  afterAll(() => cluster?.remove(), 60_000)

  async function nodeOf(connection: Connection): Promise<Broker> {
    await using session = await connection.createSession()
    return await cluster.nodeOf((await session.createTemporaryQueue()).name)
  }

  describe.each<{
    readonly what: string
    /** Appended to the URIs. */
    readonly version?: string
    readonly fault: (node: Broker) => Promise<void>
    readonly remedy: (node: Broker) => Promise<void>
    readonly reason: RegExp
    readonly receiver: 'with it' | 'elsewhere'
    readonly keepsOrder?: boolean
  }>([
    // A killed node has messages for the consumer that was on it, and the cluster takes them back when it has noticed: the
    // next consumer may be there before, and get later ones first.
    {
      what: 'is killed',
      fault: (node) => cluster.kill(node),
      remedy: (node) => cluster.start(node),
      reason: /was lost/,
      receiver: 'with it',
      keepsOrder: false,
    },
    {
      what: 'goes into maintenance mode',
      fault: (node) => cluster.drain(node),
      remedy: (node) => cluster.revive(node),
      reason: /maintenance mode/,
      receiver: 'with it',
    },
    {
      what: 'is killed, over AMQP 0-9-1',
      version: '?amqp.version=0-9-1',
      fault: (node) => cluster.kill(node),
      remedy: (node) => cluster.start(node),
      reason: /was lost/,
      receiver: 'with it',
      keepsOrder: false,
    },
    {
      what: 'goes into maintenance mode, over AMQP 0-9-1',
      version: '?amqp.version=0-9-1',
      fault: (node) => cluster.drain(node),
      remedy: (node) => cluster.revive(node),
      reason: /closed by its operator: .*maintenance mode/,
      receiver: 'with it',
    },
    // The cluster misses this one seconds later: the order is what a consumer sees that has stayed.
    {
      what: 'is cut off the network',
      fault: (node) => cluster.cutOff(node),
      remedy: (node) => cluster.putBack(node),
      reason: /has sent nothing for 2000 ms/,
      receiver: 'elsewhere',
    },
    {
      what: 'is cut off the network, over AMQP 0-9-1',
      version: '?amqp.version=0-9-1',
      fault: (node) => cluster.cutOff(node),
      remedy: (node) => cluster.putBack(node),
      reason: /has sent nothing for 2000 ms/,
      receiver: 'elsewhere',
    },
  ])('when its node $what, a connection', ({ version = '', fault, remedy, reason, receiver, keepsOrder = true }) => {
    let scene: MovingScene
    /** Has no heartbeats, and a load balancer that ends the connections of a silent node. */
    let patient: Connection
    let before: Broker
    let told: Error

    beforeAll(async () => {
      scene = await setScene(
        cluster.uri + version,
        options,
        receiver === 'with it' ? undefined : { uri: cluster.lastUri + version },
      )
      const { connection } = scene.application
      patient = await connect(cluster.endingUri + version, { ...options, heartbeat: 0 })
      before = await nodeOf(connection)
      const loss = interrupted(connection)
      const resumption = resumed(patient)
      await moved(scene, () => fault(before))
      told = await loss
      await resumption
      // The cluster itself takes up to a minute to answer for a queue that was on the node.
    }, 240_000)
    afterAll(async () => {
      await Promise.all([closeScene(scene), patient?.close()])
      await remedy(before)
    }, 180_000)

    it('is told why', () => {
      expect(told.message).toMatch(reason)
    })

    it('goes on at another one, by the same name', async () => {
      const { connection } = scene.application
      expect(connection.peer.endpoint).toBe(cluster.uri.replace(/\/\/.*@/, '//'))
      expect(await nodeOf(connection)).not.toBe(before)
    })

    it('goes on without heartbeats where the load balancer ends the connections of a silent node', async () => {
      expect(await nodeOf(patient)).not.toBe(before)
    })

    itGoesOn(
      { ...featuresOf({ name: 'rabbitmq', protocol: version === '' ? 'amqp' : 'amqp091' }), keepsOrder },
      () => scene,
    )
  })

  it.each([
    { protocol: 'AMQP 1.0', version: '?amqp.version=1.0' },
    { protocol: 'AMQP 0-9-1', version: '?amqp.version=0-9-1' },
  ])(
    'may have its nodes in maintenance mode in turn, and nothing is lost, over $protocol',
    async ({ version }) => {
      const load = await Load.begin(cluster.uri + version, options, options, cluster.lastUri + version)
      for (const connection of [load.sender, load.receiver]) {
        const node = await nodeOf(connection)
        const moved = resumed(connection)
        await cluster.drain(node)
        await moved
        await load.confirms(200)
        await cluster.revive(node)
        await load.confirms(200)
      }
      await expectNothingLost(load)
      await load.close()
    },
    180_000,
  )
})
