/** A handle on one running broker: where it listens, and what can be done to it. */

import type { ContainerRuntimeClient } from 'testcontainers'
import { type BrokerName, catalogue, type PortDefinition, type PortName, type User, user } from './catalogue.ts'
import { type Endpoint, waitUntilReady } from './readiness.ts'

/** Everything needed to make a handle in another process; survives `JSON.stringify`. */
export interface BrokerAddress {
  readonly name: BrokerName
  readonly containerId: string
  readonly host: string
  readonly ports: Readonly<Partial<Record<PortName, number>>>
}

export interface Broker extends User {
  readonly name: BrokerName
  readonly host: string
  readonly address: BrokerAddress
  /** @throws Error when this broker has no such port */
  port(name: PortName): number
  has(name: PortName): boolean
  /** With the credentials of `credentials`, of the user `polymq` by default, or without any when that is null. */
  uri(name?: PortName, credentials?: User | null): string
  /** Stops the broker cleanly and starts it again: same ports, same data. */
  restart(): Promise<void>
  /** Resolves when the broker has written down all queues it knows, so that a kill loses none of them. */
  writeTopology(): Promise<void>
  /** Ends the broker without warning; its sockets are reset. */
  kill(): Promise<void>
  /** Starts it again after `kill()`: same ports, same data. Resolves when it answers. */
  start(): Promise<void>
  /** Freezes it: connections stay open and nothing answers. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Runs a program in the container, e.g. `['rabbitmqctl', 'list_queues']`, and gives what it printed. */
  execute(command: readonly string[]): Promise<{ exitCode: number; output: string }>
  /** The last lines of the broker's log. */
  log(): Promise<string>
  /** Removes it with its data. */
  stop(): Promise<void>
}

const readyTimeout = 90_000

export function attachBroker(address: BrokerAddress): Broker {
  const { name, host, containerId } = address
  const definition = catalogue[name]

  const port = (portName: PortName): number => {
    const number = address.ports[portName]
    if (number === undefined) throw new Error(`the ${name} test broker has no port '${portName}'`)
    return number
  }

  const uri = (portName: PortName = definition.defaultPort, credentials: User | null = user): string => {
    const { scheme, path = '' } = definition.ports[portName] ?? { scheme: 'none' }
    const login = credentials === null ? '' : `${encode(credentials.username)}:${encode(credentials.password)}@`
    return `${scheme}://${login}${host}:${port(portName)}${path}`
  }

  const start = async (): Promise<void> => {
    await (await container(containerId)).start()
    await waitForBroker(address)
  }

  const execute: Broker['execute'] = async (command) => {
    const client = await runtime()
    return await client.container.exec(client.container.getById(containerId), [...command])
  }

  return {
    name,
    host,
    address,
    ...user,
    port,
    uri,
    start,
    has: (portName) => address.ports[portName] !== undefined,
    restart: async () => {
      await (await container(containerId)).stop({ t: 20 })
      await start()
    },
    writeTopology: async () => {
      if (definition.writeTopology === undefined) return
      const { exitCode, output } = await execute(definition.writeTopology)
      if (exitCode !== 0) throw new Error(output)
    },
    kill: async () => {
      await (await container(containerId)).kill()
    },
    pause: () => pause(containerId),
    resume: async () => {
      await (await container(containerId)).unpause()
    },
    execute,
    log: () => lastLog(containerId),
    stop: async () => {
      await (await container(containerId)).remove({ force: true, v: true })
    },
  }
}

/** @throws Error with the end of the broker's log when it does not answer within 90 s, or has exited */
export async function waitForBroker(address: BrokerAddress): Promise<void> {
  try {
    await waitUntilReady(endpoints(address), readyTimeout, async () => {
      const { State: state } = await (await container(address.containerId)).inspect()
      if (!state.Running) throw new Error(`it exited with status ${state.ExitCode}`)
    })
  } catch (cause) {
    const log = await lastLog(address.containerId)
    throw new Error(`the ${address.name} test broker did not start: ${String(cause)}\n${log}`, { cause })
  }
}

function endpoints({ name, host, ports }: BrokerAddress): Endpoint[] {
  const byPort = new Map<number, Endpoint>()
  for (const [portName, definition] of Object.entries(catalogue[name].ports) as [PortName, PortDefinition][]) {
    const port = ports[portName]
    if (port !== undefined) byPort.set(port, { host, port, greeting: definition.greeting })
  }
  return [...byPort.values()]
}

/** Tries three times: Docker cannot always freeze what is in the midst of something on a busy machine. */
async function pause(containerId: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await (await container(containerId)).pause()
      return
    } catch (error) {
      if (attempt === 3 || !String(error).includes('unable to freeze')) throw error
    }
  }
}

async function lastLog(containerId: string): Promise<string> {
  const text = await (await container(containerId)).logs({ stdout: true, stderr: true, tail: 40 })
  return unframed(text)
}

/** Without the eight bytes Docker puts before each piece: the stream's number, and the length in the last four. */
function unframed(log: Buffer): string {
  const pieces: Buffer[] = []
  for (let start = 0; start + 8 <= log.length; ) {
    const end = start + 8 + log.readUInt32BE(start + 4)
    pieces.push(log.subarray(start + 8, end))
    start = end
  }
  return Buffer.concat(pieces).toString('utf8')
}

async function container(id: string): Promise<ReturnType<ContainerRuntimeClient['container']['getById']>> {
  return (await runtime()).container.getById(id)
}

// Loaded on demand: a test that only wants an address should not pay for it.
async function runtime(): Promise<ContainerRuntimeClient> {
  return await (await import('testcontainers')).getContainerRuntimeClient()
}

const encode = encodeURIComponent
