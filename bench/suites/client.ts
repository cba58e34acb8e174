/** What the suites share that send through a broker: how a client is measured, and at which guarantee. */
import { Buffer } from 'node:buffer'
import { type ConnectOptions, connect, queue } from 'polymq'
import { countdown, latencies, peakMemory, pipelined, type Sample, stopwatch } from '../harness.ts'

export const BODY: Buffer = Buffer.alloc(256, 7)
/** Unconfirmed sends, and messages fetched ahead: the same for all. */
export const WINDOW = 500
export const CREDIT = 200

/** The engine goes on making the code faster for the first 40,000 messages or so. */
export const WARM_UP = 40_000
export const MESSAGES = 60_000
/** One at a time, after the others. */
export const TIMED = 300

/** A client that is connected, with a producer and a consumer on the queue. */
export interface Client {
  /** Sends so many and resolves when all are confirmed. */
  send(messages: number): Promise<void>
  close(): Promise<void>
}

/** One round. `open` gets what is to be called after each message was handled. */
export async function measureClient(open: (received: () => void) => Promise<Client>): Promise<Sample> {
  let received = (): void => {}
  const client = await open(() => received())
  const run = async (messages: number): Promise<void> => {
    const { done, tick } = countdown(messages)
    received = tick
    await client.send(messages)
    await done
  }
  await run(WARM_UP)
  const stop = stopwatch(MESSAGES)
  await run(MESSAGES)
  const { rate, cpu } = stop()
  const rss = peakMemory()
  const { p50, p99 } = await latencies(TIMED, () => run(1))
  await client.close()
  return { rate, cpu, p50, p99, rss }
}

/** polymq over whatever the broker's URI says. */
export async function openPolymq(
  broker: string,
  name: string,
  options: ConnectOptions,
  received: () => void,
): Promise<Client> {
  const connection = await connect(broker, { ...options, prefetch: CREDIT, maxPendingSends: WINDOW })
  const producer = await (await connection.createSession()).createProducer(queue(name))
  const consumer = await (await connection.createSession()).createConsumer(queue(name))
  consumer.listen(received)
  return {
    send: (messages) => pipelined(messages, WINDOW, () => producer.send(BODY)),
    close: () => connection.close(),
  }
}

/** Counts what has come, for those who wait until something has: anything, since only the number counts. */
export function arrivals(): { readonly arrived: () => void; readonly arrival: () => Promise<void> | undefined } {
  const waiting: (() => void)[] = []
  let ahead = 0
  const arrived = (): void => {
    const next = waiting.pop()
    if (next === undefined) ahead += 1
    else next()
  }
  const arrival = (): Promise<void> | undefined => {
    if (ahead === 0) return new Promise((resolve) => waiting.push(resolve))
    ahead -= 1
    return undefined
  }
  return { arrived, arrival }
}
