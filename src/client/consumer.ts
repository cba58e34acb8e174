import { Fifo } from '../collections/fifo.ts'
import { AbortedError, IllegalStateError, InvalidOptionError, ListenerError, MessagingError } from '../errors.ts'
import { type BodySchema, type Destination, describeDestination } from '../message/destination.ts'
import { type CreatedResource, type Delivery, DONE, type Outcome, type OutcomeDetail } from '../provider/provider.ts'
import type { ConsumerInfo } from '../provider/resources.ts'
import type { Consumer, Listener, ListenOptions, ReceivedMessage, ReceiveOptions, ReleaseOptions } from './api.ts'
import { CreditWindow } from './credit-window.ts'
import type { Dispatchable } from './dispatcher.ts'
import { checkBody, readBody } from './received-body.ts'
import { ClientReceivedMessage, type Settler } from './received-message.ts'
import { HeldDelivery, isExhausted, originalDelivery, redeliveryDelay } from './redelivery.ts'
import type { ClientSession } from './session.ts'
import { onAbort, within } from './signals.ts'

/** A receive that waits for a message. */
interface Waiter {
  settle(delivery: Delivery | null): void
  fail(error: Error): void
}

/** ms after which lazily acknowledged messages (dups-ok) are acknowledged at the latest. */
const LAZY_ACKNOWLEDGE_DELAY = 50

/** A consumer of the client: JMS's rules of delivery and acknowledgement over a provider's deliveries. */
export class ClientConsumer<T> implements Consumer<T>, Settler, Dispatchable {
  readonly destination: Destination<T>
  readonly info: ConsumerInfo
  readonly #session: ClientSession
  readonly #schema: BodySchema<T> | undefined
  readonly #credit: CreditWindow
  /** Received, and not handed over yet. */
  readonly #buffer = new Fifo<Delivery>()
  /** Handed over, and neither acknowledged nor given back; oldest first. */
  readonly #delivered = new Set<Delivery>()
  /** Handled in a dups-ok session, and not acknowledged yet. */
  #lazy: Delivery[] = []
  #lazyTimer: ReturnType<typeof setTimeout> | undefined
  readonly #waiters = new Fifo<Waiter>()
  #state: 'open' | 'closing' | 'closed' = 'open'
  #failure: Error | undefined
  #listener: Listener<T> | undefined
  #concurrency = 1
  #running = 0
  /** Whether the listener is on the call stack right now: a close() from there cannot wait for it. */
  #onStack = false
  #idle: (() => void)[] = []
  #closed: Promise<void> | undefined
  /** While a redelivery waits for its time, nothing is handed over, so that the order is kept. */
  #pause: ReturnType<typeof setTimeout> | undefined
  /** Bodies are checked one after the other where the schema is asynchronous. */
  #checks: Promise<void> | undefined

  constructor(
    session: ClientSession,
    info: ConsumerInfo,
    destination: Destination<T>,
    schema: BodySchema<T> | undefined,
  ) {
    this.#session = session
    this.info = info
    this.destination = destination
    this.#schema = schema
    this.#credit = new CreditWindow(info.prefetch, (credit) => session.provider.grant(info, credit))
  }

  /** Creates it at the broker and lets messages come. */
  async open(): Promise<CreatedResource> {
    const created = await this.#session.bounded(
      this.#session.provider.create(this.info),
      () => `creating a consumer on ${describeDestination(this.destination)}`,
    )
    this.#credit.open()
    return created
  }

  // --- the application's side -----------------------------------------------------------------------------------

  async receive(options: ReceiveOptions = {}): Promise<ReceivedMessage<T> | null> {
    this.#requireNoListener('receive()')
    return this.#receiveAcknowledged(await this.#next(options))
  }

  async receiveNoWait(): Promise<ReceivedMessage<T> | null> {
    this.#requireNoListener('receiveNoWait()')
    let delivery = this.#take()
    if (delivery === undefined && this.#session.flowing) {
      await this.#drain()
      delivery = this.#take()
    }
    return this.#receiveAcknowledged(delivery ?? null)
  }

  listen(listener: Listener<T>, options: ListenOptions = {}): void {
    this.#requireNoListener('listen()')
    if (typeof listener !== 'function')
      throw new InvalidOptionError('listener', 'listen: the listener must be a function')
    if (this.#waiters.length > 0)
      throw new IllegalStateError(`${this.#name()} has a pending receive(); await that first`)
    const concurrency = options.concurrency ?? 1
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new InvalidOptionError(
        'concurrency',
        `listen: concurrency is an integer of at least 1, not ${String(concurrency)}`,
      )
    }
    this.#listener = listener
    this.#concurrency = concurrency
    this.resume()
  }

  [Symbol.asyncIterator](): AsyncIterator<ReceivedMessage<T>> {
    let current: Delivery | undefined
    const finish = async (): Promise<void> => {
      const finished = current
      current = undefined
      if (finished !== undefined && this.#automatic && this.#delivered.has(finished)) await this.#accept(finished)
    }
    return {
      next: async () => {
        await finish()
        if (this.#state !== 'open') return { done: true, value: undefined }
        const delivery = await this.#next({})
        if (delivery === null) return { done: true, value: undefined }
        current = delivery
        return { done: false, value: this.#toMessage(delivery) }
      },
      return: async () => {
        await finish()
        return { done: true, value: undefined }
      },
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    // A listener that closes its own consumer must not wait for itself; the consumer closes when the call is over.
    return this.#onStack ? DONE : this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // --- what a received message asks ------------------------------------------------------------------------------

  async acknowledge(delivery: Delivery): Promise<void> {
    this.#session.requireOpen()
    if (this.#session.acknowledgeMode === 'client') return this.#session.acknowledge()
    if (this.#session.acknowledgeMode !== 'individual' || !this.#delivered.has(delivery)) return
    if (this.#state === 'closed') throw this.#closedError('acknowledge()')
    return this.#accept(delivery)
  }

  async release(delivery: Delivery, options: ReleaseOptions = {}): Promise<void> {
    this.#session.require('release')
    this.#requireUnsettled(delivery, 'release()')
    if (this.#session.transacted) {
      throw new IllegalStateError('a message of a transacted session is given back by rollback(), not by release()')
    }
    await this.#settleOne(delivery, 'released', options.delay === undefined ? undefined : { delay: options.delay })
  }

  async deadLetter(delivery: Delivery, reason: string | undefined): Promise<void> {
    this.#session.require('deadLetter')
    this.#requireUnsettled(delivery, 'deadLetter()')
    await this.#settleOne(delivery, 'rejected', reason === undefined ? undefined : { reason })
  }

  // --- the provider's side ---------------------------------------------------------------------------------------

  /** A message came in. */
  arrived(delivery: Delivery): void {
    this.#credit.arrived()
    if (this.#state !== 'open') {
      this.#buffer.push(delivery)
      return
    }
    if (this.#schema !== undefined) this.#check(this.#schema, delivery)
    else this.#enqueue(delivery)
  }

  /** The broker closed it, or the connection is gone. */
  failed(error: Error): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#failure = error
    this.#forget()
    for (const waiter of this.#waiters.takeAll()) waiter.fail(error)
  }

  // --- the session's side ----------------------------------------------------------------------------------------

  /** Delivery may go on. */
  resume(): void {
    if (!this.#flowing) return
    this.#serveWaiters()
    if (this.#listener === undefined) return
    if (this.info.prefetch === 0 && this.#buffer.length === 0) this.#credit.demand()
    if (this.ready()) this.#session.dispatcher.wake(this)
  }

  /** Resolves once no call of the listener runs. */
  async quiet(): Promise<void> {
    if (this.#running > 0 && !this.#onStack) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Hands out what is delivered and not acknowledged, to be acknowledged by the session. */
  takeDelivered(): Delivery[] {
    const deliveries = [...this.#delivered]
    this.#delivered.clear()
    return deliveries
  }

  /** Settles deliveries taken by `takeDelivered`. */
  settle(deliveries: readonly Delivery[], outcome: Outcome, detail?: OutcomeDetail): Promise<void> {
    if (deliveries.length === 0 || this.#state === 'closed') return DONE
    const transaction = this.#session.transacted && outcome === 'accepted' ? this.#session.info : undefined
    const settled = this.#session.provider.settle(
      this.info,
      deliveries.length === 1 && deliveries[0] !== undefined
        ? [originalDelivery(deliveries[0])]
        : deliveries.map(originalDelivery),
      outcome,
      transaction,
      detail,
    )
    if (!this.#session.creditOnDelivery) this.#credit.giveBack(deliveries.length)
    return settled
  }

  /** Delivers all that is unacknowledged again, oldest first (JMS 3.1 §6.2.11). */
  redeliver(): void {
    const deliveries = this.takeDelivered()
    let longest = 0
    for (const delivery of deliveries.reverse()) {
      const again = HeldDelivery.again(delivery)
      this.#buffer.unshift(again)
      longest = Math.max(longest, redeliveryDelay(this.#session.redelivery, again.deliveryCount))
    }
    if (deliveries.length > 0) this.#pauseFor(longest)
  }

  // --- listener calls --------------------------------------------------------------------------------------------

  get serial(): boolean {
    return this.#concurrency === 1
  }

  ready(): boolean {
    return this.#listener !== undefined && this.#buffer.length > 0 && this.#running < this.#concurrency && this.#flowing
  }

  dispatch(): Promise<void> | undefined {
    const delivery = this.#take()
    const listener = this.#listener
    if (delivery === undefined || listener === undefined) return undefined
    const message = this.#toMessage(delivery)
    this.#running += 1
    this.#onStack = true
    let result: unknown
    try {
      result = listener(message)
    } catch (error) {
      this.#onStack = false
      this.#handlingFailed(delivery, error)
      return undefined
    }
    this.#onStack = false
    if (isThenable(result)) {
      return Promise.resolve(result).then(
        () => this.#handled(delivery),
        (error) => this.#handlingFailed(delivery, error),
      )
    }
    this.#handled(delivery)
    return undefined
  }

  #handled(delivery: Delivery): void {
    if (this.#automatic && this.#delivered.has(delivery)) this.#session.background(this.#accept(delivery))
    this.#callEnded()
  }

  #handlingFailed(delivery: Delivery, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error)
    this.#session.report(
      new ListenerError(
        `the listener on ${describeDestination(this.destination)} failed on delivery ${delivery.deliveryCount} of message ${delivery.message.messageId ?? '(without id)'}: ${text}`,
        { cause: error },
      ),
    )
    const mode = this.#session.acknowledgeMode
    if (mode !== 'client' && mode !== 'transacted' && this.#delivered.delete(delivery)) {
      this.#deliverAgain(delivery, `the listener failed: ${text}`)
    }
    this.#callEnded()
  }

  #callEnded(): void {
    this.#running -= 1
    if (this.info.prefetch === 0 && this.#buffer.length === 0 && this.#flowing) this.#credit.demand()
    if (this.#running > 0) return
    const idle = this.#idle
    this.#idle = []
    for (const callback of idle) callback()
  }

  #deliverAgain(delivery: Delivery, reason: string): void {
    const again = HeldDelivery.again(delivery)
    if (isExhausted(this.#session.redelivery, again.deliveryCount)) {
      this.#exhausted(delivery, reason)
      return
    }
    this.#buffer.unshift(again)
    this.#pauseFor(redeliveryDelay(this.#session.redelivery, again.deliveryCount))
  }

  /** To the dead-letter destination, by the broker's own means; where there is none the message must not be lost, and comes again. */
  #exhausted(delivery: Delivery, reason: string): void {
    const canDeadLetter = this.#session.connection.capabilities.deadLetter !== 'unsupported'
    const moved = canDeadLetter
      ? this.settle([delivery], 'rejected', { reason })
      : Promise.reject(new MessagingError('ERR_NO_DEAD_LETTER', 'there is no dead-letter destination'))
    moved.catch((cause: Error) => {
      this.#session.report(
        new MessagingError(
          'ERR_NO_DEAD_LETTER',
          `message ${delivery.message.messageId ?? '(without id)'} from ${describeDestination(this.destination)} failed for good (${reason}) but could not be dead-lettered (${cause.message}); it will be delivered again. Give the queue a dead-letter destination`,
          { cause },
        ),
      )
      if (this.#state !== 'open') return
      this.#buffer.unshift(HeldDelivery.again(delivery))
      this.#pauseFor(this.#session.redelivery.maximumDelay)
    })
  }

  // --- handing over ----------------------------------------------------------------------------------------------

  get #flowing(): boolean {
    return this.#state === 'open' && this.#session.flowing && this.#pause === undefined
  }

  /** Whether messages are acknowledged without the application's doing. */
  get #automatic(): boolean {
    return this.#session.acknowledgeMode === 'auto' || this.#session.acknowledgeMode === 'dups-ok'
  }

  /** The next delivery that may be handed over; it counts as delivered from here on. */
  #take(): Delivery | undefined {
    if (!this.#flowing) return undefined
    for (let delivery = this.#buffer.shift(); delivery !== undefined; delivery = this.#buffer.shift()) {
      if (isExhausted(this.#session.redelivery, delivery.deliveryCount)) {
        this.#exhausted(delivery, `delivered ${delivery.deliveryCount - 1} times without being acknowledged`)
        continue
      }
      this.#delivered.add(delivery)
      const again = delivery instanceof HeldDelivery && delivery.again
      if (this.#session.creditOnDelivery && !again) this.#credit.giveBack(1)
      return delivery
    }
    return undefined
  }

  async #next(options: ReceiveOptions): Promise<Delivery | null> {
    const { timeout, signal } = options
    if (timeout !== undefined && !(Number.isInteger(timeout) && timeout >= 0)) {
      throw new InvalidOptionError('timeout', `receive: timeout is a number of ms, not ${String(timeout)}`)
    }
    if (signal?.aborted) throw this.#abortedError(signal)
    const delivery = this.#waiters.length === 0 ? this.#take() : undefined
    if (delivery !== undefined) return delivery
    if (timeout === 0) return null
    const waiting = this.#wait(timeout, signal)
    if (this.#buffer.length === 0) this.#credit.demand()
    return waiting
  }

  #wait(timeout: number | undefined, signal: AbortSignal | undefined): Promise<Delivery | null> {
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      let stopListening: (() => void) | undefined
      const done = (): void => {
        clearTimeout(timer)
        stopListening?.()
      }
      const waiter: Waiter = {
        settle: (delivery) => {
          done()
          resolve(delivery)
        },
        fail: (error) => {
          done()
          reject(error)
        },
      }
      this.#waiters.push(waiter)
      if (timeout !== undefined) {
        timer = setTimeout(() => {
          if (this.#waiters.remove(waiter)) waiter.settle(null)
        }, timeout)
      }
      if (signal !== undefined) {
        stopListening = onAbort(signal, () => {
          if (this.#waiters.remove(waiter)) waiter.fail(this.#abortedError(signal))
        })
      }
    })
  }

  async #drain(): Promise<void> {
    if (this.info.prefetch === 0) this.#credit.demand()
    await this.#session.bounded(
      this.#session.provider.drain(this.info),
      () => `asking for messages on ${describeDestination(this.destination)}`,
    )
    this.#credit.drained()
  }

  async #receiveAcknowledged(delivery: Delivery | null): Promise<ReceivedMessage<T> | null> {
    if (delivery === null) return null
    if (this.#automatic) await this.#accept(delivery)
    return this.#toMessage(delivery)
  }

  #enqueue(delivery: Delivery): void {
    this.#buffer.push(delivery)
    if (this.#waiters.length > 0) this.#serveWaiters()
    else if (this.#listener !== undefined && this.ready()) this.#session.dispatcher.wake(this)
  }

  #serveWaiters(): void {
    while (this.#waiters.length > 0) {
      const delivery = this.#take()
      if (delivery === undefined) return
      this.#waiters.shift()?.settle(delivery)
    }
  }

  #check(schema: BodySchema<T>, delivery: Delivery): void {
    if (this.#checks !== undefined) {
      this.#checks = this.#checks.then(() => this.#checkNow(schema, delivery))
      return
    }
    const pending = this.#checkNow(schema, delivery)
    if (pending === undefined) return
    const checks = pending.then(() => {
      if (this.#checks === checks) this.#checks = undefined
    })
    this.#checks = checks
  }

  /** A body that does not fit never will: it goes to the dead letters at once. */
  #checkNow(schema: BodySchema<T>, delivery: Delivery): Promise<void> | undefined {
    const body = readBody(delivery.message)
    const pass = (value: unknown): void => this.#enqueue(HeldDelivery.checked(delivery, { kind: body.kind, value }))
    const fail = (error: Error): void => {
      this.#session.report(error)
      this.#exhausted(delivery, error.message)
    }
    try {
      const checked = checkBody(schema, body.value, describeDestination(this.destination))
      if (checked instanceof Promise) return checked.then(pass, fail)
      pass(checked)
    } catch (error) {
      fail(error as Error)
    }
    return undefined
  }

  #toMessage(delivery: Delivery): ReceivedMessage<T> {
    const checked = delivery instanceof HeldDelivery ? delivery.checkedBody : undefined
    return new ClientReceivedMessage<T>(delivery, checked ?? readBody(delivery.message), this)
  }

  // --- settling --------------------------------------------------------------------------------------------------

  #accept(delivery: Delivery): Promise<void> {
    this.#delivered.delete(delivery)
    if (this.#session.acknowledgeMode !== 'dups-ok') return this.settle([delivery], 'accepted')
    this.#lazy.push(delivery)
    if (this.#lazy.length >= Math.max(1, this.info.prefetch >> 1)) return this.#acceptLazy()
    this.#lazyTimer ??= setTimeout(() => this.#session.background(this.#acceptLazy()), LAZY_ACKNOWLEDGE_DELAY)
    return DONE
  }

  #acceptLazy(): Promise<void> {
    clearTimeout(this.#lazyTimer)
    this.#lazyTimer = undefined
    const deliveries = this.#lazy
    this.#lazy = []
    return this.settle(deliveries, 'accepted')
  }

  async #settleOne(delivery: Delivery, outcome: Outcome, detail: OutcomeDetail | undefined): Promise<void> {
    this.#delivered.delete(delivery)
    try {
      await this.settle([delivery], outcome, detail)
    } catch (error) {
      // Refused, so it is still the application's to settle.
      if (this.#state === 'open') this.#delivered.add(delivery)
      throw error
    }
  }

  #pauseFor(delay: number): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
    if (delay <= 0) {
      queueMicrotask(() => this.resume())
      return
    }
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.resume()
    }, delay)
  }

  // --- closing ---------------------------------------------------------------------------------------------------

  async #close(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    for (const waiter of this.#waiters.takeAll()) waiter.settle(null)
    await this.#runningCalls()
    // The broker may have closed it meanwhile.
    if (this.#failure !== undefined) return
    try {
      await this.#giveBack()
      await this.#session.bounded(
        this.#session.provider.destroy(this.info),
        () => `closing the consumer on ${describeDestination(this.destination)}`,
      )
    } finally {
      this.#state = 'closed'
      this.#forget()
      this.#session.consumerClosed(this)
    }
  }

  async #runningCalls(): Promise<void> {
    if (this.#running === 0) return
    const quiet = new Promise<void>((resolve) => this.#idle.push(resolve))
    await within(this.#session.closeTimeout, quiet, () => '').catch(() => {
      this.#session.logger.warn?.(
        `the listener on ${describeDestination(this.destination)} was still running after closeTimeout; its message will be delivered again`,
      )
    })
  }

  /** Handled messages are acknowledged; prefetched ones go back untouched; the rest goes back with the link, as failed. */
  async #giveBack(): Promise<void> {
    if (this.#lazy.length > 0) await this.#acceptLazy()
    if (this.#session.transacted) await this.settle(this.takeDelivered(), 'accepted')
    const untouched = this.#buffer.takeAll().filter((delivery) => !(delivery instanceof HeldDelivery && delivery.again))
    if (this.#session.connection.capabilities.release !== 'unsupported') await this.settle(untouched, 'released')
  }

  #forget(): void {
    clearTimeout(this.#pause)
    clearTimeout(this.#lazyTimer)
    this.#pause = undefined
    this.#lazyTimer = undefined
    this.#lazy = []
    this.#buffer.takeAll()
    this.#delivered.clear()
  }

  #requireNoListener(call: string): void {
    if (this.#state !== 'open') throw this.#closedError(call)
    this.#session.requireOpen()
    if (this.#listener !== undefined) {
      throw new IllegalStateError(`${this.#name()} has a listener; ${call} is for consumers without one`)
    }
  }

  #requireUnsettled(delivery: Delivery, call: string): void {
    this.#session.requireOpen()
    if (this.#state === 'closed') throw this.#closedError(call)
    if (!this.#delivered.has(delivery)) {
      throw new IllegalStateError(
        `${call}: the message is settled already; in an auto session receive() acknowledges as it returns, so use an individual session or a listener`,
      )
    }
  }

  #closedError(call: string): Error {
    return this.#failure ?? new IllegalStateError(`${call}: ${this.#name()} is closed`)
  }

  #abortedError(signal: AbortSignal): AbortedError {
    return new AbortedError(`receive() on ${describeDestination(this.destination)} was aborted`, {
      cause: signal.reason,
    })
  }

  #name(): string {
    return `the consumer on ${describeDestination(this.destination)}`
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
