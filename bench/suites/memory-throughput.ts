import { connect, queue } from 'polymq'
import { type Contender, countdown, latencies, peakMemory, pipelined, type Suite, stopwatch } from '../harness.ts'

const WARM_UP = 100_000
const MESSAGES = 300_000
const TIMED = 20_000
/** Sends under way at the same time; the next ones wait until these are received, so that no backlog builds up. */
const WINDOW = 500
const LIMIT = 3

const BODIES = { text: 'x'.repeat(256), bytes: new Uint8Array(256).fill(7) }

const contenders = [
  through(1, 'text'),
  through(10, 'text'),
  through(100, 'text'),
  through(1_000, 'text'),
  through(1, 'bytes'),
  through(1_000, 'bytes'),
]

/** The embedded broker with more and more queues, each with a producer and a listener; the messages go round them. */
export const memoryThroughput: Suite = {
  name: 'memory-throughput',
  title: '256 bytes through the embedded broker, sent, received by a listener and acknowledged',
  needsBroker: false,
  contenders,
  goals: [
    ...contenders.map(({ name }) => ({
      text: `${name}: at most ${LIMIT} µs`,
      met: (medianOf: (contender: string, column: string) => number) => medianOf(name, 'cpu') <= LIMIT,
    })),
    {
      text: 'flat: text with 1,000 queues at most 1.25 of that with one',
      met: (medianOf) => medianOf('text, 1,000 queues', 'cpu') <= 1.25 * medianOf('text, 1 queue', 'cpu'),
    },
  ],
}

function through(queues: number, kind: keyof typeof BODIES): Contender {
  const body = BODIES[kind]
  return {
    name: `${kind}, ${queues === 1 ? '1 queue' : `${queues.toLocaleString('en')} queues`}`,
    group: kind,
    async measure() {
      await using connection = await connect('memory:bench')
      const sending = await connection.createSession()
      const receiving = await connection.createSession()
      let received = (): void => {}
      const producers = await Promise.all(
        Array.from({ length: queues }, async (_, index) => {
          const destination = queue<typeof body>(`bench.${index}`)
          const consumer = await receiving.createConsumer(destination)
          consumer.listen(() => received())
          return sending.createProducer(destination)
        }),
      )
      const send = (index: number): Promise<void> | undefined => producers[index % queues]?.send(body)
      const run = async (messages: number): Promise<void> => {
        for (let start = 0; start < messages; start += WINDOW) {
          const { done, tick } = countdown(WINDOW)
          received = tick
          await pipelined(WINDOW, WINDOW, (index) => send(start + index))
          await done
        }
      }
      await run(WARM_UP)
      const stop = stopwatch(MESSAGES)
      await run(MESSAGES)
      const { rate, cpu } = stop()
      const rss = peakMemory()
      const { p50, p99 } = await latencies(TIMED, async (index) => {
        const { done, tick } = countdown(1)
        received = tick
        await send(index)
        await done
      })
      return { rate, cpu, p50, p99, rss }
    },
  }
}
