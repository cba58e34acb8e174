import { MessageFormatError } from '../../errors.ts'
import { DELIVERY_TIME } from '../../interop/client-headers.ts'
import { TYPES_HEADER } from '../../interop/types-header.ts'
import type { Destination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import { long } from '../../message/typed-number.ts'
import { encodedDestination } from './addresses.ts'
import { compressed, MESSAGE_TYPES, writeContent } from './body-content.ts'
import type { IncomingMessage } from './codec/incoming.ts'
import { type OutgoingMessage, writeHead, writeTail } from './codec/outgoing.ts'
import { OpenWireProtocolError } from './codec/protocol-error.ts'
import { writeEntry } from './codec/values.ts'
import { WireWriter } from './codec/writer.ts'

/** What a message has of its connection: who sends it, in which transaction, and what it is called. */
export interface Sender {
  readonly commandId: number
  readonly responseRequired: boolean
  readonly producerId: Uint8Array
  readonly idProducer: Uint8Array
  readonly sequence: number
  readonly textView: string | undefined
  readonly transactionId: Uint8Array | undefined
  readonly redeliveryCounter: number
}

/** ms, for the scheduler of the broker. */
const DELAY = 'AMQ_SCHEDULED_DELAY'
/** Shows other polymq clients that a text is JSON. */
const OBJECT_TYPES = JSON.stringify({ kind: 'object' })

/**
 * Writes the frame of a message up to its end; `writer.finish()` gives it.
 *
 * @param now - ms since the epoch, from which a delay is counted
 * @throws MessageFormatError when the body is not of its kind, or a text has no room in its field
 */
export function encodeMessage(
  writer: WireWriter,
  message: MessageData,
  sender: Sender,
  useCompression: boolean,
  now: number,
): void {
  const { destination, replyTo, kind, groupId } = message
  if (destination === undefined) throw new MessageFormatError('a message has no destination')
  const isCompressed = useCompression && kind !== 'empty'
  const outgoing: OutgoingMessage = {
    type: MESSAGE_TYPES[kind],
    commandId: sender.commandId,
    responseRequired: sender.responseRequired,
    producerId: sender.producerId,
    destination: encodedDestination(destination),
    transactionId: sender.transactionId,
    idProducer: sender.idProducer,
    sequence: sender.sequence,
    textView: sender.textView,
    groupId,
    groupSequence: message.groupSequence ?? 0,
    correlationId: message.correlationId,
    persistent: message.deliveryMode === 'persistent',
    expiration: message.expiration ?? 0,
    priority: message.priority,
    replyTo: replyTo === undefined ? undefined : encodedDestination(replyTo),
    timestamp: message.timestamp ?? 0,
    jmsType: message.type,
    compressed: isCompressed,
    redeliveryCounter: sender.redeliveryCounter,
  }
  try {
    writeHead(writer, outgoing)
    if (isCompressed) writer.byteArray(compressedContent(message))
    else writeContent(writer, message)
    writeProperties(writer, message, now)
    writeTail(writer, outgoing)
  } catch (error) {
    writer.rollBack()
    throw error instanceof OpenWireProtocolError ? new MessageFormatError(tooLong(error), { cause: error }) : error
  }
}

/** Writes the frame of a message as it came, for another destination and by another sender. */
export function copyMessage(
  writer: WireWriter,
  source: IncomingMessage,
  destination: Destination,
  sender: Sender,
): void {
  const { frame, content, properties, replyTo } = source
  const outgoing: OutgoingMessage = {
    ...sender,
    type: source.type,
    destination: encodedDestination(destination),
    groupId: source.groupId ?? undefined,
    groupSequence: source.groupSequence,
    correlationId: source.correlationId ?? undefined,
    persistent: source.persistent,
    expiration: Number(source.expiration),
    priority: source.priority,
    replyTo: frame[replyTo.start] === 1 ? frame.subarray(replyTo.start, replyTo.end) : undefined,
    timestamp: Number(source.timestamp),
    jmsType: source.jmsType ?? undefined,
    compressed: source.compressed,
  }
  writeHead(writer, outgoing)
  writer.byteArray(content && frame.subarray(content.start, content.end))
  writer.byteArray(properties && frame.subarray(properties.start, properties.end))
  writeTail(writer, outgoing)
}

function compressedContent(message: MessageData): Uint8Array {
  const scratch = new WireWriter()
  scratch.beginPart()
  writeContent(scratch, message)
  // Behind the byte that says that there is content, and its length.
  return compressed(message.kind, scratch.part().subarray(5))
}

function tooLong({ message }: Error): string {
  return `a header or the name of a property does not fit: ${message}; put long texts into the body or the value of a property`
}

function writeProperties(writer: WireWriter, message: MessageData, now: number): void {
  const { properties, deliveryTime, kind } = message
  let count = kind === 'object' ? 1 : 0
  if (deliveryTime !== undefined) count += 2
  for (const name in properties) if (properties[name] !== undefined) count += 1
  if (count === 0) {
    writer.byte(0)
    return
  }
  const start = writer.beginBytes()
  writer.int(count)
  for (const name in properties) {
    const value = properties[name]
    if (value !== undefined && !writeEntry(writer, name, value)) {
      throw new MessageFormatError(`the property ${name} is no boolean, number, bigint or string`)
    }
  }
  if (kind === 'object') writeEntry(writer, TYPES_HEADER, OBJECT_TYPES)
  if (deliveryTime !== undefined) {
    writeEntry(writer, DELAY, long(Math.max(1, deliveryTime - now)))
    writeEntry(writer, DELIVERY_TIME, String(deliveryTime))
  }
  writer.endBytes(start)
}
