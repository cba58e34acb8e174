import { setTimeout as sleep } from 'node:timers/promises'
import { type Destination, type Producer, type Session, TransactionRolledBackError } from '../../src/index.ts'
import type { Outcome } from './history.ts'
import type { Random } from './random.ts'
import type { Recorder } from './recorder.ts'

export interface ProducerSettings {
  readonly name: string
  readonly destination: Destination
  readonly recorder: Recorder
  readonly random: Random
  /** Ends the production; what is under way is finished. */
  readonly stop: AbortSignal
}

/** Sends that are not awaited, at most. */
const PENDING = 40

/** Sends at a steady rate, with several sends under way. */
export async function producePlain(session: Session, settings: ProducerSettings): Promise<void> {
  const { name, destination, recorder, random, stop } = settings
  const producer = await session.createProducer(destination)
  const pending = new Set<Promise<unknown>>()
  for (let number = 1; !stop.aborted; number += 1) {
    const message = `${name}/${number}`
    const sent = recorder
      .call({ name: 'send', actor: name, message }, () => send(producer, message, random))
      .then((outcome) => {
        if (outcome === 'done') recorder.confirmed(destination.name, message)
        pending.delete(sent)
      })
    pending.add(sent)
    if (pending.size >= PENDING) await Promise.race(pending)
    await sleep(random.integer(5, 40))
  }
  await Promise.all(pending)
}

/** Sends in transactions of several messages, of which some are rolled back. */
export async function produceInTransactions(session: Session, settings: ProducerSettings): Promise<void> {
  const { name, destination, recorder, random, stop } = settings
  const producer = await session.createProducer(destination)
  let number = 0
  for (let count = 1; !stop.aborted; count += 1) {
    const transaction = `${name}:${count}`
    const messages: string[] = []
    const sends: Promise<Outcome>[] = []
    for (let length = random.integer(1, 8); length > 0; length -= 1) {
      number += 1
      const message = `${name}/${number}`
      messages.push(message)
      const subject = { name: 'send', actor: name, message, transaction }
      sends.push(recorder.call(subject, () => send(producer, message, random), transactionOutcome))
      if (random.chance(0.3)) await sleep(random.integer(1, 30))
    }
    const outcome = await endTransaction(session, name, transaction, recorder, random)
    await Promise.all(sends)
    if (outcome === 'done') for (const message of messages) recorder.confirmed(destination.name, message)
    await sleep(random.integer(10, 120))
  }
}

/** @returns `done` when it is committed */
export async function endTransaction(
  session: Session,
  actor: string,
  transaction: string,
  recorder: Recorder,
  random: Random,
): Promise<Outcome> {
  if (random.chance(0.15)) {
    await recorder.call({ name: 'rollback', actor, transaction }, () => session.rollback())
    return 'refused'
  }
  return recorder.call({ name: 'commit', actor, transaction }, () => session.commit(), transactionOutcome)
}

/** The text alone tells whether the transaction may have been committed. */
function transactionOutcome(error: unknown): Outcome {
  if (!(error instanceof TransactionRolledBackError)) return 'failed'
  return /may have committed|outcome is not known/.test(error.message) ? 'in doubt' : 'refused'
}

/** Most messages are small; some take several frames of the network. */
function send(producer: Producer, message: string, random: Random): Promise<void> {
  const length = random.chance(0.02) ? random.integer(10_000, 60_000) : random.integer(0, 500)
  return producer.send(`${message} ${'x'.repeat(length)}`)
}
