/** Two brokers on one volume: the one that has the store's lock is active, the other one stands by. */

import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { getContainerRuntimeClient } from 'testcontainers'
import type { Broker } from './broker.ts'
import type { PortName } from './catalogue.ts'
import type { Surroundings } from './container.ts'
import { createNetwork, createVolume, removeNetwork, removeVolume } from './ownership.ts'
import { progress } from './progress.ts'
import { answersGreeting } from './readiness.ts'
import { startBrokerIn } from './start.ts'

export interface BrokerPair {
  /** Of Artemis: the primary, and its backup. The primary is active whenever it runs. */
  readonly brokers: readonly [Broker, Broker]
  /** `failover:(FIRST,SECOND)`, with the credentials of the user `polymq`. */
  uri(port: PortName): string
  /** The one that answers, as soon as one does. */
  active(): Promise<Broker>
  other(broker: Broker): Broker
  /** Ends a broker without warning, its lock with it. */
  kill(broker: Broker): Promise<void>
  /** Has a broker shut down in order; it says so to its clients. */
  shutDown(broker: Broker): Promise<void>
  /** Freezes a broker. It keeps the lock: no other becomes active. */
  pause(broker: Broker): Promise<void>
  resume(broker: Broker): Promise<void>
  /** Starts a broker that has ended; resolves when one is active and the other one stands by. */
  start(broker: Broker): Promise<void>
  /** Removes both, with their data. */
  remove(): Promise<void>
}

export type PairName = 'activemq' | 'artemis'

interface PairDefinition {
  readonly dataFolder: string
  /** Files of a broker, by its place in the pair. */
  files(place: Place): Promise<NonNullable<Surroundings['files']>>
  /** The beginning of the log of each start. */
  readonly begins: string
  /** Whether a broker stands by, from its log since then. */
  standsBy(log: string): boolean
}

type Place = 0 | 1

const definitions: Readonly<Record<PairName, PairDefinition>> = {
  activemq: {
    dataFolder: '/opt/activemq/data',
    files: async () => [],
    begins: 'Loading message broker',
    standsBy: (log) => log.trimEnd().split('\n').at(-1)?.includes('slave mode waiting') ?? false,
  },
  artemis: {
    dataFolder: '/opt/broker/data',
    files: async (place) => [{ content: await artemisConfiguration(place), target: '/opt/broker/etc/broker.xml' }],
    begins: 'Starting ActiveMQ Artemis Server',
    // A backup that was active goes back to standing by without another start.
    standsBy: (log) => log.lastIndexOf('waiting for primary to fail') > log.lastIndexOf('Server is now active'),
  },
}

const hosts = ['broker-1', 'broker-2'] as const
const limit = 60_000
const pauseBetweenLooks = 50

/** @throws Error with the log of a broker that is neither active nor standing by within a minute */
export async function startPair(name: PairName = 'activemq'): Promise<BrokerPair> {
  const report = progress(`broker pair ${name}`)
  const [volume, network] = [await createVolume(), await createNetwork()]
  const started: Broker[] = []
  const start = async (place: Place): Promise<Broker> => {
    const { dataFolder, files } = definitions[name]
    const surroundings = {
      volume: { source: volume, target: dataFolder },
      network: { name: network, host: hosts[place] },
      files: await files(place),
    }
    const broker = await startBrokerIn(surroundings, name)
    started.push(broker)
    return broker
  }
  const remove = async (): Promise<void> => {
    await Promise.all(started.map((broker) => broker.stop()))
    await Promise.all([removeVolume(volume), removeNetwork(network)])
  }
  try {
    const brokers = [await start(0), await start(1)] as const
    await Promise.all(brokers.map(inPlace))
    report('ready')
    return pairOf(brokers, remove)
  } catch (error) {
    await remove()
    throw error
  }
}

function pairOf(brokers: readonly [Broker, Broker], remove: () => Promise<void>): BrokerPair {
  return {
    brokers,
    uri: (port) => `failover:(${brokers.map((broker) => broker.uri(port)).join(',')})`,
    active: () => firstToAnswer(brokers),
    other: (broker) => (broker === brokers[0] ? brokers[1] : brokers[0]),
    kill: (broker) => broker.kill(),
    shutDown: async (broker) => {
      await (await containerOf(broker)).stop({ t: 20 })
    },
    pause: (broker) => broker.pause(),
    resume: (broker) => broker.resume(),
    start: async (broker) => {
      await (await containerOf(broker)).start()
      await inPlace(broker)
    },
    remove,
  }
}

/** Primary and backup of Artemis, by file lock; the primary takes over again when it is back. */
async function artemisConfiguration(place: Place): Promise<string> {
  const configuration = await readFile(new URL('artemis/etc/broker.xml', import.meta.url), 'utf8')
  const always = '<failover-on-shutdown>true</failover-on-shutdown>'
  const policies = [
    `<primary>${always}</primary>`,
    `<backup>${always}<allow-failback>true</allow-failback></backup>`,
  ] as const
  const [self, other] = place === 0 ? hosts : hosts.toReversed()
  return configuration.replace(
    '</core>',
    `  <ha-policy>
      <shared-store>${policies[place]}</shared-store>
    </ha-policy>
    <connectors>
      <connector name="self">tcp://${self}:61616</connector>
      <connector name="other">tcp://${other}:61616</connector>
    </connectors>
    <cluster-user>polymq</cluster-user>
    <cluster-password>polymq-secret</cluster-password>
    <cluster-connections>
      <cluster-connection name="pair">
        <connector-ref>self</connector-ref>
        <message-load-balancing>OFF</message-load-balancing>
        <static-connectors><connector-ref>other</connector-ref></static-connectors>
      </cluster-connection>
    </cluster-connections>
  </core>`,
  )
}

/** Whichever of the two the broker becomes. */
async function inPlace(broker: Broker): Promise<void> {
  await within(broker, async () => (await answers(broker)) || (await standsBy(broker)))
}

async function firstToAnswer(brokers: readonly [Broker, Broker]): Promise<Broker> {
  const search = new AbortController()
  try {
    return await Promise.any(
      brokers.map(async (broker) => {
        await within(broker, () => answers(broker), search.signal)
        return broker
      }),
    )
  } finally {
    search.abort()
  }
}

/** @throws Error when the condition is not met within a minute, or the signal aborts */
async function within(broker: Broker, condition: () => Promise<boolean>, signal?: AbortSignal): Promise<void> {
  const deadline = Date.now() + limit
  while (!(await condition())) {
    signal?.throwIfAborted()
    if (Date.now() > deadline) {
      throw new Error(`broker ${broker.uri('amqp', null)} did not get ready:\n${await broker.log()}`)
    }
    await sleep(pauseBetweenLooks)
  }
}

/** Only the active one has its ports open. */
function answers(broker: Broker): Promise<boolean> {
  return answersGreeting({ host: broker.host, port: broker.port('amqp'), greeting: 'amqp' })
}

async function standsBy(broker: Broker): Promise<boolean> {
  const { State: state } = await (await containerOf(broker)).inspect()
  if (!state.Running) return false
  const definition = definitions[broker.name as PairName]
  const [latest = ''] = (await broker.log()).split(definition.begins).toReversed()
  return definition.standsBy(latest)
}

async function containerOf({ address }: Broker) {
  return (await getContainerRuntimeClient()).container.getById(address.containerId)
}
