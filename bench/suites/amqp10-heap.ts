import type { Suite } from '../harness.ts'
import { COLUMNS, FLAGS, SENDS, sendMillion, withinLimit } from './slow-consumer.ts'

const BODY = new Uint8Array(256).fill(7)
const NAME = 'polymq'

/**
 * The heap of a process that sends a million persistent messages to a broker, and consumes them much more slowly on
 * the same connection: what is fetched ahead is bounded by credit, the rest waits in the broker.
 */
export const amqpHeap: Suite = {
  name: 'amqp10-heap',
  title: `${SENDS.toLocaleString('en')} confirmed sends of 256 bytes over AMQP 1.0, to a consumer that takes about 900 a second`,
  needsBroker: 'amqp',
  columns: COLUMNS,
  contenders: [
    {
      name: NAME,
      flags: FLAGS,
      measure: ({ broker }) =>
        sendMillion({ uri: broker, queue: 'polymq.bench.heap', body: () => BODY, window: 500, burst: 1 }),
    },
  ],
  goals: [withinLimit(NAME)],
}
