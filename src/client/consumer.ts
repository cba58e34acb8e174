import { IllegalStateError } from '../errors.ts'
import { type Destination, describeDestination } from '../message/destination.ts'
import { type CreatedResource, type Delivery, DONE } from '../provider/provider.ts'
import type { ConsumerInfo } from '../provider/resources.ts'
import { Acknowledgements, type AcknowledgingConsumer } from './acknowledgements.ts'
import type { Consumer, Listener, ListenOptions, ReceivedMessage, ReceiveOptions } from './api.ts'
import type { BodyChecks, MakeBodyChecks } from './body-checks.ts'
import { CreditWindow } from './credit-window.ts'
import { DeliveryQueue } from './delivery-queue.ts'
import { DuplicateWindow } from './duplicate-window.ts'
import { FailedDeliveries } from './failed-deliveries.ts'
import { Inquiries } from './inquiries.ts'
import { ListenerCalls, type ListeningConsumer } from './listener-calls.ts'
import { MessageIterator } from './message-iterator.ts'
import { PendingReceives } from './pending-receives.ts'
import { readBody } from './received-body.ts'
import { ClientReceivedMessage } from './received-message.ts'
import { HeldDelivery, wasHandedOver } from './redelivery.ts'
import type { ClientSession } from './session.ts'
import { within } from './signals.ts'

/**
 * A consumer of the client. A delivery comes in (`arrived`), has its body checked, waits in the queue, is taken by a
 * receive or the listener, and then is the acknowledgements' to settle or to have delivered again.
 */
export class ClientConsumer<T> implements Consumer<T>, AcknowledgingConsumer, ListeningConsumer<T> {
  readonly destination: Destination<T>
  readonly info: ConsumerInfo
  readonly #session: ClientSession
  readonly #credit: CreditWindow
  readonly #checks: BodyChecks<T> | undefined
  readonly #queue: DeliveryQueue
  readonly #receives = new PendingReceives(this)
  readonly #inquiries: Inquiries
  readonly #calls: ListenerCalls<T>
  readonly #acknowledgements: Acknowledgements
  readonly #failures: FailedDeliveries
  #state: 'open' | 'closing' | 'closed' = 'open'
  #failure: Error | undefined
  #closed: Promise<void> | undefined

  constructor(
    session: ClientSession,
    info: ConsumerInfo,
    destination: Destination<T>,
    makeChecks: MakeBodyChecks<T> | undefined,
    duplicateWindow: number,
  ) {
    this.#session = session
    this.info = info
    this.destination = destination
    this.#credit = new CreditWindow(info.prefetch, (credit) => session.provider.grant(info, credit))
    this.#inquiries = new Inquiries(this, this.#credit, info.prefetch)
    this.#queue = new DeliveryQueue(() => this.resume())
    this.#calls = new ListenerCalls<T>(this)
    const duplicates = duplicateWindow > 0 ? new DuplicateWindow(duplicateWindow) : undefined
    this.#acknowledgements = new Acknowledgements(this, session, this.#credit, duplicates)
    this.#failures = new FailedDeliveries(this, session, this.#queue, this.#acknowledgements)
    this.#checks = makeChecks?.(
      (delivery) => this.#enqueue(delivery),
      (delivery, error) => this.#failures.bodyFailed(delivery, error),
    )
  }

  /** Creates it at the broker and lets messages come. */
  async open(): Promise<CreatedResource> {
    const created = await this.#bounded(this.#session.provider.create(this.info), 'creating a consumer')
    this.#credit.open()
    return created
  }

  // --- the application's side -----------------------------------------------------------------------------------

  async receive(options: ReceiveOptions = {}): Promise<ReceivedMessage<T> | null> {
    this.#requireNoListener('receive()')
    return this.#acknowledged(await this.#receives.next(options))
  }

  async receiveNoWait(): Promise<ReceivedMessage<T> | null> {
    this.#requireNoListener('receiveNoWait()')
    let delivery = this.take()
    if (delivery === undefined && this.#session.flowing) delivery = await this.#inquiries.ask()
    return this.#acknowledged(delivery ?? null)
  }

  listen(listener: Listener<T>, options: ListenOptions = {}): void {
    this.#requireNoListener('listen()')
    if (!this.#receives.isEmpty) throw new IllegalStateError(`${this.#name} has a pending receive(); await that first`)
    this.#calls.setListener(listener, options)
    this.resume()
  }

  [Symbol.asyncIterator](): AsyncIterator<ReceivedMessage<T>> {
    if (this.#calls.hasListener) throw this.#listenerError('iterating')
    return new MessageIterator<T>(this, this.#receives, this.#acknowledgements)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    if (!this.#calls.onStack) return this.#closed
    // A listener that closes its own consumer must not wait for itself; the consumer closes when the call is over.
    this.#session.background(this.#closed)
    return DONE
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // --- the provider's side ---------------------------------------------------------------------------------------

  /** A message came in. */
  arrived(delivery: Delivery): void {
    this.#credit.arrived()
    if (this.#state !== 'open') this.#queue.push(delivery)
    else if (this.#checks !== undefined) this.#checks.check(delivery)
    else this.#enqueue(delivery)
  }

  /** The broker closed it, or the connection is gone. */
  failed(error: Error): void {
    if (this.#state === 'closed') return
    this.#failure = error
    this.#credit.close()
    this.#end()
    this.#receives.fail(error)
    this.#session.consumerClosed(this)
  }

  /** The broker is lost: what it delivered is stale, and comes again from the next one. */
  interrupted(): void {
    this.#checks?.forget()
    this.#queue.clear()
    this.#acknowledgements.interrupted()
  }

  /** The consumer is there again, at another broker. */
  resumed(): void {
    this.#credit.reopen()
    if (!this.#receives.isEmpty) this.demandOne()
    this.demandNext()
  }

  // --- the session's side ----------------------------------------------------------------------------------------

  get hasUnacknowledged(): boolean {
    return this.#acknowledgements.hasUnacknowledged
  }

  /** Delivery may go on. */
  resume(): void {
    if (!this.#flowing) return
    this.#receives.serve()
    if (!this.#calls.hasListener) return
    this.demandNext()
    if (this.#calls.ready()) this.#session.dispatcher.wake(this.#calls)
  }

  /** Resolves once no call of the listener runs. */
  async quiet(): Promise<void> {
    if (!this.#calls.onStack) await this.#calls.idle()
  }

  /** Acknowledges all that is handed over; in a transacted session, when that commits. */
  acceptDelivered(): Promise<void> {
    return this.#acknowledgements.acceptAll()
  }

  /** The transaction is committed. */
  committed(): void {
    this.#acknowledgements.committed()
  }

  /** Delivers all that is unacknowledged again. */
  redeliver(): void {
    this.#failures.deliverAllAgain()
  }

  // --- handing over ----------------------------------------------------------------------------------------------

  get state(): 'open' | 'closing' | 'closed' {
    return this.#state
  }

  get failure(): Error | undefined {
    return this.#closed === undefined ? this.#failure : undefined
  }

  get hasNext(): boolean {
    return this.#queue.length > 0 && this.#flowing
  }

  /** The next delivery that may be handed over; it counts as delivered from here on. */
  take(): Delivery | undefined {
    if (!this.#flowing) return undefined
    for (let delivery = this.#queue.shift(); delivery !== undefined; delivery = this.#queue.shift()) {
      if (this.#failures.refuses(delivery)) continue
      if (this.#acknowledgements.isDuplicate(delivery)) {
        this.#session.background(this.#acknowledgements.settleUnseen(delivery, 'accepted'))
        continue
      }
      this.#acknowledgements.handedOver(delivery)
      if (this.#session.creditOnDelivery && !wasHandedOver(delivery)) this.#credit.giveBack(1)
      return delivery
    }
    return undefined
  }

  /** Makes sure that a message can come, also where all credit is held up. */
  demandOne(): void {
    if (this.#queue.length === 0) this.#credit.demand()
  }

  /** Has all that the broker has sent handed over, and takes the rest of the credit back. */
  drain(what = 'asking for messages'): Promise<void> {
    return this.#bounded(this.#session.provider.drain(this.info, this.#state !== 'open'), what)
  }

  drained(): void {
    if (!this.#receives.isEmpty) this.demandOne()
  }

  toMessage(delivery: Delivery): ReceivedMessage<T> {
    const checked = delivery instanceof HeldDelivery ? delivery.checkedBody : undefined
    return new ClientReceivedMessage<T>(delivery, checked ?? readBody(delivery.message), this.#acknowledgements)
  }

  handled(delivery: Delivery): void {
    this.#session.background(this.#acknowledgements.handled(delivery))
  }

  handlingFailed(delivery: Delivery, error: unknown): void {
    this.#failures.listenerFailed(delivery, error)
  }

  /** Without prefetch, asks for one message at a time. */
  demandNext(): void {
    if (!this.#calls.hasListener) return
    if (this.info.prefetch === 0 && this.#queue.length === 0 && this.#flowing) this.#credit.demand()
  }

  get #flowing(): boolean {
    return this.#state === 'open' && this.#session.flowing && !this.#queue.paused
  }

  #enqueue(delivery: Delivery): void {
    this.#queue.push(delivery)
    if (!this.#receives.isEmpty) this.#receives.serve()
    else if (this.#calls.ready()) this.#session.dispatcher.wake(this.#calls)
  }

  async #acknowledged(delivery: Delivery | null): Promise<ReceivedMessage<T> | null> {
    if (delivery === null) return null
    if (this.#acknowledgements.automatic) await this.#acknowledgements.acceptUnseen(delivery)
    return this.toMessage(delivery)
  }

  // --- closing ---------------------------------------------------------------------------------------------------

  async #close(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#credit.close()
    this.#receives.end()
    await this.#runningCalls()
    // The broker may have closed it meanwhile.
    if (this.#failure !== undefined) return
    try {
      await this.#giveBack()
      await this.#bounded(this.#session.provider.destroy(this.info), 'closing the consumer')
    } finally {
      this.#end()
      this.#session.consumerClosed(this)
    }
  }

  async #runningCalls(): Promise<void> {
    if (this.#calls.isIdle) return
    await within(this.#session.closeTimeout, this.#calls.idle(), () => '').catch(() => {
      this.#session.logger.warn?.(
        `the listener on ${describeDestination(this.destination)} was still running after closeTimeout; its message will be delivered again`,
      )
    })
  }

  /** Handled messages are acknowledged; prefetched ones go back untouched; the rest goes back with the link, as failed. */
  async #giveBack(): Promise<void> {
    // Otherwise what is given back would come again at once, and count as a failed delivery when the link ends.
    if (this.#credit.isOut) await this.drain('closing the consumer')
    await this.#acknowledgements.acceptLazy()
    // Where the session goes on, its commit decides; one that closes rolls back, and failed deliveries are all that is left.
    if (this.#session.transacted && this.#session.isOpen) await this.#acknowledgements.acceptAll()
    await this.#acknowledgements.settle(this.#queue.takeUntouched(), 'released')
  }

  #end(): void {
    this.#state = 'closed'
    this.#queue.clear()
    this.#acknowledgements.clear()
  }

  // --- refusals --------------------------------------------------------------------------------------------------

  closedError(call: string): Error {
    return this.#failure ?? new IllegalStateError(`${call}: ${this.#name} is closed`)
  }

  #requireNoListener(call: string): void {
    if (this.#state !== 'open') throw this.closedError(call)
    this.#session.requireOpen()
    if (this.#calls.hasListener) throw this.#listenerError(call)
  }

  #listenerError(call: string): IllegalStateError {
    return new IllegalStateError(`${this.#name} has a listener; ${call} is for consumers without one`)
  }

  #bounded<R>(promise: Promise<R>, what: string): Promise<R> {
    return this.#session.bounded(promise, () => `${what} on ${describeDestination(this.destination)}`)
  }

  get #name(): string {
    return `the consumer on ${describeDestination(this.destination)}`
  }
}
