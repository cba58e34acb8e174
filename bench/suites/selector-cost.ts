import { type ConsumerOptions, connect, queue, textMessage } from 'polymq'
import { type Contender, countdown, latencies, peakMemory, pipelined, type Suite, stopwatch } from '../harness.ts'

const WARM_UP = 50_000
const MESSAGES = 200_000
const TIMED = 20_000
/** Sends under way at the same time; the next ones wait until these are received. */
const WINDOW = 500
const FIELDS = { properties: { region: 'EU', amount: 250, customer: 'ACME-17', urgent: false } } as const
const BODY = 'x'.repeat(256)

const SIMPLE = 'amount > 100'
const COMPLEX = `region IN ('US', 'EU', 'APAC') AND amount BETWEEN 10 AND 1000 AND customer LIKE 'ACME-%'
  AND (urgent = FALSE OR JMSPriority > 6) AND amount * 2 - 1 <> 0 AND missing IS NULL`

/** What a selector that matches adds to a message with four properties. */
export const selectorCost: Suite = {
  name: 'selector-cost',
  title: 'text of 256 characters with four properties through the embedded broker',
  needsBroker: false,
  contenders: [
    withSelector('no selector', {}),
    withSelector('one comparison', { selector: SIMPLE }),
    withSelector('six terms', { selector: COMPLEX }),
  ],
  goals: [],
}

function withSelector(name: string, options: ConsumerOptions<string>): Contender {
  return {
    name,
    async measure() {
      await using connection = await connect('memory:bench')
      const destination = queue<string>('bench')
      const producer = await (await connection.createSession()).createProducer(destination)
      const consumer = await (await connection.createSession()).createConsumer(destination, options)
      let received = (): void => {}
      consumer.listen(() => received())
      const send = (): Promise<void> => producer.send(textMessage(BODY, FIELDS))
      const run = async (messages: number): Promise<void> => {
        for (let start = 0; start < messages; start += WINDOW) {
          const { done, tick } = countdown(WINDOW)
          received = tick
          await pipelined(WINDOW, WINDOW, send)
          await done
        }
      }
      await run(WARM_UP)
      const stop = stopwatch(MESSAGES)
      await run(MESSAGES)
      const { rate, cpu } = stop()
      const rss = peakMemory()
      const { p50, p99 } = await latencies(TIMED, async () => {
        const { done, tick } = countdown(1)
        received = tick
        await send()
        await done
      })
      return { rate, cpu, p50, p99, rss }
    },
  }
}
