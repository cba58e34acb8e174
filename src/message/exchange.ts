import { InvalidDestinationError, InvalidOptionError } from '../errors.ts'
import { type BodySchema, type Destination, makeDestination } from './destination.ts'

/** An exchange of RabbitMQ with a routing key: a place to send to, and not to consume from. */
export interface Exchange<T = unknown> extends Destination<T> {
  /** Always `exchange`. */
  readonly kind: 'exchange'
  /** What its bindings are compared with; empty where they look at something else. */
  readonly routingKey: string
  /** Whether a message that no queue gets is an error. */
  readonly mandatory: boolean
}

/** Options of {@link exchange}. */
export interface ExchangeTargetOptions<T = unknown> {
  /** Whether a message that no queue gets is an `InvalidDestinationError`; true by default. With false the broker drops it. */
  readonly mandatory?: boolean
  /** Checks bodies when they are sent. */
  readonly schema?: BodySchema<T>
}

/**
 * An exchange of this name, to send to with this routing key: an immutable value, made without a connection.
 *
 * @param routingKey empty by default, as fanout and headers exchanges have no use for it
 * @example await connection.send(exchange('invoices', 'eu.paid'), { id: 7 })
 * @throws InvalidDestinationError when the name is empty, or one of both holds a control character
 * @throws InvalidOptionError for a schema that does not follow Standard Schema
 */
export function exchange<T = unknown>(
  name: string,
  routingKey = '',
  { mandatory = true, schema }: ExchangeTargetOptions<T> = {},
): Exchange<T> {
  if (typeof routingKey !== 'string') {
    throw new InvalidDestinationError(`the routing key of exchange ${name} is no text; give a string`)
  }
  if (typeof mandatory !== 'boolean') {
    throw new InvalidOptionError('mandatory', 'exchange: the option mandatory is wrong: expected a boolean')
  }
  if (routingKey !== '') makeDestination('exchange', routingKey)
  return Object.freeze({ ...makeDestination('exchange', name, schema), routingKey, mandatory })
}

export function isExchange(destination: Destination): destination is Exchange {
  return destination.kind === 'exchange'
}
