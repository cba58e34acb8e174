import { Fifo } from '../collections/fifo.ts'
import { IllegalStateError } from '../errors.ts'
import { type Delivery, DONE, type Outcome, type OutcomeDetail } from '../provider/provider.ts'
import type { ConsumerInfo } from '../provider/resources.ts'
import type { ReleaseOptions } from './api.ts'
import type { CreditWindow } from './credit-window.ts'
import type { DuplicateWindow } from './duplicate-window.ts'
import { checkDuration } from './option-names.ts'
import type { Settler } from './received-message.ts'
import { originalDelivery, wasHandedOver } from './redelivery.ts'
import type { ClientSession } from './session.ts'

/** ms after which lazily acknowledged messages (dups-ok) are acknowledged at the latest. */
const LAZY_ACKNOWLEDGE_DELAY = 50

/** What acknowledging asks of its consumer. */
export interface AcknowledgingConsumer {
  readonly info: ConsumerInfo
  readonly state: 'open' | 'closing' | 'closed'
  closedError(call: string): Error
}

/**
 * Messages of one consumer from their hand-over until they are settled. Who acknowledges goes by the session's mode
 * (JMS 3.1 §6.2.10): the session itself (`auto`, and in batches `dups-ok`), the application (`client`, `individual`),
 * or the commit (`transacted`).
 */
export class Acknowledgements implements Settler {
  /** Whether messages are acknowledged without the application's doing. */
  readonly automatic: boolean
  readonly #consumer: AcknowledgingConsumer
  readonly #session: ClientSession
  readonly #credit: CreditWindow
  readonly #duplicates: DuplicateWindow | undefined
  /** Handed over, and neither acknowledged nor given back; oldest first. */
  readonly #delivered = new Fifo<Delivery>()
  /** Handed over by a broker that was lost: nothing is left to settle. */
  readonly #stale = new WeakSet<Delivery>()
  /** Accepted in the transaction that is about to end. */
  #committing: readonly Delivery[] = []
  /** Handled in a dups-ok session, and not acknowledged yet. */
  #lazy: Delivery[] = []
  #lazyTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    consumer: AcknowledgingConsumer,
    session: ClientSession,
    credit: CreditWindow,
    duplicates: DuplicateWindow | undefined,
  ) {
    this.#consumer = consumer
    this.#session = session
    this.#credit = credit
    this.#duplicates = duplicates
    this.automatic = session.acknowledgeMode === 'auto' || session.acknowledgeMode === 'dups-ok'
  }

  // --- what a received message asks ------------------------------------------------------------------------------

  async acknowledge(delivery: Delivery): Promise<void> {
    this.#session.requireOpen()
    if (this.#stale.has(delivery) && !this.#session.transacted) this.#duplicates?.remember(delivery)
    if (this.#session.acknowledgeMode === 'client') return this.#session.acknowledge()
    if (this.#session.acknowledgeMode !== 'individual' || !this.#delivered.has(delivery)) return
    if (this.#consumer.state === 'closed') throw this.#consumer.closedError('acknowledge()')
    return this.#unlessRefused([delivery], this.accept(delivery))
  }

  async release(delivery: Delivery, options: ReleaseOptions = {}): Promise<void> {
    if (this.#stale.has(delivery)) return
    this.#session.require('release')
    if (options.delay !== undefined) checkDuration('release', 'delay', options.delay)
    this.#requireUnsettled(delivery, 'release()')
    if (this.#session.transacted) {
      throw new IllegalStateError('a message of a transacted session is given back by rollback(), not by release()')
    }
    await this.#settleOne(delivery, 'modified', options.delay === undefined ? undefined : { delay: options.delay })
  }

  async deadLetter(delivery: Delivery, reason: string | undefined): Promise<void> {
    if (this.#stale.has(delivery)) return
    this.#session.require('deadLetter')
    this.#requireUnsettled(delivery, 'deadLetter()')
    await this.#settleOne(delivery, 'rejected', reason === undefined ? undefined : { reason })
  }

  // --- for the consumer ------------------------------------------------------------------------------------------

  /** The application has it now. */
  handedOver(delivery: Delivery): void {
    this.#delivered.push(delivery)
    this.#duplicates?.remember(delivery)
  }

  /** Whether a message came that the application has had, and not given back. */
  isDuplicate(delivery: Delivery): boolean {
    return this.#duplicates !== undefined && !wasHandedOver(delivery) && this.#duplicates.has(delivery)
  }

  /** The application is through with it: acknowledges it where the session does that by itself. */
  handled(delivery: Delivery): Promise<void> {
    if (this.automatic && this.#stale.has(delivery)) this.#duplicates?.remember(delivery)
    return this.automatic ? this.accept(delivery) : DONE
  }

  /** Takes a delivery out, to be delivered again or settled; false when it is settled already. */
  withdraw(delivery: Delivery): boolean {
    return this.#delivered.remove(delivery)
  }

  /** Takes all deliveries out, oldest first. */
  withdrawAll(): Delivery[] {
    return this.#delivered.takeAll()
  }

  accept(delivery: Delivery): Promise<void> {
    if (!this.#delivered.remove(delivery)) return DONE
    if (this.#session.acknowledgeMode !== 'dups-ok') return this.settle([delivery], 'accepted')
    this.#lazy.push(delivery)
    if (this.#lazy.length >= Math.max(1, this.#consumer.info.prefetch >> 1)) return this.acceptLazy()
    this.#lazyTimer ??= setTimeout(() => this.#session.background(this.acceptLazy()), LAZY_ACKNOWLEDGE_DELAY)
    return DONE
  }

  /** Acknowledges at once what a dups-ok session has put off. */
  acceptLazy(): Promise<void> {
    clearTimeout(this.#lazyTimer)
    this.#lazyTimer = undefined
    const deliveries = this.#lazy
    this.#lazy = []
    return this.settle(deliveries, 'accepted')
  }

  /** Acknowledges what `receive()` is about to return; when that fails, nobody has had it. */
  acceptUnseen(delivery: Delivery): Promise<void> {
    return this.#unlessRefused([delivery], this.accept(delivery))
  }

  /** Acknowledges all that is handed over; in a transacted session, when that commits. */
  acceptAll(): Promise<void> {
    const deliveries = this.withdrawAll()
    const settled = this.settle(deliveries, 'accepted')
    if (!this.#session.transacted) return this.#unlessRefused(deliveries, settled)
    this.#committing = deliveries
    for (const delivery of deliveries) this.#duplicates?.forget(delivery)
    return settled
  }

  /** The transaction is committed, with all that was accepted in it. */
  committed(): void {
    for (const delivery of this.#committing) this.#duplicates?.remember(delivery)
    this.#committing = []
  }

  /** Settles deliveries that are not held here any more. */
  settle(deliveries: readonly Delivery[], outcome: Outcome, detail?: OutcomeDetail): Promise<void> {
    if (deliveries.length === 0 || this.#consumer.state === 'closed') return DONE
    const session = this.#session
    const transaction = outcome === 'accepted' ? session.transactions : undefined
    transaction?.used()
    const settled = session.provider.settle(
      this.#consumer.info,
      deliveries.length === 1 && deliveries[0] !== undefined
        ? [originalDelivery(deliveries[0])]
        : deliveries.map(originalDelivery),
      outcome,
      transaction === undefined ? undefined : session.info,
      detail,
    )
    if (!session.creditOnDelivery) this.#credit.giveBack(deliveries.length)
    return settled
  }

  /** Settles a delivery that the application does not get. */
  settleUnseen(delivery: Delivery, outcome: Outcome, detail?: OutcomeDetail): Promise<void> {
    const settled = this.settle([delivery], outcome, detail)
    if (this.#session.creditOnDelivery && !wasHandedOver(delivery)) this.#credit.giveBack(1)
    return settled
  }

  get hasUnacknowledged(): boolean {
    return this.#delivered.length > 0
  }

  /** The broker is lost: all that it delivered is stale. */
  interrupted(): void {
    for (const delivery of this.withdrawAll()) {
      this.#stale.add(delivery)
      this.#duplicates?.forget(delivery)
    }
    this.clear()
  }

  clear(): void {
    clearTimeout(this.#lazyTimer)
    this.#lazyTimer = undefined
    this.#lazy = []
    this.#delivered.takeAll()
  }

  /** What the broker does not take as acknowledged comes again, and is no duplicate then. */
  #unlessRefused(deliveries: readonly Delivery[], settled: Promise<void>): Promise<void> {
    const duplicates = this.#duplicates
    if (duplicates === undefined || settled === DONE) return settled
    return settled.catch((error: unknown) => {
      for (const delivery of deliveries) duplicates.forget(delivery)
      throw error
    })
  }

  async #settleOne(delivery: Delivery, outcome: Outcome, detail: OutcomeDetail | undefined): Promise<void> {
    this.#delivered.remove(delivery)
    this.#duplicates?.forget(delivery)
    try {
      await this.settle([delivery], outcome, detail)
    } catch (error) {
      // Refused, so it is still the application's to settle.
      if (this.#consumer.state === 'open') this.#delivered.push(delivery)
      throw error
    }
  }

  #requireUnsettled(delivery: Delivery, call: string): void {
    this.#session.requireOpen()
    if (this.#consumer.state === 'closed') throw this.#consumer.closedError(call)
    if (!this.#delivered.has(delivery)) {
      throw new IllegalStateError(
        `${call}: the message is settled already; in an auto session receive() acknowledges as it returns: use an individual session or a listener`,
      )
    }
  }
}
