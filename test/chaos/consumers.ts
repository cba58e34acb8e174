import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, ReceivedMessage, Session } from '../../src/index.ts'
import { endTransaction } from './producers.ts'
import type { Random } from './random.ts'
import type { Recorder } from './recorder.ts'

export interface ConsumerSettings {
  readonly name: string
  readonly group: Set<string>
  readonly recorder: Recorder
  readonly random: Random
  /** Ends the consumption. */
  readonly stop: AbortSignal
}

/** Receives one by one, in a session that acknowledges by itself. */
export async function consumeByReceiving(consumer: Consumer, settings: ConsumerSettings): Promise<void> {
  const { name, recorder, group, random, stop } = settings
  while (!stop.aborted) {
    const message = await next(consumer, settings)
    if (message === null) continue
    const id = idOf(message)
    recorder.add({ type: 'handled', delivery: recorder.delivered(name, id, message.redelivered) })
    recorder.consumed(group, [id])
    await work(random)
  }
}

/** Receives one by one, and acknowledges each when it is handled. */
export async function consumeIndividually(consumer: Consumer, settings: ConsumerSettings): Promise<void> {
  const { name, recorder, group, random, stop } = settings
  while (!stop.aborted) {
    const message = await next(consumer, settings)
    if (message === null) continue
    const id = idOf(message)
    const delivery = recorder.delivered(name, id, message.redelivered)
    await work(random)
    recorder.add({ type: 'handled', delivery })
    await recorder.call({ name: 'acknowledge', actor: name }, () => message.acknowledge())
    recorder.consumed(group, [id])
  }
}

export function consumeByListening(consumer: Consumer, settings: ConsumerSettings): void {
  const { name, recorder, group, random } = settings
  consumer.listen(async (message) => {
    const id = idOf(message)
    const delivery = recorder.delivered(name, id, message.redelivered)
    await work(random)
    recorder.add({ type: 'handled', delivery })
    recorder.consumed(group, [id])
  })
}

/** Receives several in each transaction, of which some are rolled back. */
export async function consumeInTransactions(
  session: Session,
  consumer: Consumer,
  settings: ConsumerSettings,
): Promise<void> {
  const { name, recorder, group, random, stop } = settings
  for (let count = 1; !stop.aborted; count += 1) {
    const transaction = `${name}:${count}`
    const ids: string[] = []
    for (let length = random.integer(1, 20); length > 0; length -= 1) {
      const message = await next(consumer, settings)
      if (message === null) break
      ids.push(idOf(message))
      recorder.delivered(name, idOf(message), message.redelivered, transaction)
    }
    const outcome = await endTransaction(session, name, transaction, recorder, random)
    // What is in doubt has been seen, and may not come again.
    if (outcome === 'done' || outcome === 'in doubt') recorder.consumed(group, ids)
  }
}

async function next(consumer: Consumer, { name, recorder }: ConsumerSettings): Promise<ReceivedMessage | null> {
  let message: ReceivedMessage | null = null
  const outcome = await recorder.call({ name: 'receive', actor: name }, async () => {
    message = await consumer.receive({ timeout: 200 })
  })
  // A consumer that has ended would fail at once, again and again.
  if (outcome === 'failed') await sleep(200)
  return message
}

/** Now and then a message takes a moment. */
async function work(random: Random): Promise<void> {
  if (random.chance(0.1)) await sleep(random.integer(1, 20))
}

function idOf(message: ReceivedMessage): string {
  return String(message.body).split(' ', 1)[0] ?? ''
}
