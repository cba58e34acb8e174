import { InvalidDestinationError } from '../../errors.ts'
import {
  BROKER_HEADERS,
  CLIENT_HEADERS,
  CORRELATION_ID_HEADER,
  EXPIRATION_HEADER,
  GROUP_ID_HEADER,
  GROUP_SEQUENCE_HEADER,
  RABBITMQ_TYPES_HEADER,
  STOMP_HEADERS,
  TIMESTAMP_HEADER,
} from '../../interop/rabbitmq-headers.ts'
import { LONGEST_SHORTSTR } from '../../interop/rabbitmq-queues.ts'
import { destinationOfReplyTo } from '../../interop/rabbitmq-reply-to.ts'
import { hashWildcard, matchesTopic } from '../../interop/wildcards.ts'
import { type Destination, isTopic } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { Outcome } from '../../provider/provider.ts'
import type { ConsumerInfo, SubscriptionInfo } from '../../provider/resources.ts'
import {
  type Address,
  type Dialect,
  type DialectHeaders,
  type HeaderList,
  queueWindowing,
  type Settlement,
} from './dialect.ts'
import type { Frame, StompVersion } from './frame.ts'
import { headerLine } from './frame-encoder.ts'
import { integerOf } from './frame-values.ts'
import { RABBITMQ_CAPABILITIES } from './rabbitmq-capabilities.ts'

/** A queue that exists; `/queue/NAME` would declare it with arguments of its own. */
const QUEUE = '/amq/queue/'
const TOPIC = '/topic/'
/** Ways to write a destination: that of the plugin, and both of AMQP 1.0. */
const KNOWN_PATH = /^\/(?:queues?|amq\/queue|topic|exchanges?\/amq\.topic)\//
const SECOND = 1_000
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  text: 'text/plain; charset=utf-8',
  bytes: 'application/octet-stream',
}
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The queue of a topic consumer: gone with it, and nobody else's. */
const TOPIC_QUEUE_HEADERS: HeaderList = [
  ['durable', 'false'],
  ['auto-delete', 'true'],
  ['exclusive', 'true'],
]

const OWN_HEADERS: ReadonlySet<string> = new Set([...STOMP_HEADERS, ...BROKER_HEADERS, ...CLIENT_HEADERS])

/** What the topology has prepared, and the SUBSCRIBE frame has to say. */
export interface RabbitmqSources {
  /** The headers that lead to the queue of a subscription with a name. */
  headersOf(subscription: SubscriptionInfo): HeaderList
}

/** RabbitMQ (its STOMP plugin's guide): queues by name, topics as routing keys of the exchange amq.topic. */
export function rabbitmqDialect(
  product: string | undefined,
  version: string | undefined,
  subscriptions: RabbitmqSources,
): Dialect {
  const prefix = crypto.randomUUID()
  return {
    product,
    version,
    capabilities: RABBITMQ_CAPABILITIES,
    holdsBackPackets: false,
    typesHeader: RABBITMQ_TYPES_HEADER,
    messageIdHeader: 'amqp-message-id',
    correlationIdHeader: (id) => (isLong(id) ? CORRELATION_ID_HEADER : 'correlation-id'),
    isProperty: (name) => !OWN_HEADERS.has(name),
    targetOf: nameOf,
    replyToOf: (destination) => (isTopic(destination) ? nameOf(destination) : `/queue/${segment(destination)}`),
    destinationOf,
    writeHeaders,
    readHeaders,
    bodyOf,
    isBytes: ({ headers }) => !/^text\/|[+/]json$|[+/]xml$/.test(mediaType(headers.get('content-type'))),
    windowing: queueWindowing,
    sourceOf: (consumer, window) => sourceOf(consumer, window, subscriptions, prefix),
    isStray,
    settlement,
  }
}

/** JSON is an object, as with other protocols. */
function bodyOf({ headers, body }: Frame): Pick<MessageData, 'kind' | 'body'> | undefined {
  const isJson = /[/+]json$/.test(mediaType(headers.get('content-type')))
  return isJson && body.length > 0 ? { kind: 'object', body: decoder.decode(body) } : undefined
}

function mediaType(contentType: string | undefined): string {
  return contentType?.split(';')[0]?.trim().toLowerCase() ?? 'text/plain'
}

function nameOf(destination: Destination): string {
  if (isTopic(destination)) return TOPIC + hashWildcard(segment(destination))
  return QUEUE + segment(destination)
}

function segment({ kind, name }: Destination): string {
  if (isLong(name)) {
    throw new InvalidDestinationError(
      `the ${kind} name ${JSON.stringify(name.slice(0, 40))}… is longer than the ${LONGEST_SHORTSTR} bytes RabbitMQ allows; shorten it`,
    )
  }
  if (name.includes('%2F')) {
    throw new InvalidDestinationError(
      `the ${kind} name ${JSON.stringify(name)} has %2F in it, which RabbitMQ takes for a slash; choose another`,
    )
  }
  return name.replaceAll('/', '%2F')
}

/** The plugin puts `/reply-queue/` before what is no path, such as the name of a queue, which may have slashes in it. */
function destinationOf(text: string): Destination | undefined {
  const place = text.replace(/^\/reply-queue\//, '')
  return place.startsWith('/') && !KNOWN_PATH.test(place) ? undefined : destinationOfReplyTo(place)
}

function isLong(text: string): boolean {
  return text.length * 3 > LONGEST_SHORTSTR && encoder.encode(text).length > LONGEST_SHORTSTR
}

function writeHeaders(message: MessageData, now: number, version: StompVersion): string {
  const { kind, timestamp, expiration, groupId, groupSequence } = message
  let text = `content-type:${CONTENT_TYPES[kind] ?? 'application/json'}\n`
  if (timestamp !== undefined) text += `timestamp:${Math.floor(timestamp / SECOND)}\n${TIMESTAMP_HEADER}:${timestamp}\n`
  if (expiration !== undefined) {
    text += `expiration:${Math.max(1, expiration - now)}\n${EXPIRATION_HEADER}:${expiration}\n`
  }
  if (groupId !== undefined) text += headerLine(GROUP_ID_HEADER, groupId, version)
  if (groupSequence !== undefined) text += `${GROUP_SEQUENCE_HEADER}:${groupSequence}\n`
  return text
}

function readHeaders(headers: ReadonlyMap<string, string>, now: number): DialectHeaders {
  const seconds = integerOf(headers.get('timestamp'))
  const life = integerOf(headers.get('expiration'))
  return {
    timestamp: integerOf(headers.get(TIMESTAMP_HEADER)) ?? (seconds === undefined ? undefined : seconds * SECOND),
    expiration: integerOf(headers.get(EXPIRATION_HEADER)) ?? (life === undefined ? undefined : now + life),
    deliveryTime: undefined,
    correlationId: headers.get(CORRELATION_ID_HEADER),
    groupId: headers.get(GROUP_ID_HEADER),
    groupSequence: integerOf(headers.get(GROUP_SEQUENCE_HEADER)),
    userId: headers.get('user-id'),
  }
}

function sourceOf(consumer: ConsumerInfo, window: number, subscriptions: RabbitmqSources, prefix: string): Address {
  const { id, destination, subscription } = consumer
  const headers: HeaderList = [['prefetch-count', String(window)]]
  if (subscription !== undefined) {
    headers.push(...subscriptions.headersOf(subscription))
    return { destination: nameOf(destination), headers }
  }
  // A name of its own, so that a further subscription of the consumer takes from the same queue; RabbitMQ's prefix for them.
  if (isTopic(destination)) headers.push(['x-queue-name', `stomp-subscription-${prefix}-${id}`], ...TOPIC_QUEUE_HEADERS)
  return { destination: nameOf(destination), headers }
}

/** RabbitMQ goes on to bind the queue of a subscription to the topic that it had before. */
function isStray(message: MessageData, { subscription, destination }: ConsumerInfo): boolean {
  if (subscription === undefined || message.destination === undefined) return false
  return !matchesTopic(destination.name, message.destination.name)
}

function settlement(outcome: Outcome): Settlement {
  if (outcome === 'accepted') return { command: 'ACK', more: '' }
  // The consumer closes, and what it has goes back then: now it would come again at once, behind later ones.
  if (outcome === 'released') return { command: 'none' }
  return { command: 'NACK', more: `requeue:${outcome !== 'rejected'}\n` }
}
