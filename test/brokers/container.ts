/** Starts containers with ports that stay the same when a container is started again. */

import { createServer } from 'node:net'
import { type ContainerRuntimeClient, GenericContainer, Wait } from 'testcontainers'
import { nameLabel, ownerLabel, runtime } from './ownership.ts'

/** A volume, and the folder it is in a container. */
export interface Mount {
  readonly source: string
  readonly target: string
}

/** What a container has around it. */
export interface Surroundings {
  readonly volume?: Mount
  /** The network it is in instead of the one of all containers, and the name that it has there. */
  readonly network?: { readonly name: string; readonly host: string }
  readonly environment?: Readonly<Record<string, string>>
  /** Disks of their own, in memory, by the folder that they are in: `size=64m` for example. */
  readonly disks?: Readonly<Record<string, string>>
  /** Put there before the start. */
  readonly files?: readonly { readonly content: string; readonly target: string }[]
}

export interface ContainerPlan extends Surroundings {
  readonly name: string
  readonly owner: string
  readonly image: string
  /** Ports inside the container. */
  readonly ports: Iterable<number>
}

export interface StartedContainer {
  readonly id: string
  readonly host: string
  /** @param container the port inside the container */
  hostPort(container: number): number
}

const loopback = '127.0.0.1'

/** The host ports are chosen here, not by Docker, which would choose others when a container is started again. */
export async function startContainer(plan: ContainerPlan): Promise<StartedContainer> {
  const host = await hostOf(await runtime())
  for (let attempt = 1; ; attempt++) {
    const ports = await freePorts(plan.ports)
    try {
      const container = await new PlannedContainer(plan.image).publish(ports, host).surround(plan).start()
      return { id: container.getId(), host, hostPort: (port) => ports.get(port) ?? 0 }
    } catch (error) {
      if (attempt === 3 || !String(error).includes('already')) throw error
    }
  }
}

/** @returns its id */
export async function findImage(image: string): Promise<string> {
  try {
    return (await (await runtime()).container.dockerode.getImage(image).inspect()).Id
  } catch (cause) {
    throw new Error(`the image ${image} is missing: run test/brokers/setup.sh`, { cause })
  }
}

/** With what GenericContainer has no methods for. */
class PlannedContainer extends GenericContainer {
  /** Binds chosen ports on one interface. */
  publish(ports: ReadonlyMap<number, number>, host: string): this {
    this.withExposedPorts(...ports.keys())
    const hostIp = host === loopback ? loopback : ''
    for (const [container, port] of ports) {
      this.hostConfig.PortBindings[`${container}/tcp`] = [{ HostIp: hostIp, HostPort: String(port) }]
    }
    return this
  }

  surround({ name, owner, network, environment = {}, volume, disks = {}, files = [] }: ContainerPlan): this {
    if (network !== undefined) this.#join(network)
    return this.withLabels({ [nameLabel]: name, [ownerLabel]: owner })
      .withEnvironment(environment)
      .withBindMounts(volume === undefined ? [] : [volume])
      .withTmpFs(disks)
      .withCopyContentToContainer([...files])
      .withPullPolicy({ shouldPull: () => false })
      .withAutoCleanup(false)
      .withWaitStrategy(Wait.forAll([]))
  }

  /** GenericContainer would have it in the network of all containers as well. */
  #join({ name, host }: { readonly name: string; readonly host: string }): void {
    this.withNetworkMode(name).withHostname(host)
    this.createOpts.NetworkingConfig = { EndpointsConfig: { [name]: { Aliases: [host] } } }
  }
}

/**
 * Where published ports are. testcontainers gives the bridge's address wherever `/.dockerenv` exists; when that is an
 * address of this machine the loopback one does as well, is what the certificates name, and keeps brokers private.
 * Binding to it tells: a bridge is missing from the list of interfaces until its first container runs.
 */
export async function hostOf(client: ContainerRuntimeClient): Promise<string> {
  const { host } = client.info.containerRuntime
  return host === 'localhost' || (await canListen({ host, port: 0 })) ? loopback : host
}

// Below the range systems take outgoing ports from, so that none is taken while its broker is down.
const firstPort = 20_000
const lastPort = 32_000
/** Each process that runs tests has ports of its own: those of a broker that is down look free to the others. */
const shares = 8
const portsOfShare = (lastPort - firstPort) / shares
const firstOwnPort = firstPort + (Number(process.env.VITEST_POOL_ID ?? 0) % shares) * portsOfShare
/** Also those of brokers that are down. */
const given = new Set<number>()

async function freePorts(containerPorts: Iterable<number>): Promise<Map<number, number>> {
  const chosen = new Map<number, number>()
  if (given.size > portsOfShare / 2) given.clear()
  for (const container of containerPorts) {
    let host: number
    do host = firstOwnPort + Math.floor(Math.random() * portsOfShare)
    while (given.has(host) || !(await canListen({ host: loopback, port: host })))
    given.add(host)
    chosen.set(container, host)
  }
  return chosen
}

function canListen(address: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ ...address, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
