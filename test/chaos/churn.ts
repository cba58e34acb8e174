import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, queue, TimeoutError, topic } from '../../src/index.ts'
import type { Outcome } from './history.ts'
import type { Random } from './random.ts'
import type { Recorder } from './recorder.ts'

export interface ChurnSettings {
  readonly name: string
  readonly recorder: Recorder
  readonly random: Random
  /** Ends it; what is under way is finished. */
  readonly stop: AbortSignal
}

/** Creates, uses and closes sessions, producers and consumers, so that faults find all of these calls under way. */
export async function churn(connection: Connection, { name, recorder, random, stop }: ChurnSettings): Promise<void> {
  const call = async <Result>(what: string, action: () => Promise<Result>): Promise<Result | undefined> => {
    let result: Result | undefined
    await recorder.call(
      { name: what, actor: name },
      async () => {
        result = await action()
      },
      creationOutcome,
    )
    return result
  }
  const destination = connection.capabilities.queues === 'unsupported' ? topic(name) : queue(name)
  while (!stop.aborted) {
    // Also lets timers run where no call waits for anything.
    await sleep(random.integer(1, 50))
    const session = await call('createSession', () => connection.createSession())
    if (session === undefined) continue
    const consumer = await call('createConsumer', () => session.createConsumer(destination))
    const producer = await call('createProducer', () => session.createProducer(destination))
    if (producer !== undefined) await call('send', () => producer.send('anything'))
    if (consumer !== undefined) {
      await call('receive', () => consumer.receive({ timeout: 200 }))
      await call('close', () => consumer.close())
    }
    await call('close', () => session.close())
  }
}

/** What waits for a broker may take longer than `requestTimeout`. */
function creationOutcome(error: unknown): Outcome {
  return error instanceof TimeoutError ? 'refused' : 'failed'
}
