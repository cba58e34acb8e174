import { ByteCache } from '../../collections/byte-cache.ts'
import { Fifo } from '../../collections/fifo.ts'
import { InvalidDestinationError, type MessagingError, TimeoutError, UnsupportedFeatureError } from '../../errors.ts'
import { matchesTopic } from '../../interop/wildcards.ts'
import { describeDestination, isTopic } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import {
  type Delivery,
  DONE,
  type Outcome,
  type OutcomeDetail,
  type ProviderListener,
} from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import { Acknowledger } from './acknowledger.ts'
import { type Channel, type ChannelListener, type Content, kept, tagOf } from './channel.ts'
import * as methods from './codec/methods.ts'
import type { AmqpConnection } from './connection.ts'
import { mapReply } from './error-mapping.ts'
import { type DecodedBody, decodeMessage } from './mapping.ts'
import type { AmqpReplyError } from './reply.ts'
import type { Source, Topology } from './topology.ts'
import { type Window, Windows } from './windows.ts'

/** Of consumers, exchanges and routing keys: nearly every delivery has those of an earlier one. */
const names = new ByteCache<string>((name) => name)

/** A delivery, with what settling it takes. */
export class AmqpDelivery implements Delivery {
  readonly message: MessageData
  readonly redelivered: boolean
  readonly deliveryCount: number
  readonly tag: number
  /** What it came over: tags mean nothing elsewhere. */
  readonly window: Window

  constructor(message: MessageData, redelivered: boolean, tag: number, window: Window) {
    this.message = message
    this.redelivered = redelivered
    // RabbitMQ counts what is given back unseen, too: see capabilities.ts.
    this.deliveryCount = redelivered ? 2 : 1
    this.tag = tag
    this.window = window
  }
}

/** What a consumer works with. */
export interface ConsumerContext {
  readonly connection: AmqpConnection
  readonly topology: Topology
  readonly listener: ProviderListener
  /** The broker closed its channel over what it held for too long. */
  timedOut(consumer: AmqpConsumer, error: MessagingError): void
  /** Loads the decoder for bodies of AMQP 1.0. */
  loadAmqp10(): Promise<void>
  /** The decoder, once it is loaded. */
  readonly decodeAmqp10: ((sections: Uint8Array) => DecodedBody) | undefined
}

/**
 * A consumer: a channel of its own. The protocol knows no credit; a broker sends until so many messages are
 * unacknowledged. That window is the prefetch, and what comes without credit waits here. Where the application holds on
 * to more messages than that, a further consumer on the same channel brings the next ones: the limit of one that exists
 * cannot be changed on quorum queues, which have no limit for a whole channel.
 */
export class AmqpConsumer implements ChannelListener {
  readonly info: ConsumerInfo
  readonly #context: ConsumerContext
  /** What it takes from. */
  readonly source: Source
  readonly #channel: Channel
  readonly #acknowledger: Acknowledger
  readonly #windows: Windows
  /** Came without credit. */
  readonly #waiting = new Fifo<AmqpDelivery>()
  /** Came behind a message whose decoder is being loaded. */
  #held: Content[] | undefined
  #loading: Promise<void> | undefined
  #credit = 0
  #isConsuming = false
  /** A window that is being opened. */
  #opening: Promise<void> | undefined
  #isClosed = false
  /** Topics that the queue was taken off. */
  readonly #left = new Set<string>()
  /** Messages whose release waits for its delay. */
  readonly #delayed = new Set<ReturnType<typeof setTimeout>>()

  private constructor(context: ConsumerContext, info: ConsumerInfo, source: Source) {
    this.#context = context
    this.info = info
    this.source = source
    this.#channel = context.connection.openChannel(this)
    this.#acknowledger = new Acknowledger(this.#channel)
    this.#windows = new Windows(this.#channel, info, source.queue)
  }

  /**
   * Begins to consume; nothing is handed over before {@link grant}. Without prefetch, whether it would work is found out.
   *
   * @param former - one that the broker has ended, to go on from the same queue
   */
  static async create(context: ConsumerContext, info: ConsumerInfo, former?: AmqpConsumer): Promise<AmqpConsumer> {
    const source = former?.source ?? (await context.topology.sourceOf(info))
    let consumer: AmqpConsumer | undefined
    try {
      consumer = new AmqpConsumer(context, info, source)
      await consumer.#open()
      if (info.prefetch === 0) await consumer.#windows.stop()
      return consumer
    } catch (error) {
      if (consumer !== undefined) {
        consumer.#isClosed = true
        await consumer.#channel.close()
      }
      if (context.connection.isOpen) await source.release()
      throw error
    }
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

  /**
   * The queue answers how many messages it has only after it has handed out what it could; and the channel answers the
   * next question only after it has sent on what it was handed.
   */
  async drain(): Promise<void> {
    await this.#opening
    if (this.#channel.isOpen) {
      const action = `asking for messages of ${this.#name}`
      await this.#channel.call(methods.QUEUE_DECLARE, methods.QUEUE_DECLARE_OK, action, (writer) => {
        writer.uint16(0)
        writer.shortstr(this.source.queue)
        writer.uint8(1)
        writer.uint32(0)
      })
      await this.#windows.limit(action)
      if (this.#held !== undefined) await this.#loading
    }
    this.#credit = 0
  }

  /** Settles deliveries, oldest first. */
  settle(deliveries: readonly AmqpDelivery[], outcome: Outcome, detail: OutcomeDetail | undefined): Promise<void> {
    if (outcome === 'rejected') return this.#reject(deliveries)
    const delay = detail?.delay ?? 0
    if (outcome !== 'accepted' && delay > 0) this.#settleAfter(delay, deliveries)
    else this.#settleNow(deliveries, outcome)
    return DONE
  }

  /** Sends what was accepted. */
  flush(): void {
    this.#acknowledger.flush()
  }

  /** Ends it: what is not settled goes back, as failed. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const timer of this.#delayed) clearTimeout(timer)
    // Left to the end of the channel, it would go back only some time after the broker has answered.
    await this.#windows.stop()
    this.#acknowledger.giveBackAll()
    await this.#channel.close()
    if (this.#context.connection.isOpen) await this.source.release()
  }

  /** The connection is gone, or its channel. */
  abandon(): void {
    this.#isClosed = true
    for (const timer of this.#delayed) clearTimeout(timer)
    this.#windows.clear()
  }

  // --- what the broker says --------------------------------------------------------------------------------------

  delivered(content: Content): void {
    if (this.#held !== undefined) {
      this.#held.push(kept(content))
      return
    }
    if (this.#take(content)) return
    // A body of AMQP 1.0: what comes after it waits until it can be read.
    this.#held = [kept(content)]
    this.#loading = this.#context.loadAmqp10().then(
      () => this.#takeHeld(),
      (error: Error) => {
        if (this.#isClosed) return
        this.#context.listener.resourceClosed(this.info.id, error)
        this.#closeUnwatched()
      },
    )
  }

  /** The queue is gone, or its node. */
  cancelled(tag: string): void {
    if (!this.#windows.end(tag) || this.#isClosed) return
    this.#context.topology.forget(this.source.queue)
    this.#ended(
      new InvalidDestinationError(
        `the broker at ${this.#channel.endpoint} ended the consumer of ${this.#name}: its queue was deleted, or is not available; create another consumer`,
      ),
    )
    this.#closeUnwatched()
  }

  closed(reply: AmqpReplyError | undefined): void {
    if (reply === undefined || this.#isClosed) return
    const error = mapReply(reply, `consuming from ${this.#name}`, this.#channel.endpoint)
    // While it is created, whoever waits for that is told.
    if (this.#isConsuming && error instanceof TimeoutError) {
      this.#context.timedOut(this, error)
      return
    }
    if (this.#isConsuming) this.#ended(error)
    this.#closeUnwatched()
  }

  #ended(error: MessagingError): void {
    this.#context.listener.resourceClosed(this.info.id, error)
  }

  #closeUnwatched(): void {
    this.close().catch(() => {})
  }

  get #name(): string {
    return describeDestination(this.info.destination)
  }

  async #open(): Promise<void> {
    await this.#windows.open()
    this.#isConsuming = true
  }

  #getMore(): void {
    if (this.#credit === 0 || this.#windows.mayReceive || this.#isClosed) return
    this.#opening = this.#open().catch((error: MessagingError) => {
      if (!this.#isClosed && this.#context.connection.isOpen) this.#ended(error)
    })
  }

  // --- deliveries ------------------------------------------------------------------------------------------------

  #takeHeld(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const content of held) this.delivered(content)
  }

  /** False when it takes a decoder that has not been loaded. */
  #take({ method, properties, body }: Content): boolean {
    const start = method.offset
    const propertiesStart = properties.offset
    const consumerTag = method.cachedShortstr(names)
    const tag = tagOf(method)
    const redelivered = method.uint8() !== 0
    const exchange = method.cachedShortstr(names)
    const routingKey = method.cachedShortstr(names)
    const window = this.#windows.get(consumerTag)
    if (window === undefined) {
      // It was on its way when its consumer ended: it goes back.
      this.#acknowledger.add(tag)
      this.#acknowledger.giveBack(tag, true)
      return true
    }
    const message = decodeMessage(properties, body, {
      exchange,
      routingKey,
      consumedFrom: this.info.destination,
      now: Date.now(),
      decodeAmqp10: this.#context.decodeAmqp10,
    })
    if (message === undefined) {
      method.offset = start
      properties.offset = propertiesStart
      return false
    }
    this.#acknowledger.add(tag)
    const named = this.#context.topology.temporaryNames.incoming(message)
    const delivery = new AmqpDelivery(named, redelivered, tag, window)
    if (!this.#isOfSubscription(delivery, routingKey)) return true
    window.unsettled += 1
    if (this.#credit > 0) this.#handOver(delivery)
    else this.#waiting.push(delivery)
    // What more credit there is has to come by a further window.
    if (window.unsettled >= window.size) this.#getMore()
    return true
  }

  /** The queue of a subscription stays bound to the topic that it had before: what comes from there is void. */
  #isOfSubscription({ message, tag }: AmqpDelivery, routingKey: string): boolean {
    const { subscription, destination } = this.info
    if (subscription === undefined || message.destination === undefined || !isTopic(message.destination)) return true
    if (matchesTopic(destination.name, message.destination.name)) return true
    this.#acknowledger.accept([tag])
    if (!this.#left.has(routingKey)) {
      this.#left.add(routingKey)
      this.#context.topology.leave(this.source.queue, routingKey).catch(() => {})
    }
    return false
  }

  #handOver(delivery: AmqpDelivery): void {
    this.#credit -= 1
    this.#context.listener.message(this.info.id, delivery)
  }

  async #reject(deliveries: readonly AmqpDelivery[]): Promise<void> {
    if (!(await this.#context.topology.canDeadLetter(this.info))) throw this.#noDeadLetters()
    this.#settleNow(deliveries, 'rejected')
  }

  #settleNow(deliveries: readonly AmqpDelivery[], outcome: Outcome): void {
    if (outcome === 'accepted') {
      this.#acknowledger.accept(deliveries.map(({ tag }) => tag))
    } else {
      // Otherwise it would come here again at once, and count as a failed delivery once more.
      if (outcome === 'released') void this.#windows.stop()
      for (const { tag } of deliveries) this.#acknowledger.giveBack(tag, outcome !== 'rejected')
    }
    for (const { window } of deliveries) window.unsettled -= 1
    if (this.#credit === 0) this.#windows.cancelUnused()
  }

  /** The broker takes no delay: the message is kept here meanwhile, and goes back earlier if this consumer closes. */
  #settleAfter(delay: number, deliveries: readonly AmqpDelivery[]): void {
    const kept = [...deliveries]
    const timer = setTimeout(() => {
      this.#delayed.delete(timer)
      this.#settleNow(kept, 'modified')
    }, delay)
    this.#delayed.add(timer)
  }

  #noDeadLetters(): UnsupportedFeatureError {
    const { destination } = this.info
    const { connection } = this.#context
    const alternative = isTopic(destination)
      ? 'subscribe durably, or send the message to a queue of your own for failures and acknowledge it'
      : `give ${this.#name} a dead-letter exchange at the broker, or send the message to a queue of your own for failures and acknowledge it`
    const product = [connection.product, connection.version].filter((part) => part !== undefined).join(' ')
    return new UnsupportedFeatureError({
      feature: 'deadLetter',
      protocol: 'amqp091',
      peer: product === '' ? connection.endpoint : `${product} at ${connection.endpoint}`,
      alternative,
    })
  }
}
