import { DONE } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import { encodedDestination } from './addresses.ts'
import type { BrokerWindow } from './broker-window.ts'
import { ACK, type Structure, TYPE } from './codec/types.ts'
import type { OpenWireConnection } from './connection.ts'
import type { OpenWireDelivery } from './delivery.ts'
import type { RequestSubject } from './error-mapping.ts'
import { encoded } from './ids.ts'
import type { OpenTransaction } from './transactions.ts'

/** What is said to the broker of deliveries that were given up. */
const POISON_CLASS = 'java.lang.Throwable'

/** A run of deliveries that follow each other at the broker, too. */
interface Run {
  readonly first: OpenWireDelivery
  readonly last: OpenWireDelivery
  readonly count: number
}

/** What one consumer tells the broker of its messages. */
export class ConsumerAcks {
  readonly #connection: OpenWireConnection
  readonly #destination: Uint8Array
  readonly #consumerId: Uint8Array
  readonly #window: BrokerWindow
  /** In the order in which they came, as the broker has them: not acknowledged, or in a transaction that is open. */
  readonly #unsettled = new Set<OpenWireDelivery>()
  #transaction: OpenTransaction | undefined

  constructor(connection: OpenWireConnection, consumerId: Structure, info: ConsumerInfo, window: BrokerWindow) {
    this.#connection = connection
    this.#destination = encodedDestination(info.destination)
    this.#consumerId = encoded(consumerId)
    this.#window = window
  }

  received(delivery: OpenWireDelivery): void {
    this.#unsettled.add(delivery)
  }

  /** The open transaction in which deliveries are acknowledged. */
  get transaction(): OpenTransaction | undefined {
    return this.#transaction
  }

  /** Lets the broker send as much as the client wants, where that has more messages than the broker would like. */
  widen(): void {
    const lacking = this.#window.lacking
    if (lacking === 0) return
    let count = 0
    let last: OpenWireDelivery | undefined
    for (const delivery of this.#unsettled) {
      if (count === lacking) break
      last = delivery
      count += 1
    }
    if (last === undefined) return
    const more = this.#window.extended(count)
    if (more > 0) void this.#write(ACK.DELIVERED, { first: last, last, count: more }, undefined)
  }

  /** @param subject - of the response, where somebody waits for it */
  accept(
    deliveries: readonly OpenWireDelivery[],
    transaction: OpenTransaction | undefined,
    subject: RequestSubject | undefined,
  ): Promise<void> {
    const runs = this.#runsOf(deliveries)
    const transactionId = transaction?.enlist()
    let answer: Promise<void> = DONE
    for (const [index, run] of runs.entries()) {
      const isLast = index === runs.length - 1
      const answered = this.#write(ACK.STANDARD, run, transactionId, isLast ? subject : undefined)
      if (isLast) answer = answered
    }
    if (transaction === undefined) this.#settled(deliveries)
    else this.#settleWith(transaction, deliveries)
    return answer
  }

  /** Whether the broker waits for its acknowledgement. */
  has(delivery: OpenWireDelivery): boolean {
    return this.#unsettled.has(delivery)
  }

  /** To the dead letters, in no transaction: the broker has none for that. */
  async poison(
    deliveries: readonly OpenWireDelivery[],
    reason: string | undefined,
    subject: RequestSubject,
  ): Promise<void> {
    const answers = deliveries
      .filter((delivery) => this.#unsettled.has(delivery))
      .map((delivery) => {
        const run = { first: delivery, last: delivery, count: 1 }
        return this.#write(ACK.POISON, run, undefined, subject, reason ?? 'the application gave it up')
      })
    this.#settled(deliveries)
    await Promise.all(answers)
  }

  /**
   * The number of the last message that the application has had; those up to it come again as redelivered. -1 when it had
   * none.
   */
  get lastDelivered(): number | bigint {
    let last: number | bigint = -1
    for (const delivery of this.#unsettled) {
      if (delivery.isUntouched) continue
      const { brokerSequence } = delivery
      if (brokerSequence > last) last = brokerSequence
    }
    return last
  }

  #settled(deliveries: readonly OpenWireDelivery[]): void {
    let count = 0
    for (const delivery of deliveries) {
      if (!this.#unsettled.delete(delivery)) continue
      delivery.source = undefined
      count += 1
    }
    this.#window.acknowledged(count)
  }

  #settleWith(transaction: OpenTransaction, deliveries: readonly OpenWireDelivery[]): void {
    this.#transaction = transaction
    transaction.whenEnded((isCommitted) => {
      if (isCommitted) this.#settled(deliveries)
      if (this.#transaction === transaction) this.#transaction = undefined
    })
  }

  /** One acknowledgement is for those that follow each other at the broker. */
  #runsOf(deliveries: readonly OpenWireDelivery[]): readonly Run[] {
    const [only] = deliveries
    if (deliveries.length === 1 && only !== undefined) {
      return this.#unsettled.has(only) ? [{ first: only, last: only, count: 1 }] : []
    }
    const wanted = new Set(deliveries)
    const runs: Run[] = []
    let found = 0
    let run: Run | undefined
    for (const delivery of this.#unsettled) {
      if (wanted.has(delivery)) {
        run =
          run === undefined
            ? { first: delivery, last: delivery, count: 1 }
            : { ...run, last: delivery, count: run.count + 1 }
        found += 1
      }
      if (run !== undefined && (!wanted.has(delivery) || found === wanted.size)) {
        runs.push(run)
        run = undefined
      }
      if (found === wanted.size) break
    }
    if (run !== undefined) runs.push(run)
    return runs
  }

  #write(
    ackType: number,
    { first, last, count }: Run,
    transactionId: Uint8Array | undefined,
    subject?: RequestSubject,
    poisonReason?: string,
  ): Promise<void> {
    const connection = this.#connection
    const { writer } = connection
    const commandId = connection.nextCommand()
    writer.begin(TYPE.MESSAGE_ACK)
    writer.int(commandId)
    writer.boolean(subject !== undefined)
    writer.raw(this.#destination)
    if (transactionId === undefined) writer.byte(0)
    else writer.raw(transactionId)
    writer.raw(this.#consumerId)
    writer.byte(ackType)
    writer.raw(first.id)
    writer.raw(last.id)
    writer.int(count)
    writer.throwable(
      poisonReason === undefined
        ? undefined
        : { className: POISON_CLASS, message: poisonReason.slice(0, LONGEST_REASON) },
    )
    connection.write(writer.finish())
    return subject === undefined ? DONE : (connection.answer(commandId, subject) as Promise<void>)
  }
}

/** A text of the protocol has 65,535 bytes at most. */
const LONGEST_REASON = 1_000
