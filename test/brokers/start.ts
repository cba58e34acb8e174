/** Starts broker containers, finds those that were kept, and removes those a crashed run left behind. */

import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type ContainerRuntimeClient, GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers'
import { attachBroker, type Broker, type BrokerAddress, waitForBroker } from './broker.ts'
import { type BrokerName, catalogue, type PortDefinition, type PortName } from './catalogue.ts'
import { progress } from './progress.ts'

/** The broker's name. */
const nameLabel = 'polymq-test'
/** The process that removes the container, or `kept`. */
const ownerLabel = 'polymq-test.owner'
const kept = 'kept'
const owner = String(process.pid)
const loopback = '127.0.0.1'

export interface StartOptions {
  /**
   * Reuse the container of an earlier run, and leave it running. Default: whether POLYMQ_KEEP_BROKERS is 1. False gives
   * a broker of one's own, which may be killed: it loses nothing that it has confirmed.
   */
  readonly keep?: boolean
}

/** A volume, and the folder it is in a container. */
export interface Mount {
  readonly source: string
  readonly target: string
}

/** @throws Error saying what to do when Docker does not answer, the image is missing or the broker does not start */
export async function startBroker(name: BrokerName, options: StartOptions = {}): Promise<Broker> {
  const keep = options.keep ?? keepsBrokers()
  const report = progress(`broker ${name}`)
  const client = await runtime()
  const imageId = await findImage(client, name)
  const found = keep ? await reuse(client, name, imageId) : undefined
  const address =
    found ?? (await create(client, name, { owner: keep ? kept : owner, mayBeKilled: options.keep === false }))
  try {
    await waitForBroker(address)
  } catch (error) {
    await attachBroker(address).stop()
    throw error
  }
  report('ready')
  return attachBroker(address)
}

/** Creates a container that shares its data with others, and starts it. Nothing is waited for. */
export async function startOnVolume(name: BrokerName, volume: Mount): Promise<Broker> {
  const client = await runtime()
  await findImage(client, name)
  return attachBroker(await create(client, name, { owner, mayBeKilled: true, volume }))
}

/** A volume that goes with this process, at the latest. */
export async function createVolume(): Promise<string> {
  const { dockerode } = (await runtime()).container
  const { name } = await dockerode.createVolume({ Labels: { [nameLabel]: 'data', [ownerLabel]: owner } })
  return name
}

export async function removeVolume(volume: string): Promise<void> {
  await (await runtime()).container.dockerode.getVolume(volume).remove()
}

/** Starts several at once, after what crashed runs have left is removed. When one fails, none stays behind. */
export async function startBrokers(names: readonly BrokerName[]): Promise<Broker[]> {
  if (names.length === 0) return []
  await removeLeftovers()
  const results = await Promise.allSettled(names.map((name) => startBroker(name)))
  const brokers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failure = results.find((result) => result.status === 'rejected')
  if (failure === undefined) return brokers
  if (!keepsBrokers()) await Promise.all(brokers.map((broker) => broker.stop()))
  throw failure.reason
}

export function keepsBrokers(): boolean {
  return process.env.POLYMQ_KEEP_BROKERS === '1'
}

/** Removes the containers and volumes of processes that are gone. */
export async function removeLeftovers(): Promise<void> {
  const isLeftover = (owner: string | undefined): boolean => owner !== kept && !isRunning(Number(owner))
  await removeOwned(isLeftover)
}

/** Removes all test brokers, the kept ones and those of other runs, too. */
export async function removeAll(): Promise<void> {
  await removeOwned(() => true)
}

async function removeOwned(isDoomed: (owner: string | undefined) => boolean): Promise<void> {
  const { dockerode } = (await runtime()).container
  const filters = { label: [nameLabel] }
  const containers = (await dockerode.listContainers({ all: true, filters })).filter(({ Labels: labels }) =>
    isDoomed(labels[ownerLabel]),
  )
  await Promise.all(containers.map(({ Id: id }) => dockerode.getContainer(id).remove({ force: true, v: true })))
  const { Volumes: all } = await dockerode.listVolumes({ filters })
  const volumes = (all ?? []).filter(({ Labels: labels }) => isDoomed(labels[ownerLabel]))
  await Promise.all(volumes.map(({ Name: volume }) => dockerode.getVolume(volume).remove()))
}

async function runtime(): Promise<ContainerRuntimeClient> {
  try {
    return await getContainerRuntimeClient()
  } catch (cause) {
    throw new Error('Docker does not answer: start it, or run test/brokers/setup.sh', { cause })
  }
}

async function findImage(client: ContainerRuntimeClient, name: BrokerName): Promise<string> {
  const { image } = catalogue[name]
  try {
    return (await client.container.dockerode.getImage(image).inspect()).Id
  } catch (cause) {
    throw new Error(`the image ${image} is missing: run test/brokers/setup.sh`, { cause })
  }
}

async function reuse(
  client: ContainerRuntimeClient,
  name: BrokerName,
  imageId: string,
): Promise<BrokerAddress | undefined> {
  const { dockerode } = client.container
  const filters = { label: [`${nameLabel}=${name}`, `${ownerLabel}=${kept}`] }
  for (const { Id: id } of await dockerode.listContainers({ all: true, filters })) {
    const container = dockerode.getContainer(id)
    const { Image: image, State: state, HostConfig: hostConfig } = await container.inspect()
    if (image !== imageId) {
      await container.remove({ force: true, v: true })
      continue
    }
    if (state.Paused) await container.unpause()
    if (!state.Running) await container.start()
    const bindings = hostConfig.PortBindings as Record<string, { HostPort: string }[]>
    return addressOf(name, id, hostOf(client), (port) => Number(bindings[`${port}/tcp`]?.[0]?.HostPort))
  }
  return undefined
}

interface ContainerOptions {
  readonly owner: string
  readonly mayBeKilled: boolean
  readonly volume?: Mount
}

/** The host ports are chosen here, not by Docker, which would choose others when a broker is started again. */
async function create(
  client: ContainerRuntimeClient,
  name: BrokerName,
  { owner, mayBeKilled, volume }: ContainerOptions,
): Promise<BrokerAddress> {
  for (let attempt = 1; ; attempt++) {
    const ports = await freePorts(containerPorts(name))
    try {
      const container = await new BrokerContainer(catalogue[name].image)
        .publish(ports, hostOf(client) === loopback ? loopback : '')
        .withLabels({ [nameLabel]: name, [ownerLabel]: owner })
        // Of use to ActiveMQ Classic; the others write before they confirm anyway.
        .withEnvironment(mayBeKilled ? { JOURNAL_SYNC: 'always' } : {})
        .withBindMounts(volume === undefined ? [] : [volume])
        .withPullPolicy({ shouldPull: () => false })
        .withAutoCleanup(false)
        .withWaitStrategy(Wait.forAll([]))
        .start()
      return addressOf(name, container.getId(), hostOf(client), (port) => ports.get(port) ?? 0)
    } catch (error) {
      if (attempt === 3 || !String(error).includes('already')) throw error
    }
  }
}

/** Binds chosen ports on one interface, which GenericContainer has no method for. */
class BrokerContainer extends GenericContainer {
  publish(ports: ReadonlyMap<number, number>, hostIp: string): this {
    this.withExposedPorts(...ports.keys())
    for (const [container, host] of ports) {
      this.hostConfig.PortBindings[`${container}/tcp`] = [{ HostIp: hostIp, HostPort: String(host) }]
    }
    return this
  }
}

function addressOf(
  name: BrokerName,
  containerId: string,
  host: string,
  hostPort: (container: number) => number,
): BrokerAddress {
  const definitions = Object.entries(catalogue[name].ports) as [PortName, PortDefinition][]
  const ports = Object.fromEntries(definitions.map(([portName, { container }]) => [portName, hostPort(container)]))
  return { name, containerId, host, ports }
}

function containerPorts(name: BrokerName): Set<number> {
  return new Set(Object.values(catalogue[name].ports).map(({ container }) => container))
}

/**
 * Where published ports are. testcontainers gives the bridge's address wherever `/.dockerenv` exists; when that is an
 * address of this machine the loopback one does as well, is what the certificates name, and keeps brokers private.
 */
function hostOf(client: ContainerRuntimeClient): string {
  const { host } = client.info.containerRuntime
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return host === 'localhost' || own.some(({ address }) => address === host) ? loopback : host
}

// Below the range systems take outgoing ports from, so that none is taken while its broker is down.
const firstPort = 20_000
const lastPort = 32_000

async function freePorts(containerPorts: Iterable<number>): Promise<Map<number, number>> {
  const chosen = new Map<number, number>()
  for (const container of containerPorts) {
    let host: number
    do host = firstPort + Math.floor(Math.random() * (lastPort - firstPort))
    while ([...chosen.values()].includes(host) || !(await isFree(host)))
    chosen.set(container, host)
  }
  return chosen
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM says that it runs and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
