import { InvalidDestinationError } from '../../errors.ts'
import { DELIVERY_TIME, GROUP_ID, GROUP_SEQUENCE, MESSAGE_ID } from '../../interop/client-headers.ts'
import { TYPES_HEADER } from '../../interop/types-header.ts'
import { type Destination, type DestinationKind, isTopic } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import { part } from '../../part.ts'
import type { Outcome } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import { ACTIVEMQ_CAPABILITIES } from './activemq-capabilities.ts'
import { checkHead } from './activemq-head.ts'
import type { RecognisedBroker } from './broker-profile.ts'
import type { Address, Dialect, DialectHeaders, HeaderList, Settlement, Windowing } from './dialect.ts'
import type { Frame, StompVersion } from './frame.ts'
import { headerLine } from './frame-encoder.ts'
import { destinationNamed, integerOf, timeOf } from './frame-values.ts'
import { decodeJavaText, hasHalves } from './java-text.ts'
import type { TemporaryAliases } from './temporary-aliases.ts'

const maps = part('maps of ActiveMQ', () => import('./xstream-map.ts'))
/** There once a map has come. */
let decodeMap: ((json: string) => unknown) | undefined

const PREFIXES: readonly (readonly [prefix: string, kind: DestinationKind])[] = [
  ['/queue/', 'queue'],
  ['/topic/', 'topic'],
  ['/remote-temp-queue/', 'temporary-queue'],
  ['/remote-temp-topic/', 'temporary-topic'],
]

/** Messages of a durable subscription that an application may hold on to. */
const DURABLE_WINDOW = 1_000
/** Says that the body is a message of AMQP as it came. */
const AMQP_NATIVE = 'JMS_AMQP_NATIVE'
const DELAY = 'AMQ_SCHEDULED_DELAY'

const OWN_HEADERS: ReadonlySet<string> = new Set([
  ...['destination', 'message-id', 'subscription', 'ack', 'receipt', 'content-length', 'content-type', 'transaction'],
  ...['correlation-id', 'reply-to', 'type', 'priority', 'persistent', 'timestamp', 'expires', 'redelivered'],
  ...['original-destination', 'browser', 'transformation', 'transformation-error', 'amq-msg-type', DELAY],
  ...['AMQ_SCHEDULED_PERIOD', 'AMQ_SCHEDULED_REPEAT', 'AMQ_SCHEDULED_CRON', 'scheduledJobId'],
  ...['JMSXGroupID', 'JMSXGroupSeq', 'JMSXUserID', GROUP_ID, GROUP_SEQUENCE, DELIVERY_TIME, MESSAGE_ID, TYPES_HEADER],
])

/** What is known of the broker when it is recognised. */
export type ActivemqFacts = Pick<RecognisedBroker, 'product' | 'version' | 'transformation' | 'loadAmqpReader'>

/** ActiveMQ Classic (its own documentation of STOMP, and its source where that is silent). */
export function activemqDialect(
  { product, version, transformation, loadAmqpReader }: ActivemqFacts,
  aliases: TemporaryAliases,
): Dialect {
  return {
    product,
    version,
    capabilities: ACTIVEMQ_CAPABILITIES,
    holdsBackPackets: true,
    // That of Jetty.
    largestWebSocketMessage: 65_536,
    typesHeader: TYPES_HEADER,
    messageIdHeader: MESSAGE_ID,
    correlationIdHeader: () => 'correlation-id',
    readerOf: ({ headers }) =>
      headers.has(AMQP_NATIVE) ? loadAmqpReader?.() : isMap(headers) ? loadMaps() : undefined,
    // JMS_AMQP_…: what the broker has made of a message of AMQP.
    isProperty: (name) => !OWN_HEADERS.has(name) && !name.startsWith('JMS_AMQP_'),
    bodyOf,
    targetOf: (destination) => nameOf(destination, aliases),
    replyToOf: (destination) => nameOf(destination, aliases),
    destinationOf: (text) => destinationOf(text, aliases),
    writeHeaders,
    readHeaders,
    checkHead,
    garbles: hasHalves,
    isBytes: ({ headers }) => headers.has('content-length'),
    windowing,
    sourceOf: (consumer, window) => sourceOf(consumer, window, transformation, aliases),
    settlement,
  }
}

function nameOf({ kind, name }: Destination, aliases: TemporaryAliases): string {
  if (name.trim() !== name || name === '') {
    throw new InvalidDestinationError(
      `the ${kind} name ${JSON.stringify(name)} begins or ends with a space, which ActiveMQ takes off; remove it`,
    )
  }
  switch (kind) {
    case 'queue':
      return `/queue/${name}`
    case 'topic':
      return `/topic/${name}`
    default: {
      const short = kind === 'temporary-queue' ? 'temp-queue' : 'temp-topic'
      const alias = aliases.aliasOf(name)
      return alias === undefined ? `/remote-${short}/${name}` : `/${short}/${alias}`
    }
  }
}

function destinationOf(text: string, aliases: TemporaryAliases): Destination | undefined {
  for (const [prefix, kind] of PREFIXES) {
    if (text.startsWith(prefix)) return destinationNamed(kind, text.slice(prefix.length))
  }
  const own = /^\/temp-(queue|topic)\/(.+)$/.exec(text)
  if (own === null) return undefined
  const name = aliases.nameOf(own[2] ?? '')
  return destinationNamed(own[1] === 'queue' ? 'temporary-queue' : 'temporary-topic', name ?? '')
}

function writeHeaders(message: MessageData, now: number, version: StompVersion, isBytes: boolean): string {
  const { timestamp, expiration, deliveryTime, groupId, groupSequence } = message
  let text = isBytes ? '' : 'amq-msg-type:text\n'
  if (timestamp !== undefined) text += `timestamp:${timestamp}\n`
  if (expiration !== undefined) text += `expires:${expiration}\n`
  if (deliveryTime !== undefined) {
    text += `${DELAY}:${Math.max(1, deliveryTime - now)}\n${DELIVERY_TIME}:${deliveryTime}\n`
  }
  if (groupId !== undefined)
    text += headerLine('JMSXGroupID', groupId, version) + headerLine(GROUP_ID, groupId, version)
  if (groupSequence !== undefined) text += `JMSXGroupSeq:${groupSequence}\n${GROUP_SEQUENCE}:${groupSequence}\n`
  return text
}

function readHeaders(headers: ReadonlyMap<string, string>): DialectHeaders {
  return {
    timestamp: timeOf(headers.get('timestamp')),
    expiration: timeOf(headers.get('expires')),
    correlationId: undefined,
    deliveryTime: timeOf(headers.get(DELIVERY_TIME)),
    groupId: headers.get(GROUP_ID),
    groupSequence: integerOf(headers.get(GROUP_SEQUENCE)),
    userId: headers.get('JMSXUserID'),
  }
}

function sourceOf(
  consumer: ConsumerInfo,
  window: number,
  transformation: string | undefined,
  aliases: TemporaryAliases,
): Address {
  const headers: HeaderList = [['activemq.prefetchSize', String(window)]]
  // The broker notes it in each message that it delivers, while that may be on its way to the store, which then misses all
  // properties (5.18, StompSubscription.onMessageDispatch). So it is for those who ask for it.
  if (transformation !== undefined) headers.push(['transformation', transformation])
  if (consumer.selector !== undefined) headers.push(['selector', consumer.selector])
  if (consumer.noLocal) headers.push(['activemq.noLocal', 'true'])
  if (consumer.browser) headers.push(['browser', 'true'])
  if (consumer.subscription !== undefined && isTopic(consumer.destination)) {
    headers.push(['activemq.subscriptionName', consumer.subscription.name])
  }
  return { destination: nameOf(consumer.destination, aliases), headers }
}

/** Whether a map of a JMS client was turned into JSON. */
function isMap(headers: ReadonlyMap<string, string>): boolean {
  return headers.get('transformation') === 'jms-map-json'
}

/** Undefined once what decodes them is there. */
function loadMaps(): Promise<unknown> | undefined {
  if (decodeMap !== undefined) return undefined
  return Promise.resolve(
    maps(({ decodeXstreamMap }) => {
      decodeMap = decodeXstreamMap
    }),
  )
}

/** The kind of a message that came by AMQP, or of a map that was asked for as JSON. */
function bodyOf({ headers, body }: Frame): Pick<MessageData, 'kind' | 'body'> | undefined {
  if (isMap(headers)) {
    const map = decodeMap?.(decodeJavaText(body))
    if (map !== undefined) return { kind: 'map', body: map }
  }
  if (headers.get('JMS_AMQP_MA_x-opt-jms-msg-type') === '0' && body.length === 0)
    return { kind: 'empty', body: undefined }
  if (headers.get('JMS_AMQP_ContentType') === 'application/json' && !headers.has('content-length')) {
    return { kind: 'object', body: decodeJavaText(body) }
  }
  return headers.has('content-length') ? undefined : { kind: 'text', body: decodeJavaText(body) }
}

/** A topic keeps nothing for a subscription that is not durable, so what it has sent need not wait for a settlement. */
function windowing(consumer: ConsumerInfo): Windowing {
  const { prefetch, destination, session, subscription, browser } = consumer
  const mode = session.acknowledgeMode
  // What is acknowledged one by one, as it is handled, never holds up the window.
  const mayHoldUp = mode === 'client' || mode === 'transacted' || mode === 'individual'
  const isEarly = browser || (mayHoldUp && isTopic(destination) && subscription === undefined)
  const isOnly = isTopic(destination)
  const isLarge = mayHoldUp && isOnly && !isEarly
  // Acknowledgements in a transaction let the broker give a message to a window that turns out to be full: it comes behind
  // those that others get meanwhile. So there is one, as long as an application holds no more than the prefetch.
  const isDouble = mode === 'transacted' && prefetch > 0
  const size = Math.max(isDouble ? 2 * prefetch : 1, prefetch, isLarge ? DURABLE_WINDOW : 0)
  return { first: [size], further: isOnly ? undefined : () => size, isEarly }
}

function settlement(outcome: Outcome): Settlement {
  switch (outcome) {
    case 'accepted':
      return { command: 'ACK', more: '' }
    case 'rejected':
      return { command: 'NACK', more: '' }
    default:
      return { command: 'none' }
  }
}
