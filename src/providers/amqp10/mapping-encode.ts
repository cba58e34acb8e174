import type { Destination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import { addressOf } from './address-cache.ts'
import * as annotations from './annotations.ts'
import { writeApplicationProperties, writeBody } from './body-encode.ts'
import * as code from './codec/type-codes.ts'
import { AmqpWriter } from './codec/writer.ts'
import type { MappingContext } from './mapping-context.ts'
import { writeId } from './message-id.ts'
import { annotationsForOthers } from './other-protocols.ts'

const DEFAULT_PRIORITY = 4
const LARGEST_UINT = 0xffff_ffff

/** Encoding never yields, so one scratch buffer serves all messages. */
const scratch = new AmqpWriter()

const contentTypes = {
  text: encodeSymbol(annotations.TEXT_CONTENT_TYPE),
  bytes: encodeSymbol(annotations.BYTES_CONTENT_TYPE),
  object: encodeSymbol(annotations.JSON_CONTENT_TYPE),
}

/** Annotation sections differ only in the message type and the kinds of two destinations: at most 150 of them. */
const annotationSections: (Uint8Array | undefined)[] = []

/**
 * The bytes of a message: header, message annotations and the bare message.
 *
 * @param now ms since the epoch, from which the time to live is counted
 * @throws MessageFormatError when the body is not of its kind, or an id, property or entry has a value that has no AMQP form
 */
export function encodeMessage(message: MessageData, context: MappingContext, now: number): Uint8Array {
  scratch.reset()
  writeHeader(scratch, message, now)
  writeAnnotations(scratch, message, context.losesTypes === true ? annotationsForOthers(message) : undefined)
  writeProperties(scratch, message, context)
  writeApplicationProperties(scratch, message, context)
  writeBody(scratch, message, context)
  return scratch.finish()
}

/** Written always: brokers take a message without it for non-persistent. */
function writeHeader(writer: AmqpWriter, message: MessageData, now: number): void {
  // A ttl of 0 would be no expiry at all, and some brokers discard at once.
  const ttl = message.expiration === undefined ? 0 : Math.max(1, Math.ceil(message.expiration - now))
  // A longer life than a uint holds is left to absolute-expiry-time.
  const hasTtl = ttl > 0 && ttl <= LARGEST_UINT
  const hasPriority = message.priority !== DEFAULT_PRIORITY

  writer.section(code.HEADER)
  const start = writer.beginCompound(code.LIST_32)
  writer.boolean(message.deliveryMode === 'persistent')
  if (hasPriority) writer.ubyte(message.priority)
  else if (hasTtl) writer.null()
  if (hasTtl) writer.uint(ttl)
  writer.endCompound(start, hasTtl ? 3 : hasPriority ? 2 : 1)
}

function writeAnnotations(
  writer: AmqpWriter,
  message: MessageData,
  others: ReturnType<typeof annotationsForOthers>,
): void {
  const type = annotations.TYPE_OF_KIND[message.kind]
  const destination = kindAnnotation(message.destination)
  const replyTo = kindAnnotation(message.replyTo)
  if (message.deliveryTime !== undefined || others !== undefined) {
    const deliveryTime = message.deliveryTime === undefined ? undefined : Math.trunc(message.deliveryTime)
    writeAnnotationSection(writer, type, destination, replyTo, deliveryTime, others)
    return
  }
  if (type === undefined && destination === undefined && replyTo === undefined) return
  const index = ((type ?? annotations.JMS_TEXT + 1) * 5 + (destination ?? 4)) * 5 + (replyTo ?? 4)
  let section = annotationSections[index]
  if (section === undefined) {
    const own = new AmqpWriter()
    writeAnnotationSection(own, type, destination, replyTo, undefined)
    section = own.finish()
    annotationSections[index] = section
  }
  writer.raw(section)
}

function writeAnnotationSection(
  writer: AmqpWriter,
  type: number | undefined,
  destination: number | undefined,
  replyTo: number | undefined,
  deliveryTime: number | undefined,
  others: ReturnType<typeof annotationsForOthers> = [],
): void {
  const bytes: readonly (readonly [name: string, value: number | undefined])[] = [
    [annotations.MESSAGE_TYPE, type],
    [annotations.DESTINATION_TYPE, destination],
    [annotations.REPLY_TO_TYPE, replyTo],
  ]
  let count = 0
  writer.section(code.MESSAGE_ANNOTATIONS)
  const start = writer.beginCompound(code.MAP_32)
  for (const [name, value] of bytes) {
    if (value === undefined) continue
    writer.symbol(name)
    writer.byte(value)
    count += 2
  }
  for (const [name, text] of others) {
    writer.symbol(name)
    writer.string(text)
    count += 2
  }
  if (deliveryTime !== undefined) {
    writer.symbol(annotations.DELIVERY_TIME)
    writer.long(deliveryTime)
    count += 2
  }
  writer.endCompound(start, count)
}

function kindAnnotation(destination: Destination | undefined): number | undefined {
  switch (destination?.kind) {
    case undefined:
      return undefined
    case 'queue':
      return 0
    case 'topic':
      return 1
    case 'temporary-queue':
      return 2
    case 'temporary-topic':
      return 3
    case 'exchange':
      return undefined
  }
}

/** The fields of AMQP 1.0 §3.2.4 in their order; those after the last that is set are left out. */
function writeProperties(writer: AmqpWriter, message: MessageData, context: MappingContext): void {
  const { messageId, userId, destination, type, replyTo, correlationId, expiration, timestamp, groupId } = message
  const contentType = contentTypeOf(message, context)
  const groupSequence = message.groupSequence

  writer.section(code.PROPERTIES)
  const start = writer.beginCompound(code.LIST_32)
  let count = 0
  if (messageId !== undefined) {
    writeId(writer, messageId)
    count = 1
  }
  if (userId !== undefined) {
    writer.nulls(1 - count)
    writer.textAsBinary(userId)
    count = 2
  }
  if (destination !== undefined) {
    writer.nulls(2 - count)
    writer.string(addressOf(context, destination))
    count = 3
  }
  if (type !== undefined) {
    writer.nulls(3 - count)
    writer.string(type)
    count = 4
  }
  if (replyTo !== undefined) {
    writer.nulls(4 - count)
    writer.string(addressOf(context, replyTo))
    count = 5
  }
  if (correlationId !== undefined) {
    writer.nulls(5 - count)
    writeId(writer, correlationId)
    count = 6
  }
  if (contentType !== undefined) {
    writer.nulls(6 - count)
    writer.raw(contentType)
    count = 7
  }
  if (expiration !== undefined) {
    writer.nulls(8 - count)
    writer.timestamp(expiration)
    count = 9
  }
  if (timestamp !== undefined) {
    writer.nulls(9 - count)
    writer.timestamp(timestamp)
    count = 10
  }
  if (groupId !== undefined) {
    writer.nulls(10 - count)
    writer.string(groupId)
    count = 11
  }
  if (groupSequence !== undefined) {
    writer.nulls(11 - count)
    // A negative sequence (-1 closes a group on ActiveMQ) takes the upper half of the range, as with Qpid JMS.
    writer.uint(groupSequence >>> 0)
    count = 12
  }
  writer.endCompound(start, count)
}

function contentTypeOf(message: MessageData, context: MappingContext): Uint8Array | undefined {
  switch (message.kind) {
    case 'text':
      return context.textBody === 'data' ? contentTypes.text : undefined
    case 'bytes':
      return contentTypes.bytes
    case 'object':
      return contentTypes.object
    default:
      return undefined
  }
}

function encodeSymbol(symbol: string): Uint8Array {
  const writer = new AmqpWriter()
  writer.symbol(symbol)
  return writer.finish()
}
