import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Consumer, connect, type Producer, queue } from 'polymq'
import { type Contender, countdown, type Goal, pipelined, type Suite } from '../harness.ts'

const BODY = new Uint8Array(256).fill(7)
const SENDS = 1_000_000
const SAMPLES = 50
const MEGABYTE = 1_000_000

type Link = { readonly producer: Producer<Uint8Array>; readonly consumer: Consumer<Uint8Array> }
type Work = (link: Link, sent: (count: number) => void) => Promise<void>

const scenarios: Readonly<Record<string, Work>> = {
  'one by one': async ({ producer, consumer }, sent) => {
    const { done, tick } = countdown(SENDS)
    consumer.listen(tick)
    for (let count = 1; count <= SENDS; count += 1) {
      await producer.send(BODY)
      sent(count)
    }
    await done
  },
  'pipelined by 1,000': async ({ producer, consumer }, sent) => {
    const { done, tick } = countdown(SENDS)
    consumer.listen(tick)
    await sendAll(producer, sent)
    await done
  },
  // Ten times slower than the sender: the queue fills up to its bound of 100,000 messages or 64 MiB, and send() waits.
  'slow consumer': async ({ producer, consumer }, sent) => {
    const { done, tick } = countdown(SENDS)
    let handled = 0
    consumer.listen(() => {
      tick()
      handled += 1
      return handled % 10 === 0 ? nextTurn() : undefined
    })
    await sendAll(producer, sent)
    await done
  },
}

/** The most heap that a process has in use while it sends a million messages, on the default bounds of a queue. */
export const memoryHeap: Suite = {
  name: 'memory-heap',
  title: `the most heap in use during ${SENDS.toLocaleString('en')} sends of 256 bytes, at ${SAMPLES} looks`,
  unit: 'MB',
  needsBroker: false,
  contenders: Object.entries(scenarios).flatMap(([name, work]) => [
    heapOf(`${name}, live`, work, () => globalThis.gc?.()),
    heapOf(`${name}, with garbage`, work, () => {}),
  ]),
  goals: Object.keys(scenarios).map(
    (name): Goal => ({
      text: `${name}: under 100 MB live`,
      met: (medianOf) => medianOf(`${name}, live`) < 100,
    }),
  ),
}

function heapOf(name: string, work: Work, beforeLook: () => void): Contender {
  return {
    name,
    async measure() {
      await using connection = await connect('memory:bench')
      const destination = queue<Uint8Array>('bench')
      const producer = await (await connection.createSession()).createProducer(destination)
      const consumer = await (await connection.createSession()).createConsumer(destination)
      let highest = 0
      await work({ producer, consumer }, (count) => {
        if (count % (SENDS / SAMPLES) !== 0) return
        beforeLook()
        highest = Math.max(highest, process.memoryUsage().heapUsed)
      })
      return highest / MEGABYTE
    },
  }
}

async function sendAll(producer: Producer<Uint8Array>, sent: (count: number) => void): Promise<void> {
  await pipelined(SENDS, 1_000, async (index) => {
    await producer.send(BODY)
    sent(index + 1)
  })
}
