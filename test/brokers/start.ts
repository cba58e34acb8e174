/** Starts brokers in containers, and finds those that were kept. */

import type { ContainerRuntimeClient } from 'testcontainers'
import { attachBroker, type Broker, type BrokerAddress, waitForBroker } from './broker.ts'
import { type BrokerName, catalogue, type PortDefinition, type PortName } from './catalogue.ts'
import { findImage, hostOf, type Surroundings, startContainer } from './container.ts'
import { kept, nameLabel, owner, ownerLabel, removeLeftovers, runtime } from './ownership.ts'
import { progress } from './progress.ts'

export interface StartOptions {
  /**
   * Reuse the container of an earlier run, and leave it running. Default: whether POLYMQ_KEEP_BROKERS is 1. False gives
   * a broker of one's own, which may be killed: it loses nothing that it has confirmed.
   */
  readonly keep?: boolean
  /** Its speed matters: Java compiles its code as well as it can, for which a start takes twice the CPU. */
  readonly fast?: boolean
}

/** @throws Error saying what to do when Docker does not answer, the image is missing or the broker does not start */
export async function startBroker(name: BrokerName, options: StartOptions = {}): Promise<Broker> {
  const keep = options.keep ?? keepsBrokers()
  const report = progress(`broker ${name}`)
  const imageId = await findImage(catalogue[name].image)
  const found = keep ? await reuse(await runtime(), name, imageId) : undefined
  const environment = options.keep === false ? environmentOf(options.fast === true) : {}
  const address = found ?? (await create(name, keep ? kept : owner, { environment }))
  try {
    await waitForBroker(address)
  } catch (error) {
    await attachBroker(address).stop()
    throw error
  }
  report('ready')
  return attachBroker(address)
}

/** Creates a container that shares something with others, and starts it. Nothing is waited for. */
export async function startBrokerIn(surroundings: Surroundings, name: BrokerName): Promise<Broker> {
  await findImage(catalogue[name].image)
  const environment = { ...environmentOf(false), ...surroundings.environment }
  return attachBroker(await create(name, owner, { ...surroundings, environment }))
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
    const bindings = hostConfig.PortBindings as Record<string, { HostPort: string }[]>
    // Of another checkout, whose tests use fewer ports and may be running.
    if ([...containerPorts(name)].some((port) => bindings[`${port}/tcp`] === undefined)) continue
    if (state.Paused) await container.unpause()
    if (!state.Running) await container.start()
    return addressOf(name, id, await hostOf(client), (port) => Number(bindings[`${port}/tcp`]?.[0]?.HostPort))
  }
  return undefined
}

/** Of a broker that may be killed. */
function environmentOf(isFast: boolean): Readonly<Record<string, string>> {
  return {
    // Of use to ActiveMQ Classic; the others write before they confirm anyway.
    JOURNAL_SYNC: 'always',
    // Most do not live long enough for the second compiler of Java to pay.
    ...(isFast ? {} : { JDK_JAVA_OPTIONS: '-XX:TieredStopAtLevel=1' }),
  }
}

async function create(name: BrokerName, owner: string, surroundings: Surroundings): Promise<BrokerAddress> {
  const { image } = catalogue[name]
  const { id, host, hostPort } = await startContainer({
    name,
    owner,
    image,
    ports: containerPorts(name),
    ...surroundings,
  })
  return addressOf(name, id, host, hostPort)
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
