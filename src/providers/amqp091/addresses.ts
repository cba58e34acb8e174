import { Buffer } from 'node:buffer'
import { InvalidDestinationError } from '../../errors.ts'
import { RABBITMQ_TEMPORARY_PREFIX } from '../../interop/rabbitmq-names.ts'
import { LONGEST_SHORTSTR, TOPIC_EXCHANGE } from '../../interop/rabbitmq-queues.ts'
import { type Destination, holdsControlCharacter, isTopic, makeDestination } from '../../message/destination.ts'

/** Where a message is published to. */
export interface Route {
  readonly exchange: string
  readonly routingKey: string
}

/** A topic as other protocols on RabbitMQ name it: STOMP, and both versions of addresses of AMQP 1.0. */
const TOPIC_FORM = /^(?:\/topic\/|\/exchange\/amq\.topic\/|\/exchanges\/amq\.topic\/)(.+)$/s
const QUEUE_FORM = /^(?:\/queues\/|\/queue\/|\/amq\/queue\/)([^/]+)$/
const TOPIC_ADDRESS = `/exchanges/${TOPIC_EXCHANGE}/`

/**
 * A queue is the routing key of the default exchange, a topic one of amq.topic.
 *
 * @throws InvalidDestinationError for a name that is too long for the protocol
 */
export function routeOf(destination: Destination): Route {
  requireShort(destination)
  return { exchange: isTopic(destination) ? TOPIC_EXCHANGE : '', routingKey: destination.name }
}

/** How `reply_to` names it: a queue as every client does, a topic by its address of AMQP 1.0. */
export function replyToOf(destination: Destination): string {
  return isTopic(destination) ? TOPIC_ADDRESS + encodeURIComponent(destination.name) : destination.name
}

/** The destination that a message was published to; undefined for other exchanges than ours. */
export function destinationOfRoute(exchange: string, routingKey: string): Destination | undefined {
  if (exchange === '') return destinationOf('queue', routingKey)
  return exchange === TOPIC_EXCHANGE ? destinationOf('topic', routingKey) : undefined
}

/** The destination behind `reply_to`; undefined when it is none. */
export function destinationOfReplyTo(text: string): Destination | undefined {
  const topic = TOPIC_FORM.exec(text)?.[1]
  if (topic !== undefined) return destinationOf('topic', unescaped(topic))
  const queue = QUEUE_FORM.exec(text)?.[1]
  return destinationOf('queue', queue === undefined ? text : unescaped(queue))
}

export function destinationOf(kind: 'queue' | 'topic', name: string): Destination | undefined {
  if (name === '' || holdsControlCharacter(name)) return undefined
  return makeDestination(name.startsWith(RABBITMQ_TEMPORARY_PREFIX) ? `temporary-${kind}` : kind, name)
}

function requireShort({ kind, name }: Destination): void {
  if (name.length * 3 <= LONGEST_SHORTSTR || Buffer.byteLength(name) <= LONGEST_SHORTSTR) return
  throw new InvalidDestinationError(
    `the ${kind} name ${JSON.stringify(name.slice(0, 40))}… is longer than the ${LONGEST_SHORTSTR} bytes RabbitMQ allows; shorten it`,
  )
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
