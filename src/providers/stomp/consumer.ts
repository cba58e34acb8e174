import { Fifo } from '../../collections/fifo.ts'
import { InvalidDestinationError, TimeoutError } from '../../errors.ts'
import type { ForeignMessageReader, LoadForeignMessageReader } from '../../interop/foreign-messages.ts'
import { matchesTopic } from '../../interop/wildcards.ts'
import { describeDestination, isTopic } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import { DONE, type Outcome } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import type { StompConnection } from './connection.ts'
import type { Dialect, HeaderList, StompDelivery, Windowing } from './dialect.ts'
import type { RequestSubject } from './error-mapping.ts'
import type { Frame } from './frame.ts'
import { headerLine } from './frame-encoder.ts'
import { decodeMessage } from './mapping.ts'
import type { RabbitmqGiveBack } from './rabbitmq-give-back.ts'

/** ms that a broker with nothing else to do may take to dispatch what it has. */
const DISPATCH_TIME = 20

/** One subscription at the broker, which has at most so many messages unacknowledged. */
interface Window {
  readonly id: string
  readonly size: number
  /** Ids for ACK of what came over it and is not settled. */
  readonly unsettled: Set<string>
}

/** What a consumer has to do with. */
export interface ConsumerContext {
  readonly connection: StompConnection
  readonly dialect: Dialect
  readonly giveBack: RabbitmqGiveBack | undefined
  readonly loadAmqpReader: LoadForeignMessageReader | undefined
  /** Its subscriptions, by their ids. */
  readonly subscriptions: Map<string, StompConsumer>
  message(delivery: StompDelivery): void
  /** The broker has closed it. */
  closed(error: Error): void
  /** The application holds so many messages and asks for more, which the broker does not send before some are settled. */
  stuck(held: number): void
}

/**
 * A consumer. STOMP knows no credit: a broker sends until so many messages are unacknowledged. That window is the
 * prefetch; what comes without credit waits here. Where the application holds on to more messages than that, a further
 * subscription to the same queue brings the next ones.
 */
export class StompConsumer {
  readonly info: ConsumerInfo
  readonly #context: ConsumerContext
  readonly #connection: StompConnection
  readonly #windowing: Windowing
  readonly #windows = new Map<string, Window>()
  /** Being unsubscribed from. */
  readonly #ending = new Map<string, Window>()
  /** Came without credit. */
  readonly #waiting = new Fifo<StompDelivery>()
  /** Frames that wait until what reads the first of them is loaded. */
  #held: (readonly [Frame, string])[] | undefined
  #credit = 0
  #opened = 0
  /** Resolves when a browser has used up its credit, or seen all. */
  #drained: (() => void) | undefined
  #isBrowsed = false
  #isStuck = false
  #isClosed = false

  constructor(info: ConsumerInfo, context: ConsumerContext) {
    this.info = info
    this.#context = context
    this.#connection = context.connection
    this.#windowing = context.dialect.windowing(info)
  }

  /** Without prefetch nothing is subscribed to before a message is asked for; only whether that would work is found out. */
  async open(): Promise<void> {
    await this.#subscribe()
    if (this.#mayPause) await this.#unsubscribeIdle()
  }

  grant(credit: number): void {
    this.#credit += credit
    while (this.#credit > 0) {
      const delivery = this.#waiting.shift()
      if (delivery === undefined) break
      this.#handOver(delivery)
    }
    if (this.#credit > 0 && !this.#mayReceive && !this.#isClosed) this.#getMore()
  }

  /** Brokers dispatch in their own time: an answer to something else tells that they have had it. */
  async drain(): Promise<void> {
    if (this.info.browser) {
      if (!this.#isDrained) await new Promise<void>((resolve) => (this.#drained = resolve))
      this.#credit = 0
      return
    }
    const before = this.#credit
    await this.#connection.roundTrip()
    if (this.#credit > 0 && this.#credit === before) {
      await new Promise((resolve) => setTimeout(resolve, DISPATCH_TIME))
    }
    this.#credit = 0
  }

  /** A MESSAGE frame of one of its subscriptions. */
  received(frame: Frame, subscription: string): void {
    const window = this.#windows.get(subscription) ?? this.#ending.get(subscription)
    if (window === undefined) return
    this.#context.giveBack?.received(frame.headers.get('ack') ?? '')
    if (this.#ending.has(subscription)) {
      window.unsettled.add(frame.headers.get('ack') ?? '')
      return
    }
    if (frame.headers.has('browser') && frame.headers.get('browser') === 'end') {
      this.#isBrowsed = true
      if (this.#isDrained) this.#drained?.()
      return
    }
    if (this.#held !== undefined) {
      this.#held.push([frame, subscription])
      return
    }
    const reader = this.#context.dialect.isAmqp(frame) ? this.#context.loadAmqpReader?.() : undefined
    if (reader instanceof Promise) {
      this.#hold(reader, frame, subscription)
      return
    }
    const delivery = this.#deliveryOf(frame, subscription, reader)
    if (!this.#isOfSubscription(delivery)) {
      this.#connection.write(`${this.#acknowledging('ACK', delivery)}\n\0`)
      return
    }
    window.unsettled.add(delivery.ack)
    if (this.#credit > 0) this.#handOver(delivery)
    else this.#waiting.push(delivery)
  }

  /** The broker has ended one of its subscriptions. */
  cancelled(subscription: string, { message }: Error): void {
    if (!this.#windows.delete(subscription) || this.#isClosed) return
    const { action } = this.#subject('consuming from')
    this.#ended(
      new InvalidDestinationError(
        `${action} was ended by the broker: ${message}; most likely it was deleted, so create the consumer again`,
      ),
    )
  }

  /**
   * Settles deliveries, oldest first.
   *
   * @param isAwaited - whether somebody waits until the broker has them
   */
  settle(
    deliveries: readonly StompDelivery[],
    outcome: Outcome,
    transaction: string | undefined,
    isAwaited: boolean,
  ): Promise<void> {
    const settlement = this.#context.dialect.settlement(outcome)
    if (settlement.command === 'none' || this.#windowing.isEarly) return DONE
    const { command, more } = settlement
    const end = transaction === undefined ? more : `${more}transaction:${transaction}\n`
    const last = isAwaited ? deliveries.length - 1 : deliveries.length
    const frames: string[] = []
    for (let index = 0; index < last; index += 1) {
      const delivery = deliveries[index] as StompDelivery
      frames.push(`${this.#acknowledging(command, delivery)}${end}\n\0`)
      this.#settled(delivery)
    }
    this.#connection.write(...frames)
    let answer: Promise<void> = DONE
    const delivery = deliveries[last]
    if (delivery !== undefined) {
      const head = `${this.#acknowledging(command, delivery)}${end}`
      answer = this.#connection.requestBy(head, this.#subject('acknowledging a message of'))
      this.#settled(delivery)
    }
    if (this.#credit === 0) this.#closeIdle()
    return answer
  }

  /** Unsettled messages go back. */
  async close(headers: HeaderList = []): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#drained?.()
    const windows = [...this.#windows.values()]
    this.#windows.clear()
    await Promise.all(windows.map((window) => this.#unsubscribe(window, headers)))
  }

  get subscriptionIds(): Iterable<string> {
    return this.#windows.keys()
  }

  /** The broker, or the connection, is gone. */
  abandon(): void {
    this.#isClosed = true
    this.#windows.clear()
    this.#drained?.()
  }

  // --- windows ---------------------------------------------------------------------------------------------------

  get #mayReceive(): boolean {
    for (const { size, unsettled } of this.#windows.values()) if (unsettled.size < size) return true
    return false
  }

  /** Whether it may be without a subscription: what is sent meanwhile waits at the broker. */
  get #mayPause(): boolean {
    const { prefetch, browser, destination, subscription } = this.info
    return prefetch === 0 && !browser && (!isTopic(destination) || subscription?.durable === true)
  }

  get #isDrained(): boolean {
    return this.#credit === 0 || this.#isBrowsed || this.#isClosed
  }

  async #subscribe(): Promise<void> {
    this.#opened += 1
    const id = this.#opened === 1 ? this.info.id : `${this.info.id}/${this.#opened}`
    const window: Window = { id, size: this.#windowing.size, unsettled: new Set() }
    this.#windows.set(id, window)
    this.#context.subscriptions.set(id, this)
    try {
      const { destination, headers } = this.#context.dialect.sourceOf(this.info, window.size)
      await this.#connection.request(
        'SUBSCRIBE',
        [['id', id], ['destination', destination], ['ack', 'client-individual'], ...headers],
        { ...this.#subject('consuming from'), selector: this.info.selector },
      )
    } catch (error) {
      this.#windows.delete(id)
      // The broker may do it late: what it sends then goes back.
      if (error instanceof TimeoutError) void this.#unsubscribe(window, []).catch(() => {})
      else this.#context.subscriptions.delete(id)
      throw error
    }
  }

  /** The application holds on to a whole window, and wants more. */
  #getMore(): void {
    if (this.#windowing.isOnly) {
      if (this.#isStuck) return
      this.#isStuck = true
      this.#context.stuck(this.#windowing.size)
      return
    }
    this.#subscribe().catch((error: Error) => {
      if (!this.#isClosed && this.#connection.isOpen) this.#ended(error)
    })
  }

  #ended(error: Error): void {
    this.#context.closed(error)
    void this.close().catch(() => {})
  }

  async #unsubscribeIdle(): Promise<void> {
    const idle = [...this.#windows.values()].filter(({ unsettled }) => unsettled.size === 0)
    for (const { id } of idle) this.#windows.delete(id)
    await Promise.all(idle.map((window) => this.#unsubscribe(window, [])))
  }

  /** Further windows, and those of a consumer without prefetch, end as soon as nothing is asked for by them. */
  #closeIdle(): void {
    for (const window of this.#windows.values()) {
      const isFurther = this.#windows.size > 1 && window.id !== this.info.id
      if (window.unsettled.size > 0 || !(isFurther || this.#mayPause)) continue
      this.#windows.delete(window.id)
      void this.#unsubscribe(window, []).catch(() => {})
    }
  }

  async #unsubscribe(window: Window, headers: HeaderList): Promise<void> {
    const { id, unsettled } = window
    this.#ending.set(id, window)
    try {
      await this.#connection.request('UNSUBSCRIBE', [['id', id], ...headers], this.#subject('closing the consumer of'))
      await this.#context.giveBack?.giveBack(unsettled)
    } finally {
      this.#ending.delete(id)
      this.#context.subscriptions.delete(id)
    }
  }

  // --- deliveries ------------------------------------------------------------------------------------------------

  /** RabbitMQ goes on to bind the queue of a subscription to the topic that it had before: what comes from there is void. */
  #isOfSubscription({ message }: StompDelivery): boolean {
    const { subscription, destination } = this.info
    if (this.#context.dialect.broker !== 'rabbitmq' || subscription === undefined) return true
    return message.destination === undefined || matchesTopic(destination.name, message.destination.name)
  }

  #handOver(delivery: StompDelivery): void {
    this.#credit -= 1
    if (this.#windowing.isEarly) {
      this.#connection.write(`${this.#acknowledging('ACK', delivery)}\n\0`)
      this.#settled(delivery)
    }
    this.#context.message(delivery)
    if (this.#credit === 0) this.#drained?.()
  }

  /** What follows keeps its place behind it. */
  #hold(loading: Promise<unknown>, frame: Frame, subscription: string): void {
    const held: (readonly [Frame, string])[] = [[frame, subscription]]
    this.#held = held
    loading.then(
      () => {
        this.#held = undefined
        for (const [one, id] of held) this.received(one, id)
      },
      (error: Error) => this.#ended(error),
    )
  }

  #messageIn(frame: Frame, reader: ForeignMessageReader | undefined): MessageData {
    try {
      if (reader !== undefined) return reader(frame.body, this.info.destination)
    } catch {
      // It is none; the bytes are what the application gets.
    }
    return decodeMessage(frame, this.#context.dialect, Date.now())
  }

  #deliveryOf(frame: Frame, subscription: string, reader: ForeignMessageReader | undefined): StompDelivery {
    const { headers } = frame
    const redelivered = headers.get('redelivered') === 'true'
    return {
      message: this.#messageIn(frame, reader),
      redelivered,
      // Nobody counts over STOMP.
      deliveryCount: redelivered ? 2 : 1,
      ack: headers.get(this.#idHeader === 'id' ? 'ack' : 'message-id') ?? '',
      subscription,
    }
  }

  /** The beginning of a frame that is about a message. */
  #acknowledging(command: string, { ack, subscription }: StompDelivery): string {
    const { version } = this.#connection
    const head = `${command}\n${headerLine(this.#idHeader, ack, version)}`
    return version === '1.2' ? head : head + headerLine('subscription', subscription, version)
  }

  /** Before STOMP 1.2 a message was acknowledged by its id. */
  get #idHeader(): string {
    return this.#connection.version === '1.2' ? 'id' : 'message-id'
  }

  #settled({ ack, subscription }: StompDelivery): void {
    this.#windows.get(subscription)?.unsettled.delete(ack)
  }

  #subject(action: string): RequestSubject {
    const { destination } = this.info
    return { action: `${action} ${describeDestination(destination)}`, name: destination.name }
  }
}
