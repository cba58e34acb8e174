import { Buffer } from 'node:buffer'
import { ByteCache } from '../../collections/byte-cache.ts'
import { contentOf } from '../../interop/content-type.ts'
import { type ReadProperties, restoreLoss } from '../../interop/lost-properties.ts'
import {
  CORRELATION_ID_HEADER,
  EXPIRATION_HEADER,
  GROUP_ID_HEADER,
  GROUP_SEQUENCE_HEADER,
  RABBITMQ_TYPES_HEADER,
  TIMESTAMP_HEADER,
  TYPE_HEADER,
} from '../../interop/rabbitmq-headers.ts'
import { destinationNamed, destinationOfReplyTo } from '../../interop/rabbitmq-reply-to.ts'
import { bodyOfTypes, decodeTypes, type Types } from '../../interop/types-header.ts'
import { type Destination, makeDestination } from '../../message/destination.ts'
import type { DeliveryMode, MessageData, MessageKind } from '../../message/message-data.ts'
import { destinationOfRoute } from './addresses.ts'
import * as flag from './codec/properties.ts'
import { AmqpProtocolError } from './codec/protocol-error.ts'
import type { FieldValue, PayloadReader } from './codec/reader.ts'
import { addField, isNoProperty } from './property-headers.ts'

const SECOND = 1_000
const PERSISTENT = 2
const DEFAULT_PRIORITY = 4
const HIGHEST_PRIORITY = 9
const NO_PROPERTIES: Readonly<Record<string, never>> = Object.freeze({})
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** RabbitMQ hands the body of an AMQP 1.0 message over as it was encoded, where it is no plain data, and calls it so. */
const AMQP_1_0 = 'amqp-1.0'
/** Kinds by the annotation of the OASIS AMQP JMS mapping, which RabbitMQ hands over as a header. */
const KINDS: readonly (MessageKind | undefined)[] = ['empty', undefined, 'map', 'bytes', 'stream', 'text']
const KIND_HEADER = 'x-opt-jms-msg-type'
const REPLY_TO_KIND_HEADER = 'x-opt-jms-reply-to'
const REPLY_TO_KINDS = ['queue', 'topic', 'temporary-queue', 'temporary-topic'] as const

const contents = new ByteCache(contentOf)
const headerNames = new ByteCache((name) => ({ name, isProperty: !isNoProperty(name) }))

/** A body, and what it is. */
export interface DecodedBody {
  readonly kind: MessageKind
  readonly body: unknown
}

/** What decoding needs besides the message. */
export interface DecodeContext {
  readonly exchange: string
  readonly routingKey: string
  /** The destination when the message names none that is understood. */
  readonly consumedFrom: Destination
  /** ms since the epoch, from which the time to live is counted. */
  readonly now: number
  /** Decodes the body sections of an AMQP 1.0 message; undefined while that code has not been loaded. */
  readonly decodeAmqp10: ((sections: Uint8Array) => DecodedBody) | undefined
}

/** The headers and properties while they are read. */
class Draft implements ReadProperties {
  content = contentOf(undefined)
  persistent = false
  priority = DEFAULT_PRIORITY
  correlationId: string | undefined
  replyTo: string | undefined
  life: string | undefined
  messageId: string | undefined
  seconds: number | undefined
  type: string | undefined
  userId: string | undefined
  appId: string | undefined

  properties: ReadProperties['properties']
  propertyTypes: ReadProperties['propertyTypes']
  /** Headers that are no properties. */
  own: Record<string, FieldValue> | undefined
}

/**
 * The message in a content. What it has that makes no sense is left out: a message is never lost for it. Undefined when its
 * body takes the decoder of AMQP 1.0, and that is not there.
 *
 * @throws AmqpProtocolError, and nothing else, when the properties are not encoded as the protocol has it
 */
export function decodeMessage(
  properties: PayloadReader,
  body: Buffer,
  context: DecodeContext,
): MessageData | undefined {
  const draft = new Draft()
  readProperties(properties, draft)
  const isForeign = draft.type === AMQP_1_0
  if (isForeign && context.decodeAmqp10 === undefined) return undefined
  const own = draft.own ?? NO_PROPERTIES
  const types = decodeTypes(textOf(own[RABBITMQ_TYPES_HEADER]))
  restoreLoss(draft, types)
  const decoded = isForeign ? foreignBodyOf(body, context) : bodyOf(body, draft.content, types, own)
  return new IncomingMessage(draft, own, decoded, context)
}

class IncomingMessage implements MessageData {
  readonly kind: MessageKind
  readonly body: unknown
  readonly messageId: string | undefined
  readonly correlationId: string | undefined
  readonly destination: Destination
  readonly replyTo: Destination | undefined
  readonly type: string | undefined
  readonly timestamp: number | undefined
  readonly expiration: number | undefined
  readonly deliveryTime: undefined
  readonly deliveryMode: DeliveryMode
  readonly priority: number
  readonly userId: string | undefined
  readonly groupId: string | undefined
  readonly groupSequence: number | undefined
  readonly properties: MessageData['properties']
  readonly propertyTypes: MessageData['propertyTypes']

  constructor(
    draft: Draft,
    own: Readonly<Record<string, FieldValue>>,
    { kind, body }: DecodedBody,
    { exchange, routingKey, consumedFrom, now }: DecodeContext,
  ) {
    const { seconds } = draft
    this.kind = kind
    this.body = body
    this.messageId = draft.messageId ?? textOf(own['x-message-id'])
    this.correlationId = draft.correlationId ?? textOf(own[CORRELATION_ID_HEADER]) ?? textOf(own['x-correlation-id'])
    this.destination = destinationOfRoute(exchange, routingKey) ?? consumedFrom
    this.replyTo = replyToOf(draft, own)
    this.type = draft.type === AMQP_1_0 ? textOf(own[TYPE_HEADER]) : draft.type
    this.timestamp = integerOf(own[TIMESTAMP_HEADER]) ?? (seconds === undefined ? undefined : seconds * SECOND)
    this.expiration = expirationOf(draft, own, now)
    this.deliveryMode = draft.persistent ? 'persistent' : 'non-persistent'
    this.priority = draft.priority
    this.userId = draft.userId
    this.groupId = textOf(own[GROUP_ID_HEADER]) ?? draft.appId
    this.groupSequence = integerOf(own[GROUP_SEQUENCE_HEADER])
    this.properties = draft.properties ?? NO_PROPERTIES
    this.propertyTypes = draft.propertyTypes
  }
}

/** The properties of the class basic in their order. */
function readProperties(reader: PayloadReader, draft: Draft): void {
  const flags = reader.uint16()
  if ((flags & flag.MORE_FLAGS) !== 0) throw new AmqpProtocolError('a message has more properties than there are')
  if ((flags & flag.CONTENT_TYPE) !== 0) draft.content = reader.cachedShortstr(contents)
  if ((flags & flag.CONTENT_ENCODING) !== 0) reader.shortstr()
  if ((flags & flag.HEADERS) !== 0) readHeaders(reader, draft)
  if ((flags & flag.DELIVERY_MODE) !== 0) draft.persistent = reader.uint8() === PERSISTENT
  if ((flags & flag.PRIORITY) !== 0) draft.priority = Math.min(reader.uint8(), HIGHEST_PRIORITY)
  if ((flags & flag.CORRELATION_ID) !== 0) draft.correlationId = reader.shortstr()
  if ((flags & flag.REPLY_TO) !== 0) draft.replyTo = reader.shortstr()
  if ((flags & flag.EXPIRATION) !== 0) draft.life = reader.shortstr()
  if ((flags & flag.MESSAGE_ID) !== 0) draft.messageId = reader.shortstr()
  if ((flags & flag.TIMESTAMP) !== 0) draft.seconds = integerOf(reader.int64())
  if ((flags & flag.TYPE) !== 0) draft.type = reader.shortstr()
  if ((flags & flag.USER_ID) !== 0) draft.userId = reader.shortstr()
  if ((flags & flag.APP_ID) !== 0) draft.appId = reader.shortstr()
}

function readHeaders(reader: PayloadReader, draft: Draft): void {
  const end = reader.enterTable()
  while (reader.offset < end) {
    const { name, isProperty } = reader.cachedShortstr(headerNames)
    const type = reader.uint8()
    const value = reader.field(type)
    if (!isProperty) {
      draft.own ??= {}
      draft.own[name] = value
    } else {
      addField(draft, name, type, value)
    }
  }
  if (reader.offset !== end) throw new AmqpProtocolError('a table of headers has another length than it says')
}

function bodyOf(
  bytes: Buffer,
  content: ReturnType<typeof contentOf>,
  types: Types,
  own: Readonly<Record<string, FieldValue>>,
): DecodedBody {
  const told = types.kind === undefined ? undefined : bodyOfTypes(types, bytes.toString('utf8'))
  if (told !== undefined) return told
  const kind = types.kind ?? KINDS[integerOf(own[KIND_HEADER]) ?? 1]
  if (kind === 'empty' && bytes.length === 0) return { kind, body: undefined }
  if (kind === 'bytes') return bytesOf(bytes)
  if (kind === 'text') return { kind, body: bytes.toString('utf8') }
  if (content === 'bytes') return bytesOf(bytes)
  const text = validText(bytes)
  if (text === undefined) return bytesOf(bytes)
  return { kind: content === 'json' && text.length > 0 ? 'object' : 'text', body: text }
}

function foreignBodyOf(bytes: Buffer, { decodeAmqp10 }: DecodeContext): DecodedBody {
  try {
    return decodeAmqp10?.(Buffer.from(bytes)) ?? bytesOf(bytes)
  } catch {
    return bytesOf(bytes)
  }
}

/** A copy: the body may be a small part of what came in with it. */
function bytesOf(bytes: Buffer): DecodedBody {
  return { kind: 'bytes', body: new Uint8Array(bytes) }
}

/** The text, when the bytes are UTF-8 throughout. */
function validText(bytes: Buffer): string | undefined {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return undefined
  }
}

function replyToOf({ replyTo }: Draft, own: Readonly<Record<string, FieldValue>>): Destination | undefined {
  // What an MQTT client says.
  const topic = textOf(own['x-reply-to-topic'])
  if (topic !== undefined) return destinationNamed('topic', topic)
  if (replyTo === undefined) return undefined
  const found = destinationOfReplyTo(replyTo)
  const kind = REPLY_TO_KINDS[integerOf(own[REPLY_TO_KIND_HEADER]) ?? -1]
  const isSameSort =
    kind !== undefined && found !== undefined && kind.endsWith('topic') === found.kind.endsWith('topic')
  return isSameSort ? makeDestination(kind, found.name) : found
}

/** Of a dead letter RabbitMQ takes the time to live away: it does not expire again. */
function expirationOf({ life }: Draft, own: Readonly<Record<string, FieldValue>>, now: number): number | undefined {
  if (life === undefined && own['x-death'] !== undefined) return undefined
  const relative = life !== undefined && /^\d{1,15}$/.test(life) ? now + Number(life) : undefined
  return integerOf(own[EXPIRATION_HEADER]) ?? relative
}

function textOf(value: FieldValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Also from text: STOMP has nothing else. */
function integerOf(value: FieldValue | undefined): number | undefined {
  if (typeof value === 'string' && /^-?\d{1,16}$/.test(value)) return Number(value)
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}
