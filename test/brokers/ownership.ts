/** Volumes and networks of the tests, and the labels by which all that is theirs is found and removed. */

import { type ContainerRuntimeClient, getContainerRuntimeClient } from 'testcontainers'

/** What it is: a broker's name, for example. */
export const nameLabel = 'polymq-test'
/** The process that removes it, or `kept`. */
export const ownerLabel = 'polymq-test.owner'
export const kept = 'kept'
export const owner = String(process.pid)

/** A volume that goes with this process, at the latest. */
export async function createVolume(): Promise<string> {
  const { dockerode } = (await runtime()).container
  const { name } = await dockerode.createVolume({ Labels: { [nameLabel]: 'data', [ownerLabel]: owner } })
  return name
}

export async function removeVolume(volume: string): Promise<void> {
  await (await runtime()).container.dockerode.getVolume(volume).remove()
}

let networks = 0

/** A network that goes with this process, at the latest. Its containers find each other by name. */
export async function createNetwork(): Promise<string> {
  const { dockerode } = (await runtime()).container
  networks += 1
  const name = `polymq-test-${owner}-${networks}`
  await dockerode.createNetwork({ Name: name, Labels: { [nameLabel]: 'network', [ownerLabel]: owner } })
  return name
}

export async function removeNetwork(network: string): Promise<void> {
  await (await runtime()).container.dockerode.getNetwork(network).remove()
}

/** Removes the containers, volumes and networks of processes that are gone. */
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
  const networks = (await dockerode.listNetworks({ filters })).filter(({ Labels: labels }) =>
    isDoomed(labels?.[ownerLabel]),
  )
  await Promise.all(networks.map(({ Id: id }) => dockerode.getNetwork(id).remove()))
}

/** @throws Error saying what to do when Docker does not answer */
export async function runtime(): Promise<ContainerRuntimeClient> {
  try {
    return await getContainerRuntimeClient()
  } catch (cause) {
    throw new Error('Docker does not answer: start it, or run test/brokers/setup.sh', { cause })
  }
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
