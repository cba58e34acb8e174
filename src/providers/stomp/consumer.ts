import { Fifo } from '../../collections/fifo.ts'
import { InvalidDestinationError } from '../../errors.ts'
import type { ForeignMessageReader } from '../../interop/foreign-messages.ts'
import type { MessageData } from '../../message/message-data.ts'
import { dispatched } from '../../provider/dispatch-time.ts'
import { DONE, type Outcome } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import type { StompConnection, Subscriber } from './connection.ts'
import type { Dialect, StompDelivery } from './dialect.ts'
import type { Frame } from './frame.ts'
import { headerLine } from './frame-encoder.ts'
import { decodeMessage } from './mapping.ts'
import { Windows, type WindowsContext } from './windows.ts'

/** What a consumer has to do with. */
export interface ConsumerContext extends WindowsContext {
  message(delivery: StompDelivery): void
  /** The broker has closed it. */
  closed(error: Error): void
}

/**
 * A consumer. How much a broker sends ahead is a matter of {@link Windows}, by the prefetch; what comes without credit waits
 * here.
 */
export class StompConsumer implements Subscriber {
  readonly info: ConsumerInfo
  readonly #context: ConsumerContext
  readonly #connection: StompConnection
  readonly #dialect: Dialect
  readonly #windows: Windows
  /** Came without credit. */
  readonly #waiting = new Fifo<StompDelivery>()
  /** Frames that wait until what reads the first of them is loaded. */
  #held: (readonly [Frame, string])[] | undefined
  #credit = 0
  /** Resolves when a message has come; for a browser, when it has used up its credit or seen all. */
  #drained: (() => void) | undefined
  #isBrowsed = false
  #isClosed = false

  constructor(info: ConsumerInfo, context: ConsumerContext) {
    this.info = info
    this.#context = context
    this.#connection = context.connection
    this.#dialect = context.dialect
    this.#windows = new Windows(info, context, this, (error) => {
      if (!this.#isClosed && this.#connection.isOpen) this.#ended(error)
    })
  }

  open(): Promise<void> {
    return this.#windows.open()
  }

  grant(credit: number): void {
    this.#credit += credit
    while (this.#credit > 0) {
      const delivery = this.#waiting.shift()
      if (delivery === undefined) break
      this.#handOver(delivery)
    }
    this.#getMore()
  }

  /** Brokers dispatch in their own time: an answer to something else tells that they have had it. */
  async drain(isLast = false): Promise<void> {
    if (!this.#isDrained) {
      const drained = new Promise<void>((resolve) => (this.#drained = resolve))
      await (this.info.browser ? drained : dispatched(this.#connection.roundTrip(), drained, isLast))
    }
    this.#credit = 0
  }

  /** A MESSAGE frame of one of its subscriptions. */
  received(frame: Frame, subscription: string): void {
    if (!this.#windows.isLive(subscription, frame.headers.get('ack') ?? '')) return
    if (frame.headers.has('browser') && frame.headers.get('browser') === 'end') {
      this.#isBrowsed = true
      if (this.#isDrained) this.#drained?.()
      return
    }
    if (this.#held !== undefined) {
      this.#held.push([frame, subscription])
      return
    }
    const reader = this.#dialect.readerOf?.(frame)
    if (reader instanceof Promise) {
      this.#hold(reader, frame, subscription)
      return
    }
    const delivery = this.#deliveryOf(frame, subscription, reader)
    if (this.#dialect.isStray?.(delivery.message, this.info) === true) {
      this.#connection.write(`${this.#acknowledging('ACK', delivery)}\n\0`)
      return
    }
    const isMoreToCome = this.#windows.take(delivery)
    if (this.#credit > 0) this.#handOver(delivery)
    else this.#waiting.push(delivery)
    // What more credit there is has to come by a further subscription.
    if (!isMoreToCome) this.#getMore()
  }

  /** The broker has ended one of its subscriptions. */
  cancelled(subscription: string, { message }: Error): void {
    if (!this.#windows.lose(subscription) || this.#isClosed) return
    const { action } = this.#windows.subject('consuming from')
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
    const settlement = this.#dialect.settlement(outcome)
    if (settlement.command === 'none' || this.#windows.areEarly) return DONE
    const { command, more } = settlement
    const end = transaction === undefined ? more : `${more}transaction:${transaction}\n`
    const last = isAwaited ? deliveries.length - 1 : deliveries.length
    const frames: string[] = []
    for (let index = 0; index < last; index += 1) {
      const delivery = deliveries[index] as StompDelivery
      frames.push(`${this.#acknowledging(command, delivery)}${end}\n\0`)
      this.#windows.settled(delivery)
      // Before another one may bring messages, too.
      if (this.#credit === 0 && this.#windows.mayPause) {
        this.#connection.write(...frames.splice(0))
        this.#windows.closeIdle()
      }
    }
    this.#connection.write(...frames)
    let answer: Promise<void> = DONE
    const delivery = deliveries[last]
    if (delivery !== undefined) {
      const head = `${this.#acknowledging(command, delivery)}${end}`
      answer = this.#connection.requestBy(head, this.#windows.subject('acknowledging a message of'))
      this.#windows.settled(delivery)
    }
    if (this.#credit === 0) this.#windows.closeIdle()
    return answer
  }

  /** Unsettled messages go back. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#drained?.()
    await this.#windows.close()
  }

  /** The broker, or the connection, is gone. */
  abandon(): void {
    this.#isClosed = true
    this.#windows.abandon()
    this.#drained?.()
  }

  get #isDrained(): boolean {
    return this.#credit === 0 || this.#isBrowsed || this.#isClosed
  }

  #getMore(): void {
    if (this.#credit > 0 && !this.#isClosed) this.#windows.request(this.#credit)
  }

  #ended(error: Error): void {
    this.#context.closed(error)
    void this.close().catch(() => {})
  }

  // --- deliveries ------------------------------------------------------------------------------------------------

  #handOver(delivery: StompDelivery): void {
    this.#credit -= 1
    if (this.#windows.areEarly) {
      this.#connection.write(`${this.#acknowledging('ACK', delivery)}\n\0`)
      this.#windows.settled(delivery)
    }
    this.#context.message(delivery)
    if (this.#credit === 0 || !this.info.browser) this.#drained?.()
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
    return decodeMessage(frame, this.#dialect, Date.now(), this.info.destination.kind)
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
      size: this.#dialect.sizeOf?.(frame) ?? 1,
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
}
