import { ByteCache } from '../../collections/byte-cache.ts'
import { setOwn } from '../../collections/set-own.ts'
import { isBrokerProperty } from '../../interop/broker-properties.ts'
import { restoreLoss } from '../../interop/lost-properties.ts'
import {
  CORRELATION_ID_HEADER,
  EXPIRATION_HEADER,
  RABBITMQ_TYPES_HEADER,
  TIMESTAMP_HEADER,
} from '../../interop/rabbitmq-headers.ts'
import { TOPIC_EXCHANGE } from '../../interop/rabbitmq-queues.ts'
import { destinationNamed } from '../../interop/rabbitmq-reply-to.ts'
import { isStompBorn, stompBorn } from '../../interop/stomp-born.ts'
import { bodyOfTypes, decodeTypes } from '../../interop/types-header.ts'
import type { Destination } from '../../message/destination.ts'
import type { MessageData, PropertyValue } from '../../message/message-data.ts'
import { inferNumericType, type NumericType } from '../../message/typed-number.ts'
import { addressCacheOf } from './address-cache.ts'
import * as annotations from './annotations.ts'
import { type BodySections, type DecodedBody, decodeBody, validText } from './body-decode.ts'
import { AmqpReader } from './codec/reader.ts'
import * as code from './codec/type-codes.ts'
import type { DecodedMessage, MappingContext } from './mapping-context.ts'
import { readCorrelationId, readMessageId } from './message-id.ts'
import { BASIC_TYPE } from './other-protocols.ts'

const DEFAULT_PRIORITY = 4
const HIGHEST_PRIORITY = 9
const EXCHANGE = 'x-exchange'
const ROUTING_KEY = 'x-routing-key'
/** Headers of STOMP frames that RabbitMQ hands over as if they were properties. */
const LEFT_BY_STOMP: ReadonlySet<string> = new Set(['receipt', 'content-length'])
const NO_PROPERTIES: Readonly<Record<string, never>> = Object.freeze({})

interface PropertyName {
  readonly name: string
  readonly noise: boolean
  /** Whether it tells that a polymq client sent the message over STOMP. */
  readonly isStompBorn: boolean
}

const names = new ByteCache<string>((name) => name)
const propertyNames = new ByteCache<PropertyName>((name) => ({
  name,
  noise: isBrokerProperty(name),
  isStompBorn: isStompBorn(name),
}))

/** The sections of a message while they are read, in the order in which they come. */
class Draft implements BodySections {
  durable = false
  priority = DEFAULT_PRIORITY
  ttl: number | undefined
  firstAcquirer: boolean | undefined
  deliveryCount: number | undefined

  messageType: number | undefined
  destinationKind: number | undefined
  replyToKind: number | undefined
  deliveryTime: number | undefined
  /** Where RabbitMQ says that it came in: clients of its other protocols say no address. */
  exchange: string | undefined
  routingKey: string | undefined
  /** What a client of another protocol of the broker said. */
  typesOfOthers: string | undefined
  typeOfOthers: string | undefined
  timestampOfOthers: number | undefined
  expirationOfOthers: number | undefined
  correlationIdOfOthers: string | undefined
  /** Whether the broker is one that has other protocols, too. */
  readonly hasOthers: boolean

  messageId: string | undefined
  userId: string | undefined
  /** Extents of the addresses: whose they are is known only with the annotations. */
  toStart = -1
  toEnd = -1
  replyToStart = -1
  replyToEnd = -1
  type: string | undefined
  correlationId: string | undefined
  contentType: string | undefined
  expiration: number | undefined
  timestamp: number | undefined
  groupId: string | undefined
  groupSequence: number | undefined

  properties: Record<string, PropertyValue> | undefined
  propertyTypes: Record<string, NumericType> | undefined
  isStompBorn = false

  form: BodySections['form'] = 'none'
  readonly positions: number[] = []

  constructor(hasOthers: boolean) {
    this.hasOthers = hasOthers
  }
}

/**
 * The message in a received payload. Nothing of the payload is kept: its buffer may be used again.
 *
 * @param consumedFrom the destination when the message names none that is understood
 * @throws MessageFormatError, and nothing else, when the payload is no AMQP message
 */
export function decodeMessage(payload: Uint8Array, context: MappingContext, consumedFrom: Destination): DecodedMessage {
  const reader = new AmqpReader(payload)
  const draft = new Draft(context.losesTypes === true)
  while (!reader.done) readSection(reader, draft)
  return assemble(reader, draft, context, consumedFrom)
}

function readSection(reader: AmqpReader, draft: Draft): void {
  switch (reader.section()) {
    case code.HEADER:
      return readHeader(reader, draft)
    case code.MESSAGE_ANNOTATIONS:
      return readAnnotations(reader, draft)
    case code.PROPERTIES:
      return readProperties(reader, draft)
    case code.APPLICATION_PROPERTIES:
      return readApplicationProperties(reader, draft)
    case code.DATA: {
      const start = reader.binaryExtent()
      beginBody(draft, 'data')
      draft.positions.push(start, reader.offset)
      return
    }
    case code.AMQP_SEQUENCE:
      beginBody(draft, 'sequence')
      draft.positions.push(reader.offset)
      return reader.skip()
    case code.AMQP_VALUE:
      beginBody(draft, 'value')
      draft.positions[0] = reader.offset
      return reader.skip()
    default:
      // Delivery annotations and the footer are between peers; anything unknown is not for us.
      return reader.skip()
  }
}

function beginBody(draft: Draft, form: BodySections['form']): void {
  if (draft.form === form) return
  draft.form = form
  draft.positions.length = 0
}

function readHeader(reader: AmqpReader, draft: Draft): void {
  const limit = reader.limit
  const count = reader.enterList()
  if (count > 0) draft.durable = reader.boolean() === true
  if (count > 1) draft.priority = Math.min(Math.max(reader.integer() ?? DEFAULT_PRIORITY, 0), HIGHEST_PRIORITY)
  if (count > 2) draft.ttl = reader.integer()
  if (count > 3) draft.firstAcquirer = reader.boolean()
  if (count > 4) draft.deliveryCount = reader.integer()
  reader.leave(limit)
}

function readAnnotations(reader: AmqpReader, draft: Draft): void {
  const limit = reader.limit
  for (let left = reader.enterMap(); left > 0; left--) {
    switch (reader.cachedText(names)) {
      case annotations.MESSAGE_TYPE:
        draft.messageType = reader.integer()
        break
      case annotations.DESTINATION_TYPE:
        draft.destinationKind = reader.integer()
        break
      case annotations.REPLY_TO_TYPE:
        draft.replyToKind = reader.integer()
        break
      case annotations.DELIVERY_TIME:
        draft.deliveryTime = reader.integer()
        break
      case EXCHANGE:
        draft.exchange = reader.cachedText(names)
        break
      case ROUTING_KEY:
        draft.routingKey = reader.text()
        break
      case RABBITMQ_TYPES_HEADER:
        draft.typesOfOthers = reader.text()
        break
      case BASIC_TYPE:
        draft.typeOfOthers = reader.text()
        break
      case TIMESTAMP_HEADER:
        draft.timestampOfOthers = integerOf(reader.value())
        break
      case EXPIRATION_HEADER:
        draft.expirationOfOthers = integerOf(reader.value())
        break
      case CORRELATION_ID_HEADER:
        draft.correlationIdOfOthers = reader.text()
        break
      default:
        reader.skip()
    }
  }
  reader.leave(limit)
}

/** The fields of AMQP 1.0 §3.2.4 in their order. */
function readProperties(reader: AmqpReader, draft: Draft): void {
  const limit = reader.limit
  const count = reader.enterList()
  if (count > 0) draft.messageId = readMessageId(reader)
  if (count > 1) draft.userId = reader.utf8()
  if (count > 2) {
    draft.toStart = reader.textExtent()
    draft.toEnd = reader.offset
  }
  if (count > 3) draft.type = reader.text()
  if (count > 4) {
    draft.replyToStart = reader.textExtent()
    draft.replyToEnd = reader.offset
  }
  if (count > 5) draft.correlationId = readCorrelationId(reader)
  if (count > 6) draft.contentType = reader.cachedText(names)
  if (count > 7) reader.skip()
  if (count > 8) draft.expiration = reader.integer()
  if (count > 9) draft.timestamp = reader.integer()
  if (count > 10) draft.groupId = reader.text()
  if (count > 11) draft.groupSequence = reader.integer()
  reader.leave(limit)
}

function readApplicationProperties(reader: AmqpReader, draft: Draft): void {
  const limit = reader.limit
  const properties: Record<string, PropertyValue> = {}
  draft.properties = properties
  for (let left = reader.enterMap(); left > 0; left--) {
    const key = reader.cachedText(propertyNames)
    if (key === undefined || key.noise) {
      reader.skip()
      continue
    }
    if (key.isStompBorn) draft.isStompBorn = true
    const constructor = reader.peek()
    let value = reader.value()
    if (draft.hasOthers) {
      if (LEFT_BY_STOMP.has(key.name)) continue
      // RabbitMQ makes bytes of a text of more than 4,096.
      if (value instanceof Uint8Array) value = validText(value) ?? value
    }
    // A JMS property has no null, bytes, list or map.
    if (value === null || typeof value === 'object') continue
    setOwn(properties, key.name, value)
    if (typeof value !== 'number') continue
    const type = numericTypeOf(constructor)
    if (type === undefined || type === inferNumericType(value)) continue
    draft.propertyTypes ??= {}
    setOwn(draft.propertyTypes, key.name, type)
  }
  reader.leave(limit)
}

/** The JMS type of an AMQP number; undefined where the value decides, as for unsigned ones that JMS lacks. */
function numericTypeOf(constructor: number): NumericType | undefined {
  switch (constructor) {
    case code.BYTE:
      return 'byte'
    case code.SHORT:
      return 'short'
    case code.LONG:
    case code.SMALL_LONG:
    case code.TIMESTAMP:
      return 'long'
    case code.FLOAT:
    case code.DECIMAL_32:
      return 'float'
    case code.DOUBLE:
    case code.DECIMAL_64:
    case code.DECIMAL_128:
      return 'double'
    default:
      return undefined
  }
}

function assemble(
  reader: AmqpReader,
  draft: Draft,
  context: MappingContext,
  consumedFrom: Destination,
): DecodedMessage {
  const destination = destinationAt(reader, context, draft.destinationKind, draft.toStart, draft.toEnd)
  const replyTo = destinationAt(reader, context, draft.replyToKind, draft.replyToStart, draft.replyToEnd)
  const { kind, body } = bodyOf(reader, draft)
  const message: MessageData = {
    kind,
    body,
    messageId: draft.messageId,
    correlationId: draft.correlationId ?? draft.correlationIdOfOthers,
    destination: destination ?? destinationOfRoute(draft) ?? consumedFrom,
    replyTo,
    type: draft.type ?? draft.typeOfOthers,
    timestamp: draft.timestampOfOthers ?? unlessZero(draft.timestamp),
    expiration: expirationOf(draft),
    deliveryTime: unlessZero(draft.deliveryTime),
    deliveryMode: draft.durable ? 'persistent' : 'non-persistent',
    priority: draft.priority,
    userId: draft.userId === '' ? undefined : draft.userId,
    groupId: draft.groupId,
    groupSequence: groupSequenceOf(draft),
    properties: draft.properties ?? NO_PROPERTIES,
    propertyTypes: draft.propertyTypes,
  }
  const failures = draft.deliveryCount ?? (wasAcquiredBefore(draft, context) ? 1 : 0)
  return {
    message: draft.isStompBorn ? stompBorn(message) : message,
    redelivered: failures > 0,
    deliveryCount: failures + 1,
  }
}

function destinationOfRoute({ hasOthers, exchange, routingKey }: Draft): Destination | undefined {
  if (!hasOthers || routingKey === undefined) return undefined
  if (exchange === '') return destinationNamed('queue', routingKey)
  return exchange === TOPIC_EXCHANGE ? destinationNamed('topic', routingKey) : undefined
}

/** As the message says; where a client of another protocol sent it, as that says. */
function bodyOf(reader: AmqpReader, draft: Draft): DecodedBody {
  const decoded = decodeBody(reader, draft, draft.messageType, draft.contentType)
  if (draft.typesOfOthers === undefined) return decoded
  const types = decodeTypes(draft.typesOfOthers)
  restoreLoss(draft, types)
  const { body } = decoded
  return (typeof body === 'string' && draft.messageType === undefined ? bodyOfTypes(types, body) : undefined) ?? decoded
}

/** Also from text: STOMP has nothing else. */
function integerOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

function destinationAt(
  reader: AmqpReader,
  context: MappingContext,
  annotation: number | undefined,
  start: number,
  end: number,
): Destination | undefined {
  if (start < 0) return undefined
  const known = annotation !== undefined && annotation >= 0 && annotation < annotations.DESTINATION_KINDS.length
  return addressCacheOf(context).destinations[known ? annotation + 1 : 0]?.get(reader.bytes, start, end)
}

/** Some senders write 0 for "not set", as Qpid Proton does. */
function unlessZero(time: number | undefined): number | undefined {
  return time === 0 ? undefined : time
}

/**
 * From the ttl alone it is counted from now: a broker sends what is left of it (AMQP 1.0 §3.2.1), and counted from the
 * creation time a live message could look expired.
 */
function expirationOf(draft: Draft): number | undefined {
  const absolute = draft.expirationOfOthers ?? unlessZero(draft.expiration)
  if (absolute !== undefined) return absolute
  const ttl = unlessZero(draft.ttl)
  return ttl === undefined ? undefined : Date.now() + ttl
}

/** A sequence beyond 2³¹−1 stands for a negative one; 0 without a group is Proton's "not set". */
function groupSequenceOf(draft: Draft): number | undefined {
  if (draft.groupSequence === undefined || (draft.groupSequence === 0 && draft.groupId === undefined)) return undefined
  return draft.groupSequence | 0
}

/**
 * RabbitMQ sets first-acquirer itself, false on a redelivery, and its classic queues do not count. ActiveMQ passes on
 * what the sender wrote, and Qpid Proton wrote false in every message.
 */
function wasAcquiredBefore(draft: Draft, context: MappingContext): boolean {
  return draft.firstAcquirer === false && context.textBody === 'data'
}
