/** A million sends while the process may have a heap of 100 MB only: with more, Node ends it. */
import { setTimeout as pause } from 'node:timers/promises'
import { connect, queue } from 'polymq'
import { countdown, type Goal, peakMemory, pipelined, quantiles, type Sample, stopwatch } from '../harness.ts'

export const SENDS = 1_000_000
export const LIMIT = 100
/** Of both generations. */
export const FLAGS: readonly string[] = [`--max-heap-size=${LIMIT}`]
export const COLUMNS: Readonly<Record<string, string>> = { heap: 'heap MB', live: 'live MB' }

/** Looks at the heap, and as many at what is left of it after a collection. */
const LOOKS = 50
const COLLECTIONS = 5
/** Sends that are timed: one in so many. */
const TIMED = 100
const MEGABYTE = 1_000_000

export interface Work {
  readonly uri: string
  readonly queue: string
  readonly body: (index: number) => string | Uint8Array
  /** Calls of send() under way at the same time. */
  readonly window: number
  /** Messages that the consumer takes before it pauses for a millisecond; 0 for no pause. */
  readonly burst: number
}

/** Time goes until all are sent. Then the consumer hurries, so that nothing is left behind, and all must come. */
export async function sendMillion(work: Work): Promise<Sample> {
  await using connection = await connect(work.uri)
  const destination = queue(work.queue)
  const producer = await (await connection.createSession()).createProducer(destination)
  const consumer = await (await connection.createSession()).createConsumer(destination)
  const { done, tick } = countdown(SENDS)
  let handled = 0
  let isSlow = work.burst > 0
  consumer.listen(() => {
    tick()
    handled += 1
    return isSlow && handled % work.burst === 0 ? pause(1) : undefined
  })
  const times = new Float64Array(SENDS / TIMED)
  let heap = 0
  let live = 0
  let sent = 0
  const look = (): void => {
    heap = Math.max(heap, process.memoryUsage().heapUsed)
    if (sent % (SENDS / COLLECTIONS) !== 0) return
    globalThis.gc?.()
    live = Math.max(live, process.memoryUsage().heapUsed)
  }
  const stop = stopwatch(SENDS)
  await pipelined(SENDS, work.window, async (index) => {
    const start = index % TIMED === 0 ? performance.now() : 0
    await producer.send(work.body(index))
    if (index % TIMED === 0) times[index / TIMED] = performance.now() - start
    sent += 1
    if (sent % (SENDS / LOOKS) === 0) look()
  })
  const { rate, cpu } = stop()
  const rss = peakMemory()
  isSlow = false
  await done
  return { rate, cpu, ...quantiles(times), rss, heap: heap / MEGABYTE, live: live / MEGABYTE }
}

export function withinLimit(name: string): Goal {
  return {
    text: `${name}: done, with at most ${LIMIT} MB of heap`,
    met: (medianOf) => medianOf(name, 'heap') <= LIMIT && medianOf(name, 'live') <= LIMIT,
  }
}
