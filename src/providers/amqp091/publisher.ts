import { SequenceMap } from '../../collections/sequence-map.ts'
import { type MessagingError, ResourceLimitError } from '../../errors.ts'
import { type Destination, describeDestination } from '../../message/destination.ts'
import { isExchange } from '../../message/exchange.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { Channel, ChannelListener, Content } from './channel.ts'
import * as methods from './codec/methods.ts'
import * as flag from './codec/properties.ts'
import type { PayloadReader } from './codec/reader.ts'
import type { AmqpConnection } from './connection.ts'
import { DIRECT_REPLY_TO } from './direct-replies.ts'
import { mapReply } from './error-mapping.ts'
import { encodePublish, type Publish } from './mapping.ts'
import { AmqpReplyError } from './reply.ts'

/** A message that the broker has not confirmed. */
class Unconfirmed {
  readonly publish: Publish
  readonly destination: Destination | undefined
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  /** It came back: nothing takes messages there. The confirmation follows. */
  refusal: MessagingError | undefined

  constructor(
    publish: Publish,
    destination: Destination | undefined,
    resolve: () => void,
    reject: (error: Error) => void,
  ) {
    this.publish = publish
    this.destination = destination
    this.resolve = resolve
    this.reject = reject
  }
}

/** What the publisher tells of. */
export interface PublisherListener {
  /** A message came back: the queue that was there before is no longer. */
  unroutable(queue: string): void
}

/** A consumer on the channel of the publisher: answers come there to what was published there. */
export interface Answers {
  /** Consumes on this channel, which is another one once the broker has closed the one before. */
  consume(channel: Channel): Promise<void>
  cancel(channel: Channel): Promise<void>
  delivered(content: Content): void
  /** The broker has closed the channel over a message; the next one is opened. */
  interrupted(reply: AmqpReplyError): void
  /** The broker does not have it, or the connection is gone. */
  ended(reply: AmqpReplyError | undefined, error: MessagingError): void
}

/**
 * Publishes, and knows what is unconfirmed. All producers share one channel, whose broker side works in the order of
 * the frames anyway. The broker closes a channel over one message that it does not take, and drops what came behind it: that
 * message is refused, and the others go out again on the next channel, in their order.
 */
export class Publisher implements ChannelListener {
  readonly #connection: AmqpConnection
  readonly #username: string | undefined
  readonly #listener: PublisherListener
  #channel: Channel | undefined
  #isReady = false
  /** By the number that the broker confirms; in the order of the sends. */
  #unconfirmed = new SequenceMap<Unconfirmed>()
  #answers: Answers | undefined

  constructor(connection: AmqpConnection, username: string | undefined, listener: PublisherListener) {
    this.#connection = connection
    this.#username = username
    this.#listener = listener
  }

  /** Opens its channel, with confirmations. */
  async open(): Promise<void> {
    const channel = this.#connection.openChannel(this, this.#channel?.number)
    this.#channel = channel
    await Promise.all([
      channel.call(methods.CONFIRM_SELECT, methods.CONFIRM_SELECT_OK, 'asking for confirmations', (writer) =>
        writer.uint8(0),
      ),
      // The broker takes no request before that.
      this.#answers?.consume(channel),
    ])
    this.#isReady = true
    for (const { publish } of this.#unconfirmed.values()) channel.write(publish)
  }

  /** Sends a message; resolves when the broker has taken it. The message is read before this returns. */
  send(message: MessageData): Promise<void> {
    const { destination } = message
    return new Promise((resolve, reject) => {
      const channel = this.#channel
      if (channel === undefined || !this.#connection.isOpen) throw this.#connection.lossReason
      const publish = encodePublish(message, {
        writer: this.#connection.writer,
        channel: channel.number,
        largestFrame: this.#connection.largestFrame,
        now: Date.now(),
        username: this.#username,
      })
      publish.slab.unconfirmed += 1
      this.#unconfirmed.add(new Unconfirmed(publish, destination, resolve, reject))
      if (this.#isReady) channel.write(publish)
    })
  }

  /** Has answers come by this channel, and by the next one when the broker closes it. What becomes of it, `answers` is told. */
  takeAnswers(answers: Answers): void {
    const channel = this.#channel
    if (channel === undefined || !this.#connection.isOpen) throw this.#connection.lossReason
    // RabbitMQ has one at most on a channel.
    if (this.#answers !== undefined) void this.endAnswers(this.#answers)
    this.#answers = answers
    answers.consume(channel).catch(() => {})
  }

  async endAnswers(answers: Answers): Promise<void> {
    if (this.#answers !== answers) return
    this.#answers = undefined
    if (this.#channel?.isOpen === true) await answers.cancel(this.#channel).catch(() => {})
  }

  // --- what the broker says --------------------------------------------------------------------------------------

  delivered(content: Content): void {
    this.#answers?.delivered(content)
  }

  confirmed(tag: number, isMultiple: boolean, isTaken: boolean): void {
    let unconfirmed = isMultiple ? this.#unconfirmed.takeUpTo(tag) : this.#unconfirmed.take(tag)
    while (unconfirmed !== undefined) {
      this.#settle(unconfirmed, isTaken)
      unconfirmed = isMultiple ? this.#unconfirmed.takeUpTo(tag) : undefined
    }
  }

  /** Messages come back in the order in which they went out, and before they are confirmed. */
  returned({ method, properties }: Content): void {
    const reply = new AmqpReplyError(method.uint16(), method.shortstr())
    const exchange = method.shortstr()
    const routingKey = method.shortstr()
    const messageId = messageIdOf(properties)
    for (const unconfirmed of this.#unconfirmed.values()) {
      const { publish, refusal } = unconfirmed
      const isThis = publish.exchange === exchange && publish.routingKey === routingKey
      if (!isThis || publish.messageId !== messageId || refusal !== undefined) continue
      unconfirmed.refusal = mapReply(reply, actionOf(unconfirmed), this.#connection.endpoint)
      if (exchange === '') this.#listener.unroutable(routingKey)
      return
    }
  }

  closed(reply: AmqpReplyError | undefined, error: MessagingError): void {
    this.#isReady = false
    const all = [...this.#unconfirmed.values()]
    this.#unconfirmed = new SequenceMap()
    const answers = this.#answers
    const isOverAnswers = reply?.method === methods.BASIC_CONSUME
    if (reply === undefined || isOverAnswers) this.#answers = undefined
    if (reply === undefined) {
      this.#channel = undefined
      for (const { reject } of all) reject(error)
      answers?.ended(reply, error)
      return
    }
    const culprit = isOverAnswers ? undefined : culpritOf(all, reply)
    if (culprit !== undefined) {
      this.#connection.writer.confirmed(culprit.publish.slab)
      culprit.reject(mapReply(reply, actionOf(culprit), this.#connection.endpoint))
    }
    for (const each of all) {
      if (each === culprit) continue
      this.#unconfirmed.add(each)
    }
    // Its number is free again: what is encoded for it stays as it is.
    this.open().catch(() => {})
    // Last, as whoever is told may send.
    if (isOverAnswers) answers?.ended(reply, error)
    else answers?.interrupted(reply)
  }

  #settle(unconfirmed: Unconfirmed, isTaken: boolean): void {
    const { publish, refusal, resolve, reject } = unconfirmed
    this.#connection.writer.confirmed(publish.slab)
    if (refusal !== undefined) reject(refusal)
    else if (isTaken) resolve()
    else reject(this.#refused(actionOf(unconfirmed)))
  }

  /** The broker gives no reason. */
  #refused(action: string): ResourceLimitError {
    return new ResourceLimitError(
      `${action} on ${this.#connection.endpoint} was refused by the broker (basic.nack): a queue there is full and set to reject what comes (x-overflow), or its nodes are not available; consume from it, or raise its limit`,
    )
  }
}

/** As the beginning of a sentence; made only when there is something to say. */
function actionOf({ destination }: Unconfirmed): string {
  if (destination === undefined) return 'sending'
  const key = isExchange(destination) ? ` with the routing key ${JSON.stringify(destination.routingKey)}` : ''
  return `sending to ${describeDestination(destination)}${key}`
}

/** Which message the broker closed the channel over; it does not say so, save by what its text names. */
function culpritOf(all: readonly Unconfirmed[], reply: AmqpReplyError): Unconfirmed | undefined {
  const size = /message size (\d+)/.exec(reply.message)?.[1]
  if (size !== undefined) {
    const large = all.find(({ publish }) => publish.size === Number(size))
    if (large !== undefined) return large
  }
  if (/fast reply consumer/.test(reply.message)) return all.find(({ publish }) => publish.replyTo === DIRECT_REPLY_TO)
  const [, topic, topicExchange] = /access to topic '(.*)' in exchange '(.*?)'/.exec(reply.message) ?? []
  const exchange = topicExchange ?? /exchange '(.*?)'/.exec(reply.message)?.[1]
  const named = all.find(
    ({ publish }) =>
      exchange === (publish.exchange || 'amq.default') && (topic === undefined || publish.routingKey === topic),
  )
  return named ?? all[0]
}

/** Reads no more of the properties than it takes. */
function messageIdOf(reader: PayloadReader): string | undefined {
  const flags = reader.uint16()
  if ((flags & flag.MESSAGE_ID) === 0) return undefined
  if ((flags & flag.CONTENT_TYPE) !== 0) reader.shortstr()
  if ((flags & flag.CONTENT_ENCODING) !== 0) reader.shortstr()
  if ((flags & flag.HEADERS) !== 0) reader.longBytes()
  if ((flags & flag.DELIVERY_MODE) !== 0) reader.uint8()
  if ((flags & flag.PRIORITY) !== 0) reader.uint8()
  if ((flags & flag.CORRELATION_ID) !== 0) reader.shortstr()
  if ((flags & flag.REPLY_TO) !== 0) reader.shortstr()
  if ((flags & flag.EXPIRATION) !== 0) reader.shortstr()
  return reader.shortstr()
}
