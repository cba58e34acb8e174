import { ByteCache } from '../../collections/byte-cache.ts'
import { InvalidOptionError, MessagingError } from '../../errors.ts'
import { DONE } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import { type Channel, type Content, kept } from './channel.ts'
import * as methods from './codec/methods.ts'
import type { ConsumerContext } from './consumer.ts'
import { decodeMessage } from './mapping.ts'
import type { Answers, Publisher } from './publisher.ts'
import type { AmqpReplyError } from './reply.ts'

/** Where answers come by to the channel that asked, without a queue: RabbitMQ's direct reply-to. */
export const DIRECT_REPLY_TO = 'amq.rabbitmq.reply-to'

const NO_ACK = 2
const names = new ByteCache<string>((name) => name)

/** What the consumer of direct replies works with. */
export interface RepliesContext extends ConsumerContext {
  readonly publisher: Publisher
}

/**
 * The consumer of direct replies. RabbitMQ sends them to the channel that the requests came by, so it is on the publisher's,
 * and moves along when that is closed. It hands over what comes as it comes: there is nothing to settle, and no window.
 */
export class DirectReplies implements Answers {
  readonly info: ConsumerInfo
  readonly #context: RepliesContext
  #state: 'new' | 'open' | 'closed' = 'new'
  // biome-ignore lint/style/useReadonlyClassProperties: set by create()
  #begun: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined

  private constructor(context: RepliesContext, info: ConsumerInfo) {
    this.#context = context
    this.info = info
  }

  /** @throws InvalidOptionError where the broker has no direct reply-to */
  static async create(context: RepliesContext, info: ConsumerInfo): Promise<DirectReplies> {
    const replies = new DirectReplies(context, info)
    await new Promise<void>((resolve, reject) => {
      replies.#begun = { resolve, reject }
      context.publisher.takeAnswers(replies)
    })
    return replies
  }

  // --- on the channel of the publisher ---------------------------------------------------------------------------

  async consume(channel: Channel): Promise<void> {
    const action = 'waiting for direct replies'
    await channel.call(methods.BASIC_CONSUME, methods.BASIC_CONSUME_OK, action, (writer) => {
      writer.uint16(0)
      writer.shortstr(DIRECT_REPLY_TO)
      writer.shortstr(this.info.id)
      writer.uint8(NO_ACK)
      writer.uint32(0)
    })
    const isAgain = this.#state === 'open'
    if (this.#state === 'new') this.#state = 'open'
    this.#begun?.resolve()
    // The whole session, which has those who ask as well: they ask again.
    if (isAgain) this.#context.listener.resourceResumed?.(this.info.session.id)
  }

  async cancel(channel: Channel): Promise<void> {
    const action = 'closing the consumer of direct replies'
    await channel.call(methods.BASIC_CANCEL, methods.BASIC_CANCEL_OK, action, (writer) => {
      writer.shortstr(this.info.id)
      writer.uint8(0)
    })
  }

  delivered(content: Content): void {
    if (this.#take(content)) return
    // A body of AMQP 1.0. What comes after it need not wait: no answer is before another one.
    const waiting = kept(content)
    this.#context.loadAmqp10().then(
      () => this.#take(waiting),
      (error: Error) => this.#fail(error),
    )
  }

  interrupted(reply: AmqpReplyError): void {
    if (this.#state !== 'open') return
    this.#context.listener.resourceInterrupted?.(
      this.info.session.id,
      new MessagingError(
        'ERR_MESSAGING',
        `${this.#context.connection.endpoint} closed the channel that answers come by, over a message that it refused: ${reply.message}; requests without an answer are asked again. See to that message, or leave rabbitmq.directReplyTo out`,
        { cause: reply },
      ),
    )
  }

  ended(reply: AmqpReplyError | undefined, error: MessagingError): void {
    const failure = reply === undefined ? error : this.#missing(reply)
    this.#begun?.reject(failure)
    // A connection that is lost is told of as a whole.
    if (reply !== undefined && this.#state === 'open') this.#fail(failure)
    this.#state = 'closed'
  }

  // --- for the provider ------------------------------------------------------------------------------------------

  grant(_credit: number): void {}

  drain(): Promise<void> {
    return DONE
  }

  settle(): Promise<void> {
    return DONE
  }

  flush(): void {}

  async close(): Promise<void> {
    this.#state = 'closed'
    await this.#context.publisher.endAnswers(this)
  }

  abandon(): void {
    this.#state = 'closed'
  }

  /** False when it takes a decoder that has not been loaded. */
  #take({ method, properties, body }: Content): boolean {
    const [start, propertiesStart] = [method.offset, properties.offset]
    method.cachedShortstr(names)
    method.int64()
    const redelivered = method.uint8() !== 0
    const message = decodeMessage(properties, body, {
      exchange: method.cachedShortstr(names),
      routingKey: method.shortstr(),
      consumedFrom: this.info.destination,
      now: Date.now(),
      decodeAmqp10: this.#context.decodeAmqp10,
    })
    if (message === undefined) {
      method.offset = start
      properties.offset = propertiesStart
      return false
    }
    const named = this.#context.topology.temporaryNames.incoming(message)
    this.#context.listener.message(this.info.id, { message: named, redelivered, deliveryCount: 1 })
    return true
  }

  #fail(error: Error): void {
    if (this.#state === 'closed') return
    void this.close()
    this.#context.listener.resourceClosed(this.info.id, error)
  }

  #missing(reply: AmqpReplyError): InvalidOptionError {
    return new InvalidOptionError(
      'rabbitmq.directReplyTo',
      `${this.#context.connection.endpoint} has no direct reply-to for requests: ${reply.message}; leave the option rabbitmq.directReplyTo out`,
      { cause: reply },
    )
  }
}
