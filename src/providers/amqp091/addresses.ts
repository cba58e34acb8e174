import { Buffer } from 'node:buffer'
import { InvalidDestinationError } from '../../errors.ts'
import { LONGEST_SHORTSTR, TOPIC_EXCHANGE } from '../../interop/rabbitmq-queues.ts'
import { destinationNamed } from '../../interop/rabbitmq-reply-to.ts'
import { type Destination, isTopic } from '../../message/destination.ts'
import { isExchange } from '../../message/exchange.ts'
import { refuseExchange } from '../../message/jms-kind.ts'

/** Where a message is published to. */
export interface Route {
  readonly exchange: string
  readonly routingKey: string
}

const TOPIC_ADDRESS = `/exchanges/${TOPIC_EXCHANGE}/`

/**
 * A queue is the routing key of the default exchange, a topic one of amq.topic.
 *
 * @throws InvalidDestinationError for a name that is too long for the protocol
 */
export function routeOf(destination: Destination): Route {
  requireShort(destination.kind, destination.name)
  if (isExchange(destination)) {
    requireShort('routing key', destination.routingKey)
    return { exchange: destination.name, routingKey: destination.routingKey }
  }
  return { exchange: isTopic(destination) ? TOPIC_EXCHANGE : '', routingKey: destination.name }
}

/**
 * How `reply_to` names it: a queue as every client does, a topic by its address of AMQP 1.0.
 *
 * @throws InvalidDestinationError for an exchange, which other clients would take for a queue
 */
export function replyToOf(destination: Destination): string {
  refuseExchange(destination)
  return isTopic(destination) ? TOPIC_ADDRESS + encodeURIComponent(destination.name) : destination.name
}

/** The destination that a message was published to; undefined for other exchanges than ours. */
export function destinationOfRoute(exchange: string, routingKey: string): Destination | undefined {
  if (exchange === '') return remembered(queues, 'queue', routingKey)
  return exchange === TOPIC_EXCHANGE ? remembered(topics, 'topic', routingKey) : undefined
}

type Known = Map<string, Destination | undefined>
/** Destinations that nearly every message has in common with an earlier one. */
const queues: Known = new Map()
const topics: Known = new Map()
const MOST_REMEMBERED = 256

function remembered(known: Known, kind: 'queue' | 'topic', name: string): Destination | undefined {
  const found = known.get(name)
  if (found !== undefined) return found
  if (known.size >= MOST_REMEMBERED) known.clear()
  const destination = destinationNamed(kind, name)
  known.set(name, destination)
  return destination
}

function requireShort(what: string, name: string): void {
  if (name.length * 3 <= LONGEST_SHORTSTR || Buffer.byteLength(name) <= LONGEST_SHORTSTR) return
  throw new InvalidDestinationError(
    `the ${what} ${JSON.stringify(name.slice(0, 40))}… is longer than the ${LONGEST_SHORTSTR} bytes RabbitMQ allows; shorten it`,
  )
}
