/** Active and standby of ActiveMQ Classic: two brokers on one volume. The one that has the store's lock is active. */

import { setTimeout as sleep } from 'node:timers/promises'
import { getContainerRuntimeClient } from 'testcontainers'
import type { Broker } from './broker.ts'
import { progress } from './progress.ts'
import { answersGreeting } from './readiness.ts'
import { createVolume, removeVolume, startOnVolume } from './start.ts'

export interface BrokerPair {
  readonly brokers: readonly [Broker, Broker]
  /** `failover:(FIRST,SECOND)`, with the credentials of the user `polymq`. */
  readonly uri: string
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
  /** Starts a broker that has ended; resolves when it stands by, or is active when the other one is down. */
  start(broker: Broker): Promise<void>
  /** Removes both, with their data. */
  remove(): Promise<void>
}

const dataFolder = '/opt/activemq/data'
const waitsForLock = 'slave mode waiting'
const limit = 60_000
const pauseBetweenLooks = 50

/** @throws Error with the log of a broker that is neither active nor standing by within a minute */
export async function startPair(): Promise<BrokerPair> {
  const report = progress('broker pair activemq')
  const volume = await createVolume()
  const started: Broker[] = []
  const remove = async (): Promise<void> => {
    await Promise.all(started.map((broker) => broker.stop()))
    await removeVolume(volume)
  }
  try {
    const mount = { source: volume, target: dataFolder }
    const brokers = [await startOnVolume('activemq', mount), await startOnVolume('activemq', mount)] as const
    started.push(...brokers)
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
    uri: `failover:(${brokers.map((broker) => broker.uri('amqp')).join(',')})`,
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

/** Its latest start ended where it waits for the lock. */
async function standsBy(broker: Broker): Promise<boolean> {
  const { State: state } = await (await containerOf(broker)).inspect()
  if (!state.Running) return false
  const [latest = ''] = (await broker.log()).split('Loading message broker').toReversed()
  return latest.trimEnd().split('\n').at(-1)?.includes(waitsForLock) ?? false
}

async function containerOf({ address }: Broker) {
  return (await getContainerRuntimeClient()).container.getById(address.containerId)
}
