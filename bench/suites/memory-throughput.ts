import { connect, queue } from 'polymq'
import { type Contender, countdown, cpuTime, pipelined, type Suite } from '../harness.ts'

const WARM_UP = 100_000
const MESSAGES = 300_000
/** Sends under way at the same time; the next ones wait until these are received, so that no backlog builds up. */
const WINDOW = 500

const BODIES = { text: 'x'.repeat(256), bytes: new Uint8Array(256).fill(7) }

/** The embedded broker with more and more queues, each with a producer and a listener; the messages go round them. */
export const memoryThroughput: Suite = {
  name: 'memory-throughput',
  title: 'a message of 256 bytes through the embedded broker, sent, received and acknowledged',
  unit: 'µs CPU',
  needsBroker: false,
  contenders: [
    through(1, 'text'),
    through(10, 'text'),
    through(100, 'text'),
    through(1_000, 'text'),
    through(1, 'bytes'),
    through(1_000, 'bytes'),
  ],
  goals: [
    { text: 'text, 1 queue: at most 3 µs', met: (medianOf) => medianOf('text, 1 queue') <= 3 },
    { text: 'text, 1,000 queues: at most 3 µs', met: (medianOf) => medianOf('text, 1,000 queues') <= 3 },
    { text: 'bytes, 1 queue: at most 3 µs', met: (medianOf) => medianOf('bytes, 1 queue') <= 3 },
    { text: 'bytes, 1,000 queues: at most 3 µs', met: (medianOf) => medianOf('bytes, 1,000 queues') <= 3 },
  ],
}

function through(queues: number, kind: keyof typeof BODIES): Contender {
  const body = BODIES[kind]
  return {
    name: `${kind}, ${queues === 1 ? '1 queue' : `${queues.toLocaleString('en')} queues`}`,
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
      const run = async (messages: number): Promise<void> => {
        for (let start = 0; start < messages; start += WINDOW) {
          const { done, tick } = countdown(WINDOW)
          received = tick
          await pipelined(WINDOW, WINDOW, async (index) => producers[(start + index) % queues]?.send(body))
          await done
        }
      }
      await run(WARM_UP)
      return (await cpuTime(() => run(MESSAGES))) / MESSAGES
    },
  }
}
