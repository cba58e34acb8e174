import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { embeddedBroker } from '../../src/embedded-broker.ts'
import { type BrokerName, type PairName, startBroker, startCluster, startPair } from '../brokers/index.ts'
import { type Protocol, protocolsOf } from '../failover/protocols.ts'
import type { Fault, FaultKind } from './fault-plan.ts'
import { FaultyNetwork, NETWORK_FAULTS } from './faulty-network.ts'

/** What a run is made against. */
export interface Target {
  readonly name: string
  /** Endpoints of a connection, by its number. */
  endpoints(connection: number): readonly string[]
  /** ms between the heartbeats of connections; 0 where silence is no fault. */
  readonly heartbeat: number
  /** What can happen to it. */
  readonly kinds: readonly FaultKind[]
  /** Whether it may hold a message back until it is started again. */
  readonly holdsBack?: boolean
  /** Lets it happen; resolves when it is over and what it did to connections has been noticed. */
  inflict(fault: Fault): Promise<void>
  close(): Promise<void>
}

const HEARTBEAT = 1_000

/** What a run speaks with a broker; over MQTT there are topics only. */
export type ChaosProtocol = Protocol | 'mqtt'

export function chaosProtocolsOf(name: BrokerName): readonly ChaosProtocol[] {
  // ActiveMQ Classic has MQTT 3.1.1 only, where text comes as bytes.
  return name === 'activemq' ? protocolsOf(name) : [...protocolsOf(name), 'mqtt']
}

/** The broker in this process. */
export function embeddedTarget(): Target {
  const name = randomUUID()
  const broker = embeddedBroker(name)
  return {
    name: 'memory',
    endpoints: () => [`memory:${name}`],
    heartbeat: 0,
    kinds: ['drop'],
    inflict: async () => broker.dropConnections(),
    close: async () => broker.close(),
  }
}

/** A real broker, started for this. Two of the connections reach it through either of two faulty proxies. */
export async function brokerTarget(name: BrokerName, protocol: ChaosProtocol): Promise<Target> {
  const broker = await startBroker(name, { keep: false })
  const uri = broker.uri(protocol)
  const kill: Blows['kill'] = async ({ down }) => {
    await broker.writeTopology()
    await broker.kill()
    await sleep(down)
    await broker.start()
  }
  const blows: Blows = {
    restart: () => broker.restart(),
    pause: async ({ lasting }) => {
      await broker.pause()
      await sleep(lasting)
      await broker.resume()
    },
  }
  return networked(
    {
      name: `${name}, ${protocol}`,
      holdsBack: isHoldingBack(name, protocol),
      direct: [uri],
      behindProxies: [uri, uri],
      close: () => broker.stop(),
    },
    // Mosquitto writes what it has when it is stopped.
    name === 'mosquitto' ? blows : { kill, ...blows },
  )
}

/** Two brokers with one store, of which one is active: what happens, happens to that one, and the other one takes over. */
export async function pairTarget(name: PairName, protocol: Protocol): Promise<Target> {
  const pair = await startPair(name)
  const uris = pair.brokers.map((broker) => broker.uri(protocol))
  return networked(
    {
      name: `${name}-pair, ${protocol}`,
      holdsBack: isHoldingBack(name, protocol),
      direct: uris,
      behindProxies: uris,
      close: () => pair.remove(),
    },
    {
      kill: async ({ down }) => {
        const active = await pair.active()
        await pair.kill(active)
        await pair.active()
        await sleep(down)
        await pair.start(active)
      },
      restart: async () => {
        const active = await pair.active()
        await pair.shutDown(active)
        await pair.active()
        await pair.start(active)
      },
      pause: async ({ lasting }) => {
        const active = await pair.active()
        await pair.pause(active)
        await sleep(lasting)
        await pair.resume(active)
      },
    },
  )
}

/** Three nodes of RabbitMQ behind a load balancer: what happens, happens to the node that has most of the connections. */
export async function clusterTarget(protocol: Protocol): Promise<Target> {
  const cluster = await startCluster()
  const version = `?amqp.version=${protocol === 'amqp091' ? '0-9-1' : '1.0'}`
  const uri = cluster.uri + version
  const lastUri = cluster.lastUri + version
  const { nodes } = cluster
  let turn = 0
  /** The first and the last one in turn: the load balancer has its connections on them. */
  const next = () => {
    turn += 1
    const node = turn % 2 === 1 ? nodes[0] : nodes.at(-1)
    if (node === undefined) throw new Error('the cluster has no nodes')
    return node
  }
  return networked(
    {
      name: `rabbitmq-cluster, ${protocol}`,
      direct: [uri],
      behindProxies: [uri, lastUri],
      close: () => cluster.remove(),
    },
    {
      'kill-node': async ({ down }) => {
        const node = next()
        await cluster.kill(node)
        await sleep(down)
        await cluster.start(node)
      },
      drain: async ({ lasting }) => {
        const node = next()
        await cluster.drain(node)
        await sleep(lasting)
        await cluster.revive(node)
      },
      'cut-off': async ({ lasting }) => {
        const node = next()
        await cluster.cutOff(node)
        await sleep(lasting)
        await cluster.putBack(node)
      },
    },
  )
}

/**
 * Artemis acknowledges the oldest message of each STOMP subscription of a connection that fails, in a transaction that it
 * may have rolled back a moment before: nobody gets it then.
 */
function isHoldingBack(name: BrokerName, protocol: ChaosProtocol): boolean {
  return name === 'artemis' && protocol === 'stomp'
}

interface Endpoints {
  readonly name: string
  readonly holdsBack?: boolean
  /** Of the first connection. */
  readonly direct: readonly string[]
  /** Of the others, each behind a faulty proxy. */
  readonly behindProxies: readonly string[]
  close(): Promise<void>
}

/** What each kind of fault does to brokers. */
type Blows = { readonly [Kind in FaultKind]?: (fault: Extract<Fault, { readonly kind: Kind }>) => Promise<void> }

async function networked(endpoints: Endpoints, blows: Blows): Promise<Target> {
  const { name, holdsBack = false, direct, behindProxies, close } = endpoints
  const network = await FaultyNetwork.before(behindProxies)
  return {
    name,
    holdsBack,
    endpoints: (connection) => (connection === 0 ? direct : network.uris),
    heartbeat: HEARTBEAT,
    kinds: [...(Object.keys(blows) as FaultKind[]), ...NETWORK_FAULTS],
    inflict: async (fault) => {
      const blow = blows[fault.kind] as ((fault: Fault) => Promise<void>) | undefined
      await (blow === undefined ? network.inflict(fault) : blow(fault))
    },
    close: async () => {
      await network.close()
      await close()
    },
  }
}
