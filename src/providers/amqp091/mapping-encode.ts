import { Buffer } from 'node:buffer'
import { InvalidDestinationError, MessageFormatError, MessageTooLargeError } from '../../errors.ts'
import { contentOf } from '../../interop/body-content.ts'
import { BYTES_CONTENT_TYPE, JSON_CONTENT_TYPE, TEXT_CONTENT_TYPE } from '../../interop/content-type.ts'
import {
  CORRELATION_ID_HEADER,
  EXPIRATION_HEADER,
  GROUP_ID_HEADER,
  GROUP_SEQUENCE_HEADER,
  RABBITMQ_TYPES_HEADER,
  TIMESTAMP_HEADER,
} from '../../interop/rabbitmq-headers.ts'
import { isDirectReply } from '../../interop/rabbitmq-names.ts'
import { LONGEST_SHORTSTR } from '../../interop/rabbitmq-queues.ts'
import { encodeTypes, type Types } from '../../interop/types-header.ts'
import { type Destination, describeDestination, isTopic } from '../../message/destination.ts'
import { isExchange } from '../../message/exchange.ts'
import type { MessageData } from '../../message/message-data.ts'
import { replyToOf, routeOf } from './addresses.ts'
import * as methods from './codec/methods.ts'
import * as flag from './codec/properties.ts'
import { FIELD } from './codec/reader.ts'
import { bodyPerFrame, FrameWriter } from './codec/writer.ts'
import { writeProperties } from './property-headers.ts'

const SECOND = 1_000
const PERSISTENT = 2
const TRANSIENT = 1
const MANDATORY = 1
/** RabbitMQ takes no longer life, in ms. */
const LONGEST_LIFE = 0xffff_ffff
const CONTENT_TYPES: Readonly<Record<string, string>> = { text: TEXT_CONTENT_TYPE, bytes: BYTES_CONTENT_TYPE }

/** Encoding never yields, so one scratch buffer serves all messages. */
const scratch = new FrameWriter()

/** What a message is published with. */
export interface PublishContext {
  readonly channel: number
  /** Bytes of a whole frame. */
  readonly largestFrame: number
  /** ms since the epoch, from which the time to live is counted. */
  readonly now: number
  /** The user that the broker knows: it closes the channel over a `user_id` of another one. */
  readonly username: string | undefined
}

/** A message as it goes out. */
export interface Publish {
  /** The frames of basic.publish, of the header and of the body. */
  readonly frames: Buffer
  readonly exchange: string
  readonly routingKey: string
  readonly messageId: string | undefined
  /** The name of where its answer is to go. */
  readonly replyTo: string | undefined
  /** Bytes of the body. */
  readonly size: number
}

/**
 * The frames that publish a message.
 *
 * @throws MessageFormatError when the body is not of its kind, or a header or property has no form in the protocol
 * @throws MessageTooLargeError when headers and properties do not fit into one frame, as they have to
 * @throws InvalidDestinationError for a name that is too long
 */
export function encodePublish(message: MessageData, context: PublishContext): Publish {
  const { destination, messageId, replyTo } = message
  if (destination === undefined) throw new InvalidDestinationError('a message has no destination')
  const { exchange, routingKey } = routeOf(destination)
  scratch.reset()
  const method = scratch.beginFrame(methods.FRAME_METHOD, context.channel)
  scratch.uint32(methods.BASIC_PUBLISH)
  scratch.uint16(0)
  scratch.shortstr(exchange)
  scratch.shortstr(routingKey)
  scratch.uint8(isMandatory(destination) ? MANDATORY : 0)
  scratch.endFrame(method)

  const types: Types = {}
  const body = contentOf(message, types)
  const sizeAt = writeHeader(message, types, context)
  const size = writeBody(body, context)
  scratch.bytes.writeUInt32BE(Math.floor(size / 0x1_0000_0000), sizeAt)
  scratch.bytes.writeUInt32BE(size >>> 0, sizeAt + 4)
  return { frames: scratch.finish(), exchange, routingKey, messageId, replyTo: replyTo?.name, size }
}

/** A queue that nobody has is an error, a topic that nobody subscribes to is not. RabbitMQ would also return a direct reply. */
function isMandatory(destination: Destination): boolean {
  if (isExchange(destination)) return destination.mandatory
  return !isTopic(destination) && !isDirectReply(destination.name)
}

/** Gives where the size of the body is to be written. */
function writeHeader(message: MessageData, types: Types, context: PublishContext): number {
  const frame = scratch.beginFrame(methods.FRAME_HEADER, context.channel)
  scratch.uint16(methods.BASIC_CLASS)
  scratch.uint16(0)
  const sizeAt = scratch.offset
  scratch.uint32(0)
  scratch.uint32(0)
  const flagsAt = scratch.offset
  scratch.uint16(0)
  const flags = writeBasicProperties(message, types, context)
  scratch.bytes.writeUInt16BE(flags, flagsAt)
  const length = scratch.endFrame(frame)
  if (length <= context.largestFrame) return sizeAt
  const where = message.destination === undefined ? '' : ` to ${describeDestination(message.destination)}`
  throw new MessageTooLargeError(
    `headers and properties of a message${where} have ${length} bytes, and the broker takes ${context.largestFrame}, its frame_max; move what is large into the body`,
  )
}

/** The properties of the class basic in their order; gives the flags that say which ones are there. */
function writeBasicProperties(message: MessageData, types: Types, { now, username }: PublishContext): number {
  const { kind, correlationId, replyTo, expiration, messageId, timestamp, type, userId, groupId } = message
  let flags = flag.CONTENT_TYPE | flag.DELIVERY_MODE | flag.PRIORITY
  scratch.shortstr(CONTENT_TYPES[kind] ?? JSON_CONTENT_TYPE)
  if (writeHeaders(message, types)) flags |= flag.HEADERS
  // Always said: without it, brokers take a message for transient.
  scratch.uint8(message.deliveryMode === 'persistent' ? PERSISTENT : TRANSIENT)
  scratch.uint8(message.priority)
  if (correlationId !== undefined && isShort(correlationId)) {
    flags |= flag.CORRELATION_ID
    scratch.shortstr(correlationId)
  }
  if (replyTo !== undefined) {
    flags |= flag.REPLY_TO
    shortstr('the name of replyTo', replyToOf(replyTo))
  }
  const life = expiration === undefined ? undefined : Math.max(1, Math.ceil(expiration - now))
  if (life !== undefined && life <= LONGEST_LIFE) {
    flags |= flag.EXPIRATION
    scratch.shortstr(String(life))
  }
  if (messageId !== undefined) {
    flags |= flag.MESSAGE_ID
    shortstr('messageId', messageId)
  }
  if (timestamp !== undefined) {
    flags |= flag.TIMESTAMP
    scratch.uint64(Math.floor(timestamp / SECOND))
  }
  if (type !== undefined) {
    flags |= flag.TYPE
    shortstr('type', type)
  }
  if (userId !== undefined && userId === username) {
    flags |= flag.USER_ID
    shortstr('userId', userId)
  }
  if (groupId !== undefined && isShort(groupId)) {
    // Readers over AMQP 1.0 get it as the group.
    flags |= flag.APP_ID
    scratch.shortstr(groupId)
  }
  return flags
}

/** The table of headers; false when there is nothing to be said in it. */
function writeHeaders(message: MessageData, types: Types): boolean {
  const { correlationId, expiration, timestamp, groupId, groupSequence } = message
  const start = scratch.beginTable()
  writeProperties(scratch, message, types)
  if (timestamp !== undefined && timestamp % SECOND !== 0) longHeader(TIMESTAMP_HEADER, timestamp)
  if (expiration !== undefined) longHeader(EXPIRATION_HEADER, expiration)
  if (correlationId !== undefined && !isShort(correlationId)) textHeader(CORRELATION_ID_HEADER, correlationId)
  if (groupId !== undefined) textHeader(GROUP_ID_HEADER, groupId)
  if (groupSequence !== undefined) longHeader(GROUP_SEQUENCE_HEADER, groupSequence)
  const typesText = encodeTypes(types)
  if (typesText !== undefined) textHeader(RABBITMQ_TYPES_HEADER, typesText)
  if (scratch.offset === start) {
    scratch.offset = start - 4
    return false
  }
  scratch.endTable(start)
  return true
}

function textHeader(name: string, text: string): void {
  scratch.shortstr(name)
  scratch.stringField(text)
}

function longHeader(name: string, value: number): void {
  scratch.shortstr(name)
  scratch.uint8(FIELD.long)
  scratch.uint64(Math.trunc(value))
}

/** The frames of the body; gives how many bytes it has. */
function writeBody(body: string | Uint8Array, { channel, largestFrame }: PublishContext): number {
  const most = bodyPerFrame(largestFrame)
  if (typeof body === 'string' && body.length * 3 <= most) {
    if (body === '') return 0
    const frame = scratch.beginFrame(methods.FRAME_BODY, channel)
    scratch.reserve(body.length * 3)
    const size = scratch.bytes.write(body, scratch.offset, 'utf8')
    scratch.offset += size
    scratch.endFrame(frame)
    return size
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  scratch.reserve(bytes.length + Math.ceil(bytes.length / most) * methods.FRAME_OVERHEAD)
  for (let offset = 0; offset < bytes.length; offset += most) {
    const frame = scratch.beginFrame(methods.FRAME_BODY, channel)
    scratch.raw(offset === 0 && bytes.length <= most ? bytes : bytes.subarray(offset, offset + most))
    scratch.endFrame(frame)
  }
  return bytes.length
}

function isShort(text: string): boolean {
  return text.length * 3 <= LONGEST_SHORTSTR || Buffer.byteLength(text) <= LONGEST_SHORTSTR
}

function shortstr(what: string, text: string): void {
  if (!isShort(text)) {
    throw new MessageFormatError(
      `${what} is longer than the ${LONGEST_SHORTSTR} bytes that RabbitMQ has for it; shorten it`,
    )
  }
  scratch.shortstr(text)
}
