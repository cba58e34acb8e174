import type { Binding, ExchangeDefinition, QueueDefinition, QueueStatus } from '../../interop/rabbitmq-objects.ts'
import type { Channel } from './channel.ts'
import * as methods from './codec/methods.ts'
import type { AmqpConnection } from './connection.ts'
import { writeArguments } from './property-headers.ts'
import { NOT_FOUND, RESOURCE_LOCKED } from './reply.ts'
import { RequestChannel, replyCodeOf } from './request-channel.ts'

const PASSIVE = 1
const DURABLE = 2
const EXCLUSIVE = 4
const AUTO_DELETE = 8
/** Bits of other methods than the declaration of a queue. */
const EXCHANGE_AUTO_DELETE = 4
const INTERNAL = 8
const IF_UNUSED = 1
const IF_EMPTY = 2

/** Declares, binds and deletes queues and exchanges. */
export class Administration {
  readonly #connection: AmqpConnection
  readonly #channel: RequestChannel

  constructor(connection: AmqpConnection) {
    this.#connection = connection
    this.#channel = new RequestChannel(connection)
  }

  /** Another one on a channel of its own, for what may be left without an answer: nothing else waits behind it. */
  apart(): Administration {
    return new Administration(this.#connection)
  }

  close(): void {
    this.#channel.close()
  }

  get endpoint(): string {
    return this.#channel.endpoint
  }

  // --- queues ----------------------------------------------------------------------------------------------------

  /** Whether there is a queue of this name; also one that is another connection's own. */
  async exists(queue: string): Promise<boolean> {
    try {
      return (await this.status(queue)) !== undefined
    } catch (error) {
      if (replyCodeOf(error) === RESOURCE_LOCKED) return true
      throw error
    }
  }

  /** What the queue holds; undefined when there is none of this name. */
  async status(queue: string): Promise<QueueStatus | undefined> {
    const action = `looking for the queue ${queue}`
    try {
      const answer = await this.#request(methods.QUEUE_DECLARE, methods.QUEUE_DECLARE_OK, action, (writer) => {
        writer.uint16(0)
        writer.shortstr(queue)
        writer.uint8(PASSIVE)
        writer.uint32(0)
      })
      answer.shortstr()
      return { messages: answer.uint32(), consumers: answer.uint32() }
    } catch (error) {
      if (replyCodeOf(error) === NOT_FOUND) return undefined
      throw error
    }
  }

  /** @throws InvalidDestinationError when it is there with other arguments; its text names both */
  async declare(queue: string, definition: QueueDefinition): Promise<void> {
    const { durable, exclusive, autoDelete, arguments: table } = definition
    const action = `declaring the queue ${queue}`
    await this.#request(methods.QUEUE_DECLARE, methods.QUEUE_DECLARE_OK, action, (writer) => {
      writer.uint16(0)
      writer.shortstr(queue)
      writer.uint8((durable ? DURABLE : 0) | (exclusive ? EXCLUSIVE : 0) | (autoDelete ? AUTO_DELETE : 0))
      writeArguments(writer, table)
    })
  }

  /** No error where there is no such queue. Gives how many messages it had. */
  async delete(queue: string, only: { readonly ifUnused?: boolean; readonly ifEmpty?: boolean } = {}): Promise<number> {
    const action = `deleting the queue ${queue}`
    const answer = await this.#request(methods.QUEUE_DELETE, methods.QUEUE_DELETE_OK, action, (writer) => {
      writer.uint16(0)
      writer.shortstr(queue)
      writer.uint8((only.ifUnused === true ? IF_UNUSED : 0) | (only.ifEmpty === true ? IF_EMPTY : 0))
    })
    return answer.uint32()
  }

  /** Gives how many messages are gone. */
  async purge(queue: string): Promise<number> {
    const action = `purging the queue ${queue}`
    const answer = await this.#request(methods.QUEUE_PURGE, methods.QUEUE_PURGE_OK, action, (writer) => {
      writer.uint16(0)
      writer.shortstr(queue)
      writer.uint8(0)
    })
    return answer.uint32()
  }

  // --- exchanges -------------------------------------------------------------------------------------------------

  /** @throws InvalidDestinationError when it is there with other arguments; its text names both */
  async declareExchange(exchange: string, definition: ExchangeDefinition): Promise<void> {
    const { type, durable, autoDelete, internal, arguments: table } = definition
    const flags = (durable ? DURABLE : 0) | (autoDelete ? EXCHANGE_AUTO_DELETE : 0) | (internal ? INTERNAL : 0)
    const action = `declaring the exchange ${exchange}`
    await this.#request(methods.EXCHANGE_DECLARE, methods.EXCHANGE_DECLARE_OK, action, (writer) => {
      writer.uint16(0)
      writer.shortstr(exchange)
      writer.shortstr(type)
      writer.uint8(flags)
      writeArguments(writer, table)
    })
  }

  /** No error where there is no such exchange. */
  async deleteExchange(exchange: string, ifUnused: boolean): Promise<void> {
    const action = `deleting the exchange ${exchange}`
    await this.#request(methods.EXCHANGE_DELETE, methods.EXCHANGE_DELETE_OK, action, (writer) => {
      writer.uint16(0)
      writer.shortstr(exchange)
      writer.uint8(ifUnused ? IF_UNUSED : 0)
    })
  }

  async bind(binding: Binding): Promise<void> {
    const { from, to, routingKey, arguments: table } = binding
    const [method, answer] =
      to.kind === 'queue'
        ? [methods.QUEUE_BIND, methods.QUEUE_BIND_OK]
        : [methods.EXCHANGE_BIND, methods.EXCHANGE_BIND_OK]
    await this.#request(method, answer, `binding the ${to.kind} ${to.name} to the exchange ${from}`, (writer) => {
      writer.uint16(0)
      writer.shortstr(to.name)
      writer.shortstr(from)
      writer.shortstr(routingKey)
      writer.uint8(0)
      writeArguments(writer, table)
    })
  }

  /** No error where there is no such binding. */
  async unbind({ from, to, routingKey, arguments: table }: Binding): Promise<void> {
    const ofQueue = to.kind === 'queue'
    const [method, answer] = ofQueue
      ? [methods.QUEUE_UNBIND, methods.QUEUE_UNBIND_OK]
      : [methods.EXCHANGE_UNBIND, methods.EXCHANGE_UNBIND_OK]
    await this.#request(method, answer, `taking the ${to.kind} ${to.name} off the exchange ${from}`, (writer) => {
      writer.uint16(0)
      writer.shortstr(to.name)
      writer.shortstr(from)
      writer.shortstr(routingKey)
      if (!ofQueue) writer.uint8(0)
      writeArguments(writer, table)
    })
  }

  #request(...call: Parameters<Channel['call']>): ReturnType<Channel['call']> {
    return this.#channel.request(...call)
  }
}
