import { TOPIC_EXCHANGE } from '../../interop/rabbitmq-queues.ts'
import type { Channel, ChannelListener } from './channel.ts'
import * as methods from './codec/methods.ts'
import type { FieldTable } from './codec/reader.ts'
import type { AmqpConnection } from './connection.ts'
import { AmqpReplyError, NOT_FOUND, RESOURCE_LOCKED } from './reply.ts'

/** How a queue is declared. */
export interface QueueDefinition {
  readonly durable: boolean
  readonly exclusive: boolean
  readonly autoDelete: boolean
  readonly arguments: FieldTable
}

const PASSIVE = 1
const DURABLE = 2
const EXCLUSIVE = 4
const AUTO_DELETE = 8

/**
 * Declares, binds and deletes, on a channel of its own: the broker closes that over what it refuses, and the next request
 * opens another. One request at a time, so that what is refused is what was asked last.
 */
export class Administration implements ChannelListener {
  readonly #connection: AmqpConnection
  #channel: Channel | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(connection: AmqpConnection) {
    this.#connection = connection
  }

  get endpoint(): string {
    return this.#connection.endpoint
  }

  /** Whether there is a queue of this name; also one that is another connection's own. */
  async exists(queue: string): Promise<boolean> {
    try {
      await this.#request(
        methods.QUEUE_DECLARE,
        methods.QUEUE_DECLARE_OK,
        `looking for the queue ${queue}`,
        (writer) => {
          writer.uint16(0)
          writer.shortstr(queue)
          writer.uint8(PASSIVE)
          writer.uint32(0)
        },
      )
      return true
    } catch (error) {
      const code = replyCodeOf(error)
      if (code === NOT_FOUND) return false
      if (code === RESOURCE_LOCKED) return true
      throw error
    }
  }

  /** @throws InvalidDestinationError when there is a queue of this name with other arguments, or that of another connection */
  async declare(queue: string, { durable, exclusive, autoDelete, arguments: table }: QueueDefinition): Promise<void> {
    const bits = (durable ? DURABLE : 0) | (exclusive ? EXCLUSIVE : 0) | (autoDelete ? AUTO_DELETE : 0)
    await this.#request(methods.QUEUE_DECLARE, methods.QUEUE_DECLARE_OK, `declaring the queue ${queue}`, (writer) => {
      writer.uint16(0)
      writer.shortstr(queue)
      writer.uint8(bits)
      writer.table(table)
    })
  }

  /** Binds a queue to topics. */
  async bind(queue: string, bindingKey: string): Promise<void> {
    await this.#request(
      methods.QUEUE_BIND,
      methods.QUEUE_BIND_OK,
      `binding the queue ${queue} to ${bindingKey}`,
      (writer) => {
        writer.uint16(0)
        writer.shortstr(queue)
        writer.shortstr(TOPIC_EXCHANGE)
        writer.shortstr(bindingKey)
        writer.uint8(0)
        writer.uint32(0)
      },
    )
  }

  /** No error where there is no such binding. */
  async unbind(queue: string, bindingKey: string): Promise<void> {
    await this.#request(
      methods.QUEUE_UNBIND,
      methods.QUEUE_UNBIND_OK,
      `taking the queue ${queue} off ${bindingKey}`,
      (writer) => {
        writer.uint16(0)
        writer.shortstr(queue)
        writer.shortstr(TOPIC_EXCHANGE)
        writer.shortstr(bindingKey)
        writer.uint32(0)
      },
    )
  }

  /** No error where there is no such queue. */
  async delete(queue: string): Promise<void> {
    await this.#request(methods.QUEUE_DELETE, methods.QUEUE_DELETE_OK, `deleting the queue ${queue}`, (writer) => {
      writer.uint16(0)
      writer.shortstr(queue)
      writer.uint8(0)
    })
  }

  closed(reply: AmqpReplyError | undefined): void {
    if (reply !== undefined) this.#channel = undefined
  }

  #request(...call: Parameters<Channel['call']>): Promise<unknown> {
    const answer = this.#last.then(async () => {
      if (this.#channel?.isOpen !== true) this.#channel = this.#connection.openChannel(this)
      return this.#channel.call(...call)
    })
    this.#last = answer.catch(() => {})
    return answer
  }
}

/** The code that the broker refused something with. */
export function replyCodeOf(error: unknown): number | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof AmqpReplyError ? cause.code : undefined
}
