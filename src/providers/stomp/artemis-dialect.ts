import { InvalidDestinationError } from '../../errors.ts'
import { MESSAGE_ID, TIMESTAMP } from '../../interop/client-headers.ts'
import { TYPES_HEADER } from '../../interop/types-header.ts'
import { hashWildcard } from '../../interop/wildcards.ts'
import { type Destination, type DestinationKind, isTemporary, isTopic } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import { ARTEMIS_CAPABILITIES } from './artemis-capabilities.ts'
import { artemisWindowing, sizeOfFrame } from './artemis-windows.ts'
import type { Address, Dialect, DialectHeaders, HeaderList } from './dialect.ts'
import type { Frame, StompVersion } from './frame.ts'
import { headerLine } from './frame-encoder.ts'
import { destinationNamed, integerOf, timeOf } from './frame-values.ts'

/** As JMS and core clients store where an answer goes; AMQP clients get it without the prefix. */
const REPLY_PREFIXES: readonly (readonly [prefix: string, kind: DestinationKind])[] = [
  ['queue://', 'queue'],
  ['topic://', 'topic'],
  ['temp-queue://', 'temporary-queue'],
  ['temp-topic://', 'temporary-topic'],
]

/** By it the broker knows a message that is sent again. */
const DUPLICATE_ID = '_AMQ_DUPL_ID'
const GROUP_ID = '_AMQ_GROUP_ID'
const DELIVERY_TIME = '_AMQ_SCHED_DELIVERY'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** What was said with the SEND frame comes back as properties, all of it. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  ...['destination', 'message-id', 'subscription', 'ack', 'receipt', 'content-length', 'content-type', 'transaction'],
  ...['correlation-id', 'reply-to', 'type', 'priority', 'persistent', 'timestamp', 'expires', 'redelivered'],
  ...['destination-type', 'ingress-timestamp', 'amqMessageId', 'JMSXUserID', 'JMSXGroupID', 'JMSXGroupSeq'],
  ...['AMQ_SCHEDULED_TIME', 'AMQ_SCHEDULED_DELAY', 'JMSReplyTo', 'JMSType', 'JMSCorrelationID', 'NATIVE_MESSAGE_ID'],
  ...[MESSAGE_ID, TIMESTAMP, TYPES_HEADER],
])

/** What the topology has found out, and the SUBSCRIBE frame has to say. */
export interface ArtemisSources {
  /** The selector in the broker's own words. */
  selectorOf(consumer: ConsumerInfo): string | undefined
  /** The headers that lead to the queue of a named subscription, and the name where that is another one. */
  subscriptionOf(consumer: ConsumerInfo): { readonly destination?: string; readonly headers: HeaderList }
}

/** ActiveMQ Artemis: addresses are plain names, headers tell queues from topics. */
export function artemisDialect(
  product: string | undefined,
  version: string | undefined,
  sources: ArtemisSources,
): Dialect {
  return {
    product,
    version,
    capabilities: ARTEMIS_CAPABILITIES,
    holdsBackPackets: false,
    // Its clean-up of a connection waits for a thread of its own; UNSUBSCRIBE is carried out before the next frame.
    takesBackLate: true,
    // That of its acceptors (webSocketMaxFramePayloadLength).
    largestWebSocketMessage: 65_536,
    typesHeader: TYPES_HEADER,
    messageIdHeader: MESSAGE_ID,
    correlationIdHeader: () => 'correlation-id',
    // JMS_AMQP_…: what the broker has made of a message of AMQP.
    isProperty: (name) => !OWN_HEADERS.has(name) && !/^(_AMQ_|__|JMS_AMQP_)/.test(name),
    bodyOf,
    targetOf: addressOf,
    replyToOf: (destination) => prefixOf(destination.kind) + addressOf(destination),
    destinationOf,
    writeHeaders,
    readHeaders,
    isBytes,
    windowing: artemisWindowing,
    sizeOf: sizeOfFrame,
    sourceOf: (consumer, window) => sourceOf(consumer, window, sources),
    // A NACK would be an ACK: it deletes the message.
    settlement: (outcome) => (outcome === 'accepted' ? { command: 'ACK', more: '' } : { command: 'none' }),
  }
}

/**
 * The address of a destination.
 *
 * @throws InvalidDestinationError for a name that would be more than an address
 */
export function addressOf({ kind, name }: Destination): string {
  if (name.includes('?') || name.includes('::')) {
    throw new InvalidDestinationError(
      `the ${kind} name ${JSON.stringify(name)} has ? or :: in it, which Artemis takes for more than a name; remove it`,
    )
  }
  return kind === 'topic' ? hashWildcard(name) : name
}

/** ANYCAST or MULTICAST, as the broker calls queues and topics. */
export function routingTypeOf(destination: Destination): 'ANYCAST' | 'MULTICAST' {
  return isTopic(destination) ? 'MULTICAST' : 'ANYCAST'
}

function prefixOf(kind: DestinationKind): string {
  return REPLY_PREFIXES.find(([, prefixed]) => prefixed === kind)?.[0] ?? ''
}

/** @param kind - what the message was consumed from; dead letters are no longer what the headers say */
function destinationOf(
  text: string,
  headers: ReadonlyMap<string, string>,
  kind: DestinationKind | undefined,
): Destination | undefined {
  if (kind !== undefined) return destinationNamed(kind, text)
  for (const [prefix, prefixed] of REPLY_PREFIXES) {
    if (text.startsWith(prefix)) return destinationNamed(prefixed, text.slice(prefix.length))
  }
  return destinationNamed(headers.get('destination-type') === 'MULTICAST' ? 'topic' : 'queue', text)
}

/**
 * A queue or topic is made by the message that needs it. A temporary one is not: who answers too late makes nothing that
 * stays, because an address of which nothing is said is made without a queue.
 */
function writeHeaders(message: MessageData, _: number, version: StompVersion): string {
  const { destination, messageId, timestamp, expiration, deliveryTime, groupId, groupSequence } = message
  let text = ''
  if (destination !== undefined && !isTemporary(destination)) text += `destination-type:${routingTypeOf(destination)}\n`
  // The broker sets a timestamp of its own, when it gets the message.
  if (timestamp !== undefined) text += `${TIMESTAMP}:${timestamp}\n`
  if (expiration !== undefined) text += `expires:${expiration}\n`
  if (deliveryTime !== undefined) text += `AMQ_SCHEDULED_TIME:${deliveryTime}\n`
  if (groupId !== undefined) text += headerLine('JMSXGroupID', groupId, version)
  if (groupSequence !== undefined) text += `JMSXGroupSeq:${groupSequence}\n`
  if (messageId !== undefined && message.deliveryMode === 'persistent') {
    text += headerLine(DUPLICATE_ID, messageId, version)
  }
  return text
}

function readHeaders(headers: ReadonlyMap<string, string>): DialectHeaders {
  return {
    timestamp: timeOf(headers.get(TIMESTAMP)) ?? timeOf(headers.get('timestamp')),
    expiration: timeOf(headers.get('expires')),
    correlationId: undefined,
    deliveryTime: timeOf(headers.get(DELIVERY_TIME)),
    groupId: headers.get(GROUP_ID) ?? headers.get('JMSXGroupID'),
    groupSequence: integerOf(headers.get('JMSXGroupSeq') ?? headers.get('_AMQ_GROUP_SEQUENCE')),
    userId: headers.get('JMSXUserID'),
  }
}

/** The kind of a message that came by AMQP. */
function bodyOf({ headers, body }: Frame): Pick<MessageData, 'kind' | 'body'> | undefined {
  if (headers.get('JMS_AMQP_MA_x-opt-jms-msg-type') === '0' && body.length === 0) {
    return { kind: 'empty', body: undefined }
  }
  const isJson = headers.get('JMS_AMQP_ContentType') === 'application/json'
  return isJson ? { kind: 'object', body: decoder.decode(body) } : undefined
}

/** Every frame has a `content-length`; that of bytes stands before the message id, that of text behind. Nothing has 0 of bytes only. */
function isBytes({ headers }: Frame): boolean {
  for (const name of headers.keys()) {
    if (name === 'content-length') return true
    if (name === 'message-id') break
  }
  return headers.get('content-length') === '0'
}

function sourceOf(consumer: ConsumerInfo, window: number, sources: ArtemisSources): Address {
  const { destination, headers: named } = sources.subscriptionOf(consumer)
  const headers: HeaderList = [
    ['subscription-type', routingTypeOf(consumer.destination)],
    ['consumer-window-size', String(window)],
    ...named,
  ]
  const selector = sources.selectorOf(consumer)
  if (selector !== undefined) headers.push(['selector', selector])
  if (consumer.noLocal) headers.push(['no-local', 'true'])
  return { destination: destination ?? addressOf(consumer.destination), headers }
}
