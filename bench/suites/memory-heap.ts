import type { Contender, Suite } from '../harness.ts'
import { COLUMNS, FLAGS, SENDS, sendMillion, type Work, withinLimit } from './slow-consumer.ts'

const BYTES = new Uint8Array(256).fill(7)
/** Another string each time: one alone would be kept once. */
const text = (index: number): string => String(index).padEnd(256, 'abcdefgh').toUpperCase()
const bytes = (): Uint8Array => BYTES

// The slow consumers take a few thousand messages a second: the queue fills up to its bounds, and send() waits. They
// come to an end because they take 1,000 at a time.
const contenders = [
  sending('one by one, text', { body: text, window: 1, burst: 0 }),
  sending('1,000 at a time, text', { body: text, window: 1_000, burst: 0 }),
  sending('slow consumer, text', { body: text, window: 1_000, burst: 50 }),
  sending('slow consumer, bytes', { body: bytes, window: 1_000, burst: 50 }),
]

/** The heap of a process that sends a million messages, on the default bounds of a queue. */
export const memoryHeap: Suite = {
  name: 'memory-heap',
  title: `${SENDS.toLocaleString('en')} sends of 256 bytes, another text each time, through the embedded broker`,
  needsBroker: false,
  columns: COLUMNS,
  contenders,
  goals: contenders.map(({ name }) => withinLimit(name)),
}

function sending(name: string, work: Omit<Work, 'uri' | 'queue'>): Contender {
  return {
    name,
    group: name,
    flags: FLAGS,
    measure: () => sendMillion({ ...work, uri: 'memory:bench', queue: 'bench' }),
  }
}
