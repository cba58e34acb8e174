import { InvalidDestinationError, InvalidOptionError } from '../errors.ts'
import type { Arguments, ExchangeDefinition, QueueDefinition } from '../interop/rabbitmq-objects.ts'
import type { PropertyInput } from '../message/message-data.ts'
import { isTypedNumber } from '../message/typed-number.ts'
import { parseOptions } from '../options/parse-options.ts'
import { argumentTable, checkForType, type QueueArguments, queueArgumentFields } from '../options/queue-arguments.ts'
import { boolean, kind, object, oneOf, optional, type Schema, string, withDefault } from '../options/schema.ts'

/** How exchanges, queues and bindings are described, and what of that makes sense. */

/** The types of exchange that every RabbitMQ has, and any that a plugin brings. */
export type ExchangeType = 'direct' | 'topic' | 'fanout' | 'headers' | 'x-consistent-hash' | (string & {})

/** How an exchange is declared. */
export interface ExchangeOptions {
  /** `direct`, `topic`, `fanout`, `headers`, or the type of a plugin, such as `x-consistent-hash`. */
  readonly type: ExchangeType
  /** Whether it survives a restart of the broker; true by default. */
  readonly durable?: boolean
  /** Whether it goes with its last binding; false by default. */
  readonly autoDelete?: boolean
  /** Whether only other exchanges can send to it; false by default. */
  readonly internal?: boolean
  /** The exchange that gets what none of its bindings takes; such a message is not unroutable. */
  readonly alternateExchange?: string
  /** Further arguments, as the broker names them: `{ 'hash-header': 'customer' }`. */
  readonly arguments?: Arguments
}

/** How a queue is declared. */
export interface QueueOptions extends QueueArguments {
  /** Whether it survives a restart of the broker; true by default. */
  readonly durable?: boolean
  /** Whether it is this connection's own, and goes with it; false by default. */
  readonly exclusive?: boolean
  /** Whether it goes with its last consumer; false by default. */
  readonly autoDelete?: boolean
  /** Further arguments, as the broker names them: `{ 'x-queue-leader-locator': 'balanced' }`. */
  readonly arguments?: Arguments
}

/** Which messages take a way from an exchange. */
export interface BindingOptions {
  /**
   * What the routing key of a message has to be for a direct exchange, the pattern for a topic exchange (`*` for one word, `#` for any
   * number of them), the weight for a consistent-hash exchange; empty by default.
   */
  readonly routingKey?: string
  /** Properties that a message has to have, for a headers exchange. Types count: `long(7)` is not `7`. */
  readonly headers?: Arguments
  /** Whether all `headers` have to match, or any of them; `all` by default. With `-with-x` also those that begin with `x-`. */
  readonly match?: 'all' | 'any' | 'all-with-x' | 'any-with-x'
  /** Further arguments, as the broker names them. */
  readonly arguments?: Arguments
}

/** When something is not to be deleted. */
export interface DeleteOptions {
  /** Only when nobody consumes from the queue, or nothing is bound to the exchange; false by default. */
  readonly ifUnused?: boolean
}

/** When a queue is not to be deleted. */
export interface DeleteQueueOptions extends DeleteOptions {
  /** Only when there are no messages in it; false by default. */
  readonly ifEmpty?: boolean
}

const LONGEST_NAME = 255
const encoder = new TextEncoder()

const argument = kind<PropertyInput>(
  'a boolean, a number, a bigint or a string',
  (value) => ['boolean', 'number', 'bigint', 'string'].includes(typeof value) || isTypedNumber(value),
)
const argumentsTable: Schema<Arguments> = (value) => {
  const shape = Object.fromEntries(Object.keys(Object(value)).map((name) => [name, argument]))
  return object(shape)(value) as Arguments
}
const flag = (otherwise: boolean): Schema<boolean> => withDefault(boolean, otherwise)

const exchangeOptions = object({
  type: string({ min: 1, max: LONGEST_NAME }),
  durable: flag(true),
  autoDelete: flag(false),
  internal: flag(false),
  alternateExchange: optional(string({ min: 1, max: LONGEST_NAME })),
  arguments: withDefault(argumentsTable, {}),
})

const queueOptions = object({
  ...queueArgumentFields,
  durable: flag(true),
  exclusive: flag(false),
  autoDelete: flag(false),
  arguments: withDefault(argumentsTable, {}),
})

const bindingOptions = object({
  routingKey: withDefault(string({ max: LONGEST_NAME }), ''),
  headers: optional(argumentsTable),
  match: optional(oneOf('all', 'any', 'all-with-x', 'any-with-x')),
  arguments: withDefault(argumentsTable, {}),
})

const deleteOptions = object({ ifUnused: flag(false) })
const deleteQueueOptions = object({ ifUnused: flag(false), ifEmpty: flag(false) })

/** @throws InvalidOptionError naming the option */
export function exchangeDefinition(options: ExchangeOptions): ExchangeDefinition {
  const { alternateExchange, arguments: further, ...rest } = parseOptions('declareExchange', exchangeOptions, options)
  const alternate = alternateExchange === undefined ? {} : { 'alternate-exchange': alternateExchange }
  return { ...rest, arguments: { ...further, ...alternate } }
}

/**
 * A quorum queue, unless something is asked for that only classic queues have.
 *
 * @throws InvalidOptionError naming the option
 */
export function queueDefinition(options: QueueOptions): QueueDefinition {
  const parsed = parseOptions('declareQueue', queueOptions, options)
  const { durable, exclusive, autoDelete, arguments: further } = parsed
  const isReplicable = durable && !exclusive && !autoDelete
  const type = parsed.type ?? (isReplicable && further['x-queue-type'] === undefined ? 'quorum' : undefined)
  if (type === 'quorum' && !isReplicable) {
    const name = durable ? (exclusive ? 'exclusive' : 'autoDelete') : 'durable'
    throw new InvalidOptionError(
      name,
      `declareQueue: the option ${name} is wrong: quorum queues stay, and are for all connections; give type: 'classic'`,
    )
  }
  if (further['x-queue-type'] === undefined) checkForType('declareQueue', '', type ?? 'classic', options)
  if (parsed.deadLetterRoutingKey !== undefined && parsed.deadLetterExchange === undefined) {
    throw new InvalidOptionError(
      'deadLetterRoutingKey',
      'declareQueue: the option deadLetterRoutingKey is wrong: it goes with a deadLetterExchange',
    )
  }
  return { durable, exclusive, autoDelete, arguments: { ...further, ...argumentTable({ ...parsed, type }) } }
}

/** @throws InvalidOptionError naming the option */
export function bindingDefinition(
  call: string,
  options: BindingOptions,
): { readonly routingKey: string; readonly arguments: Arguments } {
  const { routingKey, headers, match, arguments: further } = parseOptions(call, bindingOptions, options)
  const matching = headers === undefined && match === undefined ? {} : { 'x-match': match ?? 'all' }
  return { routingKey, arguments: { ...further, ...headers, ...matching } }
}

/** @throws InvalidOptionError naming the option */
export function deletion(call: string, options: DeleteOptions): { readonly ifUnused: boolean } {
  return parseOptions(call, deleteOptions, options)
}

/** @throws InvalidOptionError naming the option */
export function queueDeletion(options: DeleteQueueOptions): { readonly ifUnused: boolean; readonly ifEmpty: boolean } {
  return parseOptions('deleteQueue', deleteQueueOptions, options)
}

/** @throws InvalidDestinationError for what cannot be the name of an exchange or a queue */
export function checkedName(what: 'exchange' | 'queue', name: string): string {
  if (typeof name !== 'string' || name === '') {
    throw new InvalidDestinationError(`the ${what} needs a name; give a non-empty string`)
  }
  if (encoder.encode(name).length <= LONGEST_NAME) return name
  throw new InvalidDestinationError(
    `the name of the ${what} ${JSON.stringify(name.slice(0, 40))}… is longer than the ${LONGEST_NAME} bytes RabbitMQ allows; shorten it`,
  )
}
