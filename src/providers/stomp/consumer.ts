import { Fifo } from '../../collections/fifo.ts'
import { describeDestination, isTopic } from '../../message/destination.ts'
import { DONE, type Outcome, type ProviderListener } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import type { StompConnection } from './connection.ts'
import type { Dialect, HeaderList, StompDelivery } from './dialect.ts'
import type { RequestSubject } from './error-mapping.ts'
import type { Frame } from './frame.ts'
import { decodeMessage } from './mapping.ts'
import type { RabbitmqGiveBack } from './rabbitmq-give-back.ts'

/** Messages of a topic that may wait here: there is no second subscription to get more by. ActiveMQ's own number. */
const TOPIC_WINDOW = 32_766
/** ms that a broker with nothing else to do may take to dispatch what it has. */
const DISPATCH_TIME = 20

/** One subscription at the broker, which has at most so many messages unacknowledged. */
interface Window {
  readonly id: string
  readonly size: number
  /** Ids for ACK of what came over it and is not settled. */
  readonly unsettled: Set<string>
}

/** Where a consumer's subscriptions are registered. */
export interface Subscriptions {
  add(id: string, consumer: StompConsumer): void
  delete(id: string): void
}

/**
 * A consumer. STOMP knows no credit: a broker sends until so many messages are unacknowledged. That window is the
 * prefetch; what comes without credit waits here. Where the application holds on to more messages than that, a further
 * subscription to the same queue brings the next ones.
 */
export class StompConsumer {
  readonly info: ConsumerInfo
  readonly #connection: StompConnection
  readonly #dialect: Dialect
  readonly #listener: ProviderListener
  readonly #subscriptions: Subscriptions
  readonly #giveBack: RabbitmqGiveBack | undefined
  readonly #windows = new Map<string, Window>()
  /** Being unsubscribed from. */
  readonly #ending = new Map<string, Window>()
  /** Came without credit. */
  readonly #waiting = new Fifo<StompDelivery>()
  #credit = 0
  #opened = 0
  /** Resolves when a browser has seen all. */
  #browsed: (() => void) | undefined
  #isBrowsed = false
  #isClosed = false

  constructor(
    info: ConsumerInfo,
    connection: StompConnection,
    dialect: Dialect,
    listener: ProviderListener,
    subscriptions: Subscriptions,
    giveBack: RabbitmqGiveBack | undefined,
  ) {
    this.info = info
    this.#connection = connection
    this.#dialect = dialect
    this.#listener = listener
    this.#subscriptions = subscriptions
    this.#giveBack = giveBack
  }

  /** Without prefetch nothing is subscribed to before a message is asked for; only whether that would work is found out. */
  async open(): Promise<void> {
    await this.#subscribe()
    if (this.info.prefetch === 0 && !this.info.browser) await this.#unsubscribeIdle()
  }

  grant(credit: number): void {
    this.#credit += credit
    while (this.#credit > 0) {
      const delivery = this.#waiting.shift()
      if (delivery === undefined) break
      this.#handOver(delivery)
    }
    if (this.#credit > 0 && !this.#mayReceive && !this.#isClosed) this.#subscribeInBackground()
  }

  /** Brokers dispatch in their own time: an answer to something else tells that they have had it. */
  async drain(): Promise<void> {
    if (this.info.browser) {
      if (!this.#isBrowsed) await new Promise<void>((resolve) => (this.#browsed = resolve))
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
    this.#giveBack?.received(frame.headers.get('ack') ?? '')
    if (this.#ending.has(subscription)) {
      window.unsettled.add(frame.headers.get('ack') ?? '')
      return
    }
    if (frame.headers.has('browser') && frame.headers.get('browser') === 'end') {
      this.#isBrowsed = true
      this.#browsed?.()
      return
    }
    const delivery = this.#deliveryOf(frame, subscription)
    if (!this.#isOfSubscription(delivery)) {
      this.#connection.send('ACK', this.#acknowledging(delivery))
      return
    }
    if (!this.info.browser) window.unsettled.add(delivery.ack)
    if (this.#credit > 0 || this.info.browser) this.#handOver(delivery)
    else this.#waiting.push(delivery)
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
    const settlement = this.#dialect.settlement(outcome)
    if (settlement.command === 'none') return DONE
    let answer: Promise<void> = DONE
    const last = deliveries.at(-1)
    for (const delivery of deliveries) {
      const headers: HeaderList = [...this.#acknowledging(delivery), ...settlement.headers]
      if (transaction !== undefined) headers.push(['transaction', transaction])
      if (isAwaited && delivery === last) {
        answer = this.#connection.request(settlement.command, headers, this.#subject('acknowledging a message of'))
      } else {
        this.#connection.send(settlement.command, headers)
      }
      this.#settled(delivery)
    }
    if (this.#credit === 0) this.#closeIdle()
    return answer
  }

  /** Unsettled messages go back. */
  async close(headers: HeaderList = []): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#browsed?.()
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
    this.#browsed?.()
  }

  // --- windows ---------------------------------------------------------------------------------------------------

  get #mayReceive(): boolean {
    for (const { size, unsettled } of this.#windows.values()) if (unsettled.size < size) return true
    return false
  }

  get #size(): number {
    const { prefetch, destination, session, browser } = this.info
    const mode = session.acknowledgeMode
    // What is acknowledged one by one, as it is handled, never holds up the window.
    const mayHoldUp = mode === 'client' || mode === 'transacted' || mode === 'individual'
    if (browser || (isTopic(destination) && mayHoldUp)) return TOPIC_WINDOW
    return Math.max(1, prefetch)
  }

  async #subscribe(): Promise<void> {
    this.#opened += 1
    const id = this.#opened === 1 ? this.info.id : `${this.info.id}/${this.#opened}`
    const window: Window = { id, size: this.#size, unsettled: new Set() }
    this.#windows.set(id, window)
    this.#subscriptions.add(id, this)
    try {
      const { destination, headers } = this.#dialect.sourceOf(this.info, window.size)
      await this.#connection.request(
        'SUBSCRIBE',
        [
          ['id', id],
          ['destination', destination],
          ['ack', this.info.browser ? 'auto' : 'client-individual'],
          ...headers,
        ],
        { ...this.#subject('consuming from'), selector: this.info.selector },
      )
    } catch (error) {
      this.#windows.delete(id)
      this.#subscriptions.delete(id)
      throw error
    }
  }

  #subscribeInBackground(): void {
    this.#subscribe().catch((error: Error) => {
      if (!this.#isClosed && this.#connection.isOpen) this.#listener.resourceClosed(this.info.id, error)
    })
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
      if (window.unsettled.size > 0 || !(isFurther || this.info.prefetch === 0)) continue
      this.#windows.delete(window.id)
      void this.#unsubscribe(window, []).catch(() => {})
    }
  }

  async #unsubscribe(window: Window, headers: HeaderList): Promise<void> {
    const { id, unsettled } = window
    this.#ending.set(id, window)
    try {
      await this.#connection.request('UNSUBSCRIBE', [['id', id], ...headers], this.#subject('closing the consumer of'))
      await this.#giveBack?.giveBack(unsettled)
    } finally {
      this.#ending.delete(id)
      this.#subscriptions.delete(id)
    }
  }

  // --- deliveries ------------------------------------------------------------------------------------------------

  /** RabbitMQ goes on to bind the queue of a subscription to the topic that it had before: what comes from there is void. */
  #isOfSubscription({ message }: StompDelivery): boolean {
    const { subscription, destination } = this.info
    if (this.#dialect.broker !== 'rabbitmq' || subscription === undefined) return true
    return message.destination === undefined || matchesTopic(destination.name, message.destination.name)
  }

  #handOver(delivery: StompDelivery): void {
    this.#credit -= 1
    this.#listener.message(this.info.id, delivery)
  }

  #deliveryOf(frame: Frame, subscription: string): StompDelivery {
    const { headers } = frame
    const redelivered = headers.get('redelivered') === 'true'
    return {
      message: decodeMessage(frame, this.#dialect, Date.now()),
      redelivered,
      // Nobody counts over STOMP.
      deliveryCount: redelivered ? 2 : 1,
      ack: headers.get(this.#idHeader === 'id' ? 'ack' : 'message-id') ?? '',
      subscription,
    }
  }

  #acknowledging({ ack, subscription }: StompDelivery): HeaderList {
    const id: [string, string] = [this.#idHeader, ack]
    return this.#connection.version === '1.2' ? [id] : [id, ['subscription', subscription]]
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

/** Whether a topic is one of those that a pattern means: `*` for one level, a final `>` for the rest. */
function matchesTopic(pattern: string, name: string): boolean {
  const levels = name.split('.')
  const wanted = pattern.split('.')
  const rest = wanted.at(-1) === '>' ? wanted.length - 1 : undefined
  if (rest === undefined ? levels.length !== wanted.length : levels.length < rest) return false
  return wanted.every((level, index) => index === rest || level === '*' || level === levels[index])
}
