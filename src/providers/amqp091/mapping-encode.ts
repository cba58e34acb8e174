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
import { type Route, replyToOf, routeOf } from './addresses.ts'
import * as methods from './codec/methods.ts'
import * as flag from './codec/properties.ts'
import { FIELD } from './codec/reader.ts'
import type { Slab } from './codec/slabs.ts'
import { bodyPerFrame, type FrameWriter } from './codec/writer.ts'
import { writeProperties } from './property-headers.ts'

const SECOND = 1_000
const PERSISTENT = 2
const TRANSIENT = 1
const MANDATORY = 1
/** RabbitMQ takes no longer life, in ms. */
const LONGEST_LIFE = 0xffff_ffff
const CONTENT_TYPES: Readonly<Record<string, string>> = { text: TEXT_CONTENT_TYPE, bytes: BYTES_CONTENT_TYPE }

/** What a message is published with. */
export interface PublishContext {
  readonly writer: FrameWriter
  readonly channel: number
  /** Bytes of a whole frame. */
  readonly largestFrame: number
  /** ms since the epoch, from which the time to live is counted. */
  readonly now: number
  /** The user that the broker knows: it closes the channel over a `user_id` of another one. */
  readonly username: string | undefined
}

/** A message as it goes out. */
export class Publish {
  /** Where the frames of basic.publish, of the header and of the body stand. */
  readonly slab: Slab
  readonly start: number
  readonly end: number
  readonly exchange: string
  readonly routingKey: string
  readonly messageId: string | undefined
  /** The name of where its answer is to go. */
  readonly replyTo: string | undefined
  /** Bytes of the body. */
  readonly size: number

  constructor(
    { slab, offset }: FrameWriter,
    start: number,
    { exchange, routingKey }: Route,
    message: MessageData,
    size: number,
  ) {
    this.slab = slab
    this.start = start
    this.end = offset
    this.exchange = exchange
    this.routingKey = routingKey
    this.messageId = message.messageId
    this.replyTo = message.replyTo?.name
    this.size = size
  }
}

/**
 * The frames that publish a message.
 *
 * @throws MessageFormatError when the body is not of its kind, or a header or property has no form in the protocol
 * @throws MessageTooLargeError when headers and properties do not fit into one frame, as they have to
 * @throws InvalidDestinationError for a name that is too long
 */
export function encodePublish(message: MessageData, context: PublishContext): Publish {
  const { destination } = message
  if (destination === undefined) throw new InvalidDestinationError('a message has no destination')
  const route = routeOf(destination)
  const { writer, channel } = context
  const types: Types = {}
  const body = bodyOf(message, types, context)
  writer.begin(typeof body === 'string' ? body.length * 3 : body.length)
  const method = writer.beginFrame(methods.FRAME_METHOD, channel)
  writer.uint32(methods.BASIC_PUBLISH)
  writer.uint16(0)
  writer.shortstr(route.exchange)
  writer.shortstr(route.routingKey)
  writer.uint8(isMandatory(destination) ? MANDATORY : 0)
  writer.endFrame(method)

  const sizeAt = writeHeader(message, types, context)
  const size = writeBody(body, context)
  writer.bytes.writeUInt32BE(Math.floor(size / 0x1_0000_0000), sizeAt)
  writer.bytes.writeUInt32BE(size >>> 0, sizeAt + 4)
  const start = writer.finish()
  return new Publish(writer, start, route, message, size)
}

/** Text that does not fit into one frame is encoded by itself. */
function bodyOf(message: MessageData, types: Types, { largestFrame }: PublishContext): string | Uint8Array {
  const body = contentOf(message, types)
  return typeof body === 'string' && body.length * 3 > bodyPerFrame(largestFrame) ? Buffer.from(body) : body
}

/** A queue that nobody has is an error, a topic that nobody subscribes to is not. RabbitMQ would also return a direct reply. */
function isMandatory(destination: Destination): boolean {
  if (isExchange(destination)) return destination.mandatory
  return !isTopic(destination) && !isDirectReply(destination.name)
}

/** Gives where the size of the body is to be written. */
function writeHeader(message: MessageData, types: Types, context: PublishContext): number {
  const { writer } = context
  const frame = writer.beginFrame(methods.FRAME_HEADER, context.channel)
  writer.uint16(methods.BASIC_CLASS)
  writer.uint16(0)
  const sizeAt = writer.offset
  writer.uint32(0)
  writer.uint32(0)
  const flagsAt = writer.offset
  writer.uint16(0)
  const flags = writeBasicProperties(message, types, context)
  writer.bytes.writeUInt16BE(flags, flagsAt)
  const length = writer.endFrame(frame)
  if (length <= context.largestFrame) return sizeAt
  const where = message.destination === undefined ? '' : ` to ${describeDestination(message.destination)}`
  throw new MessageTooLargeError(
    `headers and properties of a message${where} have ${length} bytes, and the broker takes ${context.largestFrame}, its frame_max; move what is large into the body`,
  )
}

/** The properties of the class basic in their order; gives the flags that say which ones are there. */
function writeBasicProperties(message: MessageData, types: Types, { writer, now, username }: PublishContext): number {
  const { kind, correlationId, replyTo, expiration, messageId, timestamp, type, userId, groupId } = message
  let flags = flag.CONTENT_TYPE | flag.DELIVERY_MODE | flag.PRIORITY
  writer.shortstr(CONTENT_TYPES[kind] ?? JSON_CONTENT_TYPE)
  if (writeHeaders(writer, message, types)) flags |= flag.HEADERS
  // Always said: without it, brokers take a message for transient.
  writer.uint8(message.deliveryMode === 'persistent' ? PERSISTENT : TRANSIENT)
  writer.uint8(message.priority)
  if (correlationId !== undefined && isShort(correlationId)) {
    flags |= flag.CORRELATION_ID
    writer.shortstr(correlationId)
  }
  if (replyTo !== undefined) {
    flags |= flag.REPLY_TO
    shortstr(writer, 'the name of replyTo', replyToOf(replyTo))
  }
  const life = expiration === undefined ? undefined : Math.max(1, Math.ceil(expiration - now))
  if (life !== undefined && life <= LONGEST_LIFE) {
    flags |= flag.EXPIRATION
    writer.shortstr(String(life))
  }
  if (messageId !== undefined) {
    flags |= flag.MESSAGE_ID
    shortstr(writer, 'messageId', messageId)
  }
  if (timestamp !== undefined) {
    flags |= flag.TIMESTAMP
    writer.uint64(Math.floor(timestamp / SECOND))
  }
  if (type !== undefined) {
    flags |= flag.TYPE
    shortstr(writer, 'type', type)
  }
  if (userId !== undefined && userId === username) {
    flags |= flag.USER_ID
    shortstr(writer, 'userId', userId)
  }
  if (groupId !== undefined && isShort(groupId)) {
    // Readers over AMQP 1.0 get it as the group.
    flags |= flag.APP_ID
    writer.shortstr(groupId)
  }
  return flags
}

/** The table of headers; false when there is nothing to be said in it. */
function writeHeaders(writer: FrameWriter, message: MessageData, types: Types): boolean {
  const { correlationId, expiration, timestamp, groupId, groupSequence } = message
  const start = writer.beginTable()
  writeProperties(writer, message, types)
  if (timestamp !== undefined && timestamp % SECOND !== 0) longHeader(writer, TIMESTAMP_HEADER, timestamp)
  if (expiration !== undefined) longHeader(writer, EXPIRATION_HEADER, expiration)
  if (correlationId !== undefined && !isShort(correlationId)) textHeader(writer, CORRELATION_ID_HEADER, correlationId)
  if (groupId !== undefined) textHeader(writer, GROUP_ID_HEADER, groupId)
  if (groupSequence !== undefined) longHeader(writer, GROUP_SEQUENCE_HEADER, groupSequence)
  const typesText = encodeTypes(types)
  if (typesText !== undefined) textHeader(writer, RABBITMQ_TYPES_HEADER, typesText)
  if (writer.offset === start) {
    writer.offset = start - 4
    return false
  }
  writer.endTable(start)
  return true
}

function textHeader(writer: FrameWriter, name: string, text: string): void {
  writer.shortstr(name)
  writer.stringField(text)
}

function longHeader(writer: FrameWriter, name: string, value: number): void {
  writer.shortstr(name)
  writer.uint8(FIELD.long)
  writer.uint64(Math.trunc(value))
}

/** The frames of the body; gives how many bytes it has. */
function writeBody(body: string | Uint8Array, { writer, channel, largestFrame }: PublishContext): number {
  const most = bodyPerFrame(largestFrame)
  if (typeof body === 'string') {
    if (body === '') return 0
    const frame = writer.beginFrame(methods.FRAME_BODY, channel)
    writer.reserve(body.length * 3)
    const size = writer.bytes.write(body, writer.offset, 'utf8')
    writer.offset += size
    writer.endFrame(frame)
    return size
  }
  writer.reserve(body.length + Math.ceil(body.length / most) * methods.FRAME_OVERHEAD)
  for (let offset = 0; offset < body.length; offset += most) {
    const frame = writer.beginFrame(methods.FRAME_BODY, channel)
    writer.raw(offset === 0 && body.length <= most ? body : body.subarray(offset, offset + most))
    writer.endFrame(frame)
  }
  return body.length
}

function isShort(text: string): boolean {
  return text.length * 3 <= LONGEST_SHORTSTR || Buffer.byteLength(text) <= LONGEST_SHORTSTR
}

function shortstr(writer: FrameWriter, what: string, text: string): void {
  if (!isShort(text)) {
    throw new MessageFormatError(
      `${what} is longer than the ${LONGEST_SHORTSTR} bytes that RabbitMQ has for it; shorten it`,
    )
  }
  writer.shortstr(text)
}
