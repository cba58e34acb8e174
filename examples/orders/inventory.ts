import {
  AbortedError,
  type Connection,
  type Consumer,
  objectMessage,
  type Producer,
  type Queue,
  type ReceivedMessage,
  type Session,
} from 'polymq'
import { type Answer, readOrder } from './order.ts'
import type { StockDatabase } from './stock-database.ts'

/** Messages that share a transaction; only those that are there already, so nobody waits for it to fill. */
const BATCH = 50

export interface InventoryOptions {
  readonly connection: Connection
  readonly database: StockDatabase
  readonly orders: Queue
  /** Where dead letters go on a broker that has no place of its own for them. */
  readonly deadLetters: Queue
  /** Stops the service when it aborts. */
  readonly signal: AbortSignal
  /** Called between the database's commit and the broker's; what it throws ends the service there, as a crash would. */
  readonly beforeBrokerCommit?: () => void
}

/** What becomes of a message: the database has decided, the broker does not know yet. */
type Decision = { readonly message: ReceivedMessage } & ({ readonly answer: Answer } | { readonly problem: string })

/**
 * The inventory service: takes orders off the queue, the goods off the stock, and answers. Resolves once the signal
 * aborts.
 *
 * The database commits first, then the broker: a crash in between delivers the messages again, and the database knows
 * them. The answers and acknowledgements of a batch are one transaction of the broker; where it has none (RabbitMQ),
 * the batch is acknowledged after its answers are confirmed, so an answer may go out twice, with the same correlation id.
 */
export async function runInventory(options: InventoryOptions): Promise<void> {
  const { connection, orders } = options
  const transacted = connection.capabilities.transactions !== 'unsupported'
  await using session = await connection.createSession({ acknowledgeMode: transacted ? 'transacted' : 'individual' })
  const consumer = await session.createConsumer(orders)
  const producer = await session.createProducer()
  let size = BATCH
  for (;;) {
    const batch = await nextBatch(consumer, size, options.signal)
    if (batch.length === 0) return
    const decisions = options.database.transaction(() => batch.map((message) => decide(message, options.database)))
    options.beforeBrokerCommit?.()
    size = (await settle(decisions, session, producer, options)) ? BATCH : 1
  }
}

/** The next message, and those behind it that are here already; none once the signal aborts. */
async function nextBatch(consumer: Consumer, size: number, signal: AbortSignal): Promise<ReceivedMessage[]> {
  const batch: ReceivedMessage[] = []
  try {
    let message = await consumer.receive({ signal })
    while (message !== null) {
      batch.push(message)
      message = batch.length < size ? await consumer.receive({ timeout: 0 }) : null
    }
  } catch (error) {
    if (!(error instanceof AbortedError)) throw error
  }
  return batch
}

function decide(message: ReceivedMessage, database: StockDatabase): Decision {
  const submission = message.correlationId ?? message.messageId ?? 'unknown'
  const reading = readOrder(message.body)
  if ('order' in reading) return { message, answer: database.handle(reading.order, submission) }
  database.noteDeadLetter(submission, reading.problem)
  return { message, problem: reading.problem }
}

/** Tells the broker. False when it did not take all of it: then the messages come again, one by one, so that one that fails spoils no others. */
async function settle(
  decisions: readonly Decision[],
  session: Session,
  producer: Producer,
  options: InventoryOptions,
): Promise<boolean> {
  try {
    await Promise.all(
      decisions.map((decision) =>
        'answer' in decision ? answer(decision, producer) : deadLetter(decision, producer, options),
      ),
    )
    await (session.transacted ? session.commit() : session.acknowledge())
    return true
  } catch (error) {
    if (options.connection.state === 'closed') throw error
    await (session.transacted ? session.rollback() : session.recover())
    return false
  }
}

async function answer(decision: { message: ReceivedMessage; answer: Answer }, producer: Producer): Promise<void> {
  const { replyTo, correlationId } = decision.message
  if (replyTo === undefined) return
  await producer.send(replyTo, objectMessage(decision.answer, correlationId === undefined ? {} : { correlationId }))
}

/** Moved by the broker; where it cannot, a copy is sent, and the message acknowledged with the others. */
async function deadLetter(
  decision: { message: ReceivedMessage; problem: string },
  producer: Producer,
  { connection, deadLetters }: InventoryOptions,
): Promise<void> {
  if (connection.capabilities.deadLetter !== 'unsupported') return decision.message.deadLetter(decision.problem)
  await producer.send(deadLetters, decision.message)
}
