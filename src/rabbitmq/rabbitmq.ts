import type { Connection } from '../client/api.ts'
import type { ClientConnection } from '../client/connection.ts'
import { UnsupportedFeatureError } from '../errors.ts'
import type { Binding, QueueStatus, RabbitMqAction } from '../interop/rabbitmq-objects.ts'
import { type Queue, queue as queueNamed } from '../message/destination.ts'
import { isTypedNumber } from '../message/typed-number.ts'
import {
  type BindingOptions,
  bindingDefinition,
  checkedName,
  type DeleteOptions,
  type DeleteQueueOptions,
  deletion,
  type ExchangeOptions,
  exchangeDefinition,
  type QueueOptions,
  queueDefinition,
  queueDeletion,
} from './definitions.ts'

/**
 * The objects that RabbitMQ has beyond queues and topics. What is declared or bound here is declared and bound again, in the
 * same order, when a failover leads to another broker, before consumers and sends go on there; until it is deleted or
 * unbound here, or the connection closes. Every call is refused with the reason of the broker, and the connection goes on.
 */
export interface RabbitMq {
  /**
   * Declares an exchange. One that is there is taken when it is the same.
   *
   * @throws InvalidDestinationError when it is there otherwise, with both values
   * @throws InvalidOptionError naming the option
   * @throws AuthorizationError, TimeoutError, ConnectionLostError, IllegalStateError
   */
  declareExchange(name: string, options: ExchangeOptions): Promise<void>
  /** Deletes an exchange with its bindings; does nothing where there is none. @throws InvalidDestinationError when it is in use and `ifUnused` says not to */
  deleteExchange(name: string, options?: DeleteOptions): Promise<void>
  /**
   * Declares a queue, a quorum queue by default, with no other arguments than those given: it has no dead letters unless they
   * are asked for. One that is there is taken when it is the same.
   *
   * @returns the queue, to consume from and send to
   * @throws what {@link declareExchange} throws
   */
  declareQueue(name: string, options?: QueueOptions): Promise<Queue>
  /** Deletes a queue; does nothing where there is none. @returns how many messages were in it */
  deleteQueue(name: string, options?: DeleteQueueOptions): Promise<number>
  /** Removes the messages of a queue that nobody has been delivered. @returns how many @throws InvalidDestinationError when there is no such queue */
  purgeQueue(name: string): Promise<number>
  /** What a queue holds; undefined when there is none of this name. */
  queueStatus(name: string): Promise<QueueStatus | undefined>
  /** Has a queue get messages of an exchange. @throws InvalidDestinationError when one of them is not there */
  bindQueue(queue: string, exchange: string, options?: BindingOptions): Promise<void>
  /** Takes back what {@link bindQueue} did with the same options; does nothing where there is no such binding. */
  unbindQueue(queue: string, exchange: string, options?: BindingOptions): Promise<void>
  /** Has an exchange get messages of another one. @throws InvalidDestinationError when one of them is not there */
  bindExchange(exchange: string, source: string, options?: BindingOptions): Promise<void>
  /** Takes back what {@link bindExchange} did with the same options; does nothing where there is no such binding. */
  unbindExchange(exchange: string, source: string, options?: BindingOptions): Promise<void>
}

/**
 * What only RabbitMQ has, over a connection by AMQP 0-9-1. Messages are sent with {@link exchange} as their destination, and
 * consumed as from any queue.
 *
 * @example
 * const broker = rabbitmq(connection)
 * await broker.declareExchange('invoices', { type: 'topic' })
 * await broker.declareQueue('invoices.eu', { deliveryLimit: 5 })
 * await broker.bindQueue('invoices.eu', 'invoices', { routingKey: 'eu.#' })
 * await connection.send(exchange('invoices', 'eu.paid'), { id: 7 })
 *
 * @throws UnsupportedFeatureError when the connection is another one
 */
export function rabbitmq(connection: Connection): RabbitMq {
  const client = connection as ClientConnection
  requireRabbitMq(client)
  return new RabbitMqObjects(client)
}

class RabbitMqObjects implements RabbitMq {
  readonly #connection: ClientConnection

  constructor(connection: ClientConnection) {
    this.#connection = connection
  }

  async declareExchange(name: string, options: ExchangeOptions): Promise<void> {
    const definition = exchangeDefinition(options)
    await this.#perform({
      action: `declaring the exchange ${checkedName('exchange', name)}`,
      keptAs: `exchange ${name}`,
      request: { kind: 'declare-exchange', name, definition },
    })
  }

  async deleteExchange(name: string, options: DeleteOptions = {}): Promise<void> {
    const only = deletion('deleteExchange', options)
    await this.#perform({
      action: `deleting the exchange ${checkedName('exchange', name)}`,
      ends: `exchange ${name}`,
      request: { kind: 'delete-exchange', name, ...only },
    })
  }

  async declareQueue(name: string, options: QueueOptions = {}): Promise<Queue> {
    const definition = queueDefinition(options)
    const declared = queueNamed(checkedName('queue', name))
    await this.#perform({
      action: `declaring the queue ${name}`,
      keptAs: `queue ${name}`,
      request: { kind: 'declare-queue', name, definition },
    })
    return declared
  }

  async deleteQueue(name: string, options: DeleteQueueOptions = {}): Promise<number> {
    const only = queueDeletion(options)
    return this.#perform<number>({
      action: `deleting the queue ${checkedName('queue', name)}`,
      ends: `queue ${name}`,
      request: { kind: 'delete-queue', name, ...only },
    })
  }

  async purgeQueue(name: string): Promise<number> {
    return this.#perform<number>({
      action: `purging the queue ${checkedName('queue', name)}`,
      request: { kind: 'purge-queue', name },
    })
  }

  async queueStatus(name: string): Promise<QueueStatus | undefined> {
    return this.#perform<QueueStatus | undefined>({
      action: `looking for the queue ${checkedName('queue', name)}`,
      request: { kind: 'queue-status', name },
    })
  }

  bindQueue(queue: string, exchange: string, options: BindingOptions = {}): Promise<void> {
    return this.#bind('bindQueue', { kind: 'queue', name: queue }, exchange, options)
  }

  unbindQueue(queue: string, exchange: string, options: BindingOptions = {}): Promise<void> {
    return this.#unbind('unbindQueue', { kind: 'queue', name: queue }, exchange, options)
  }

  bindExchange(exchange: string, source: string, options: BindingOptions = {}): Promise<void> {
    return this.#bind('bindExchange', { kind: 'exchange', name: exchange }, source, options)
  }

  unbindExchange(exchange: string, source: string, options: BindingOptions = {}): Promise<void> {
    return this.#unbind('unbindExchange', { kind: 'exchange', name: exchange }, source, options)
  }

  async #bind(call: string, to: Binding['to'], from: string, options: BindingOptions): Promise<void> {
    const binding = bindingOf(call, to, from, options)
    await this.#perform({
      action: `binding the ${to.kind} ${to.name} to the exchange ${from}`,
      keptAs: keyOf(binding),
      needs: [`${to.kind} ${to.name}`, `exchange ${from}`],
      request: { kind: 'bind', binding },
    })
  }

  async #unbind(call: string, to: Binding['to'], from: string, options: BindingOptions): Promise<void> {
    const binding = bindingOf(call, to, from, options)
    await this.#perform({
      action: `taking the ${to.kind} ${to.name} off the exchange ${from}`,
      ends: keyOf(binding),
      request: { kind: 'unbind', binding },
    })
  }

  async #perform<Result>(action: RabbitMqAction): Promise<Result> {
    const connection = this.#connection
    connection.requireOpen()
    const { perform } = requireRabbitMq(connection)
    return (await connection.bounded(perform(action), () => action.action)) as Result
  }
}

/** @throws UnsupportedFeatureError */
function requireRabbitMq({ provider, peer }: ClientConnection): {
  readonly perform: (action: RabbitMqAction) => Promise<unknown>
} {
  const { perform } = provider
  if (perform !== undefined) return { perform: perform.bind(provider) }
  const product = [peer.product, peer.version].filter((part) => part !== undefined).join(' ')
  throw new UnsupportedFeatureError({
    feature: 'polymq/rabbitmq',
    protocol: peer.protocol,
    peer: product === '' ? peer.endpoint : `${product} at ${peer.endpoint}`,
    alternative: 'connect to RabbitMQ over AMQP 0-9-1: amqps://… with ?amqp.version=0-9-1',
  })
}

function bindingOf(call: string, to: Binding['to'], from: string, options: BindingOptions): Binding {
  checkedName(to.kind, to.name)
  return { from: checkedName('exchange', from), to, ...bindingDefinition(call, options) }
}

/** The same for a binding whose headers were given in another order. */
function keyOf({ from, to, routingKey, arguments: table }: Binding): string {
  const entries = Object.entries(table).map(
    ([name, value]) => `${name}=${isTypedNumber(value) ? `${value.type} ${value.value}` : `${typeof value} ${value}`}`,
  )
  return `binding ${JSON.stringify([to.kind, to.name, from, routingKey, ...entries.sort()])}`
}
