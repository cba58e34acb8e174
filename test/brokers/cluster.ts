/** Three nodes of RabbitMQ in a cluster, behind HAProxy: clients know one address. */

import { setTimeout as sleep } from 'node:timers/promises'
import { type Broker, waitForBroker } from './broker.ts'
import { user } from './catalogue.ts'
import { findImage, type StartedContainer, startContainer } from './container.ts'
import { createNetwork, nameLabel, owner, ownerLabel, removeNetwork, runtime } from './ownership.ts'
import { progress } from './progress.ts'
import { answersGreeting } from './readiness.ts'
import { startBrokerIn } from './start.ts'

export interface BrokerCluster {
  readonly nodes: readonly Broker[]
  /** With the credentials of the user `polymq`. All connections are on the first node that lives. */
  readonly uri: string
  /** The same, and the load balancer ends the connections of a node that it finds silent. */
  readonly endingUri: string
  /** Connections are on the last node that lives. */
  readonly lastUri: string
  /** Where a queue has its leader. A temporary queue is where its connection is. */
  nodeOf(queue: string): Promise<Broker>
  /** Ends a node without warning. */
  kill(node: Broker): Promise<void>
  /** Starts a node that has ended; resolves when every queue has all its members again. */
  start(node: Broker): Promise<void>
  /** Puts a node into maintenance mode: it sends its clients away, and takes no new ones. */
  drain(node: Broker): Promise<void>
  /** Ends the maintenance mode. */
  revive(node: Broker): Promise<void>
  /** Takes a node off the network: neither clients nor the other nodes reach it, and nobody is told. */
  cutOff(node: Broker): Promise<void>
  /** Ends that; resolves when every queue has all its members again. */
  putBack(node: Broker): Promise<void>
  /** Removes all of it. */
  remove(): Promise<void>
}

/** The names that HAProxy's configuration has. */
const hosts = ['rabbit-1', 'rabbit-2', 'rabbit-3'] as const
const image = 'polymq-test/haproxy'
const ports = { first: 5672, ending: 5673, last: 5674 } as const
const limit = 60_000
const pauseBetweenLooks = 50

// By default RabbitMQ takes a minute to miss a node that is silent.
const configuration = `
cluster_formation.peer_discovery_backend = classic_config
${hosts.map((host, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${nodeName(host)}`).join('\n')}
cluster_partition_handling = pause_minority
net_ticktime = 4
`

/** @throws Error with a log when the nodes do not find each other within a minute */
export async function startCluster(): Promise<BrokerCluster> {
  const report = progress('broker cluster rabbitmq')
  await findImage(image)
  const network = await createNetwork()
  const started: { stop(): Promise<unknown> }[] = []
  const remove = async (): Promise<void> => {
    await Promise.all(started.map((container) => container.stop()))
    await removeNetwork(network)
  }
  const keep = <C extends { stop(): Promise<unknown> }>(container: C): C => {
    started.push(container)
    return container
  }
  try {
    const nodes = await Promise.all(hosts.map(async (host) => keep(await startNode(network, host))))
    const balancer = keep(await startBalancer(network))
    await Promise.all(nodes.map(({ address }) => waitForBroker(address)))
    await run(nodes[0], 'rabbitmqctl', 'await_online_nodes', String(hosts.length))
    await balancer.answers()
    report('ready')
    return clusterOf(nodes, balancer, remove)
  } catch (error) {
    await remove()
    throw error
  }
}

function startNode(network: string, host: string): Promise<Broker> {
  return startBrokerIn(
    {
      network: { name: network, host },
      environment: { RABBITMQ_NODENAME: nodeName(host), RABBITMQ_ERLANG_COOKIE: 'polymq' },
      files: [{ content: configuration, target: '/etc/rabbitmq/conf.d/cluster.conf' }],
    },
    'rabbitmq',
  )
}

interface Balancer extends StartedContainer {
  /** Resolves when there is a node behind each of its ports. */
  answers(): Promise<void>
  stop(): Promise<void>
}

async function startBalancer(network: string): Promise<Balancer> {
  const container = await startContainer({
    name: 'haproxy',
    owner,
    image,
    ports: Object.values(ports),
    network: { name: network, host: 'balancer' },
  })
  const { id, host, hostPort } = container
  return {
    ...container,
    answers: async () => {
      for (const port of Object.values(ports)) {
        await until(() => answersGreeting({ host, port: hostPort(port), greeting: 'amqp' }))
      }
    },
    stop: async () => {
      await (await dockerode()).getContainer(id).remove({ force: true, v: true })
    },
  }
}

function clusterOf(nodes: readonly Broker[], balancer: Balancer, remove: () => Promise<void>): BrokerCluster {
  const uri = (port: number): string =>
    `amqp://${user.username}:${user.password}@${balancer.host}:${balancer.hostPort(port)}`
  return {
    nodes,
    uri: uri(ports.first),
    endingUri: uri(ports.ending),
    lastUri: uri(ports.last),
    nodeOf: async (queue) => {
      const leader = await Promise.any(nodes.map((node) => leaderOf(queue, node)))
      const node = nodes[hosts.findIndex((host) => nodeName(host) === leader)]
      if (node === undefined) throw new Error(`${leader}, which leads the queue ${queue}, is no node of the cluster`)
      return node
    },
    kill: async (node) => {
      await node.writeTopology()
      await node.kill()
    },
    start: async (node) => {
      await node.start()
      await complete(node)
    },
    drain: async (node) => {
      // As its operators are told to: what a node has not caught up with yet stands still without the drained one.
      await complete(node)
      await run(node, 'rabbitmq-upgrade', 'drain')
    },
    revive: async (node) => {
      await run(node, 'rabbitmq-upgrade', 'revive')
      await complete(node)
    },
    cutOff: (node) => setLink(node, 'down'),
    putBack: async (node) => {
      await missed(node, nodes)
      await setLink(node, 'up')
      await until(() => answersGreeting({ host: node.host, port: node.port('amqp'), greeting: 'amqp' }))
      await complete(node)
    },
    remove,
  }
}

/** @throws Error when the node that is asked does not know, or does not answer */
async function leaderOf(queue: string, asked: Broker): Promise<string> {
  const response = await fetch(`${asked.uri('management', null)}/api/queues/%2F/${encodeURIComponent(queue)}`, {
    headers: { authorization: `Basic ${btoa(`${user.username}:${user.password}`)}` },
    signal: AbortSignal.timeout(10_000),
  })
  // Only a queue with several members has a leader.
  const { node, leader = node } = (await response.json()) as { readonly node?: string; readonly leader?: string }
  if (leader === undefined) throw new Error(`the queue ${queue} is not known, or has no leader`)
  return leader
}

/**
 * Resolves when a node that was cut off and the others miss each other. The sides of a cluster that was cut for less
 * than that do not always find together again.
 */
async function missed(node: Broker, nodes: readonly Broker[]): Promise<void> {
  const others = hosts.map(nodeName)
  const own = others.splice(nodes.indexOf(node), 1)
  await Promise.all(nodes.map((one) => until(() => misses(one, one === node ? others : own))))
}

async function misses(node: Broker, names: readonly string[]): Promise<boolean> {
  const reached = await run(node, 'rabbitmqctl', 'eval', 'nodes().')
  return names.every((name) => !reached.includes(name))
}

/** Resolves when any one node may be lost again. */
async function complete(node: Broker): Promise<void> {
  await run(node, 'rabbitmqctl', 'await_online_nodes', String(hosts.length))
  await run(node, 'rabbitmq-upgrade', 'await_online_quorum_plus_one')
}

/** The network interface of a container, switched by another one that shares it. */
async function setLink(node: Broker, state: 'up' | 'down'): Promise<void> {
  const container = await (await dockerode()).createContainer({
    Image: image,
    Cmd: ['ip', 'link', 'set', 'eth0', state],
    Labels: { [nameLabel]: 'link', [ownerLabel]: owner },
    HostConfig: { NetworkMode: `container:${node.address.containerId}`, CapAdd: ['NET_ADMIN'] },
  })
  try {
    await container.start()
    const { StatusCode: status } = (await container.wait()) as { StatusCode: number }
    if (status !== 0) throw new Error(`the network interface of a node could not be switched ${state}`)
  } finally {
    await container.remove({ force: true })
  }
}

async function run(node: Broker | undefined, ...command: string[]): Promise<string> {
  const { exitCode, output } = (await node?.execute(command)) ?? { exitCode: 1, output: 'there is no node' }
  if (exitCode !== 0) throw new Error(`${command.join(' ')} failed: ${output}`)
  return output
}

/** @throws Error when the condition is not met within a minute */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + limit
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the cluster did not get ready within a minute')
    await sleep(pauseBetweenLooks)
  }
}

function nodeName(host: string): string {
  return `rabbit@${host}`
}

async function dockerode() {
  return (await runtime()).container.dockerode
}
