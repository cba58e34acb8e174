import { TimeoutError } from '../../errors.ts'
import { describeDestination, isTopic } from '../../message/destination.ts'
import { DONE } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import type { StompConnection, Subscriber } from './connection.ts'
import type { Dialect, StompDelivery, Windowing } from './dialect.ts'
import type { RequestSubject } from './error-mapping.ts'
import type { RabbitmqGiveBack } from './rabbitmq-give-back.ts'

/** One subscription at the broker, which has at most so much unacknowledged. */
interface Window {
  readonly id: string
  /** What is left of it, in what the broker counts. */
  room: number
  /** Ids for ACK of what came over it and is not settled. */
  readonly unsettled: Set<string>
}

/** What windows have to do with. */
export interface WindowsContext {
  readonly connection: StompConnection
  readonly dialect: Dialect
  readonly giveBack: RabbitmqGiveBack | undefined
  /** The application holds so many messages and asks for more, which the broker does not send before some are settled. */
  stuck(held: number): void
}

/**
 * The subscriptions of one consumer. STOMP knows no credit: a broker sends over each until so much is unacknowledged. Where
 * the application holds on to more, a further subscription to the same queue brings the next ones.
 */
export class Windows {
  readonly #info: ConsumerInfo
  readonly #context: WindowsContext
  readonly #connection: StompConnection
  readonly #windowing: Windowing
  readonly #subscriber: Subscriber
  readonly #failed: (error: Error) => void
  readonly #windows = new Map<string, Window>()
  /** Being unsubscribed from. */
  readonly #ending = new Map<string, Window>()
  /** Has ended, and what came over it can be settled all the same. */
  readonly #retired = new Map<string, Window>()
  /** The id for ACK of what came over a subscription that has ended; undefined where a subscription cannot end before that. */
  #retiredAck: ((ack: string) => string) | undefined
  #opened = 0
  /** How many messages have come, and how much they took together. */
  #received = 0
  #receivedSize = 0
  #isStuck = false

  /** @param failed - told when a further subscription is refused */
  constructor(info: ConsumerInfo, context: WindowsContext, subscriber: Subscriber, failed: (error: Error) => void) {
    this.#info = info
    this.#context = context
    this.#connection = context.connection
    this.#windowing = context.dialect.windowing(info)
    this.#subscriber = subscriber
    this.#failed = failed
  }

  /** Whether messages are acknowledged as the application gets them. */
  get areEarly(): boolean {
    return this.#windowing.isEarly
  }

  /** Whether there may be no subscription: what is sent meanwhile waits at the broker, and a further one brings it. */
  get mayPause(): boolean {
    const { prefetch, browser, destination, subscription } = this.#info
    if (prefetch > 0 || browser || this.#windowing.further === undefined) return false
    return !isTopic(destination) || subscription?.durable === true
  }

  /** Without prefetch nothing is subscribed to before a message is asked for; only whether that would work is found out. */
  async open(): Promise<void> {
    try {
      await Promise.all(this.#windowing.first.map((size) => this.#subscribe(size)))
    } catch (error) {
      void this.close().catch(() => {})
      throw error
    }
    if (!this.mayPause) return
    this.#retiredAck = await this.#context.giveBack?.begin()
    await this.#endIdle()
  }

  /** Whether what comes over a subscription is for the consumer. What comes over one that ends goes back. */
  isLive(subscription: string, ack: string): boolean {
    const ending = this.#ending.get(subscription)
    const isLive = this.#windows.has(subscription)
    if (isLive || ending !== undefined) this.#context.giveBack?.received(ack)
    ending?.unsettled.add(ack)
    return isLive
  }

  /** A message has come. Gives whether more can come by the same subscription. */
  take(delivery: StompDelivery): boolean {
    const window = this.#windows.get(delivery.subscription)
    if (window === undefined) return true
    window.room -= delivery.size
    this.#received += 1
    this.#receivedSize += delivery.size
    const isMoreToCome = window.room > 0
    if (this.#retiredAck !== undefined && !isMoreToCome) {
      this.#retire(window)
      delivery.ack = this.#retiredAck(delivery.ack)
    }
    window.unsettled.add(delivery.ack)
    return isMoreToCome
  }

  /** The broker was told what becomes of one. */
  settled({ ack, subscription, size }: StompDelivery): void {
    const window = this.#windows.get(subscription)
    if (window?.unsettled.delete(ack)) window.room += size
    else if (this.#retired.get(subscription)?.unsettled.delete(ack)) this.#retired.delete(subscription)
  }

  /** So many messages are wanted: where all windows are full, a further one brings them. */
  request(messages: number): void {
    if (this.#mayReceive) return
    const { further } = this.#windowing
    if (further === undefined) this.#warn()
    else this.#subscribe(further(messages, this.#receivedSize / this.#received)).catch(this.#failed)
  }

  /**
   * The windows of a consumer without prefetch end as soon as nothing is asked for by them. Where there is a prefetch they
   * stay: to end one while messages are under way to it would bring these behind later ones.
   */
  closeIdle(): void {
    if (this.mayPause) void this.#endIdle().catch(() => {})
  }

  /** The broker has ended a subscription; false when there is no such one. */
  lose(subscription: string): boolean {
    return this.#windows.delete(subscription)
  }

  /** Unsettled messages go back. */
  async close(): Promise<void> {
    const windows = [...this.#windows.values()]
    this.#windows.clear()
    const retired = [...this.#retired.values()].flatMap(({ unsettled }) => [...unsettled])
    this.#retired.clear()
    const givingBack = retired.length > 0 ? this.#context.giveBack?.giveBack(retired) : DONE
    await Promise.all([givingBack, ...windows.map((window) => this.#unsubscribe(window))])
  }

  /** The broker, or the connection, is gone. */
  abandon(): void {
    this.#windows.clear()
    this.#retired.clear()
  }

  // --- subscriptions ---------------------------------------------------------------------------------------------

  get #mayReceive(): boolean {
    for (const { room } of this.#windows.values()) if (room > 0) return true
    return false
  }

  /** The application holds on to all that it may, and wants more. */
  #warn(): void {
    let held = 0
    for (const { unsettled } of this.#windows.values()) held += unsettled.size
    // Less than the prefetch is under way to the application, and settled soon.
    if (this.#isStuck || held < this.#info.prefetch) return
    this.#isStuck = true
    this.#context.stuck(held)
  }

  async #subscribe(size: number): Promise<void> {
    const { connection, dialect } = this.#context
    this.#opened += 1
    const id = this.#opened === 1 ? this.#info.id : `${this.#info.id}/${this.#opened}`
    const window: Window = { id, room: size, unsettled: new Set() }
    this.#windows.set(id, window)
    connection.subscribers.set(id, this.#subscriber)
    try {
      const { destination, headers } = dialect.sourceOf(this.#info, size)
      await connection.request(
        'SUBSCRIBE',
        [['id', id], ['destination', destination], ['ack', 'client-individual'], ...headers],
        { ...this.subject('consuming from'), selector: this.#info.selector },
      )
    } catch (error) {
      this.#windows.delete(id)
      // The broker may do it late: what it sends then goes back.
      if (error instanceof TimeoutError) void this.#unsubscribe(window).catch(() => {})
      else connection.subscribers.delete(id)
      throw error
    }
  }

  #endIdle(): Promise<unknown> {
    const idle = [...this.#windows.values()].filter(({ unsettled }) => unsettled.size === 0)
    for (const { id } of idle) this.#windows.delete(id)
    return Promise.all(idle.map((window) => this.#unsubscribe(window)))
  }

  /** Ends a subscription while nothing can be under way to it, because it is full. */
  #retire(window: Window): void {
    const { id } = window
    this.#windows.delete(id)
    this.#retired.set(id, window)
    this.#connection.subscribers.delete(id)
    this.#connection.send('UNSUBSCRIBE', [['id', id]])
  }

  async #unsubscribe(window: Window): Promise<void> {
    const { id, unsettled } = window
    const { giveBack } = this.#context
    this.#ending.set(id, window)
    try {
      await this.#connection.request('UNSUBSCRIBE', [['id', id]], this.subject('closing the consumer of'))
      await giveBack?.giveBack(unsettled)
    } finally {
      this.#ending.delete(id)
      this.#connection.subscribers.delete(id)
    }
  }

  /** What an error says of a request about the consumer. */
  subject(action: string): RequestSubject {
    const { destination } = this.#info
    return { action: `${action} ${describeDestination(destination)}`, name: destination.name }
  }
}
