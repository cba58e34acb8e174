import type { Buffer } from 'node:buffer'
import type { WireReader } from './reader.ts'
import { skipObject } from './structures.ts'
import { type Long, TYPE } from './types.ts'

/** Where a structure stands in its frame. */
export interface Extent {
  readonly start: number
  readonly end: number
}

/** A message as it came. What is variable in size stays in the frame until somebody asks for it. */
export class IncomingMessage {
  readonly type: number
  /** What the extents are in. */
  readonly frame: Buffer
  destination: Extent = NONE
  replyTo: Extent = NONE
  /** The whole id, as an acknowledgement repeats it. */
  messageId: Extent = NONE
  content: Extent | undefined
  properties: Extent | undefined
  groupId: string | null = null
  groupSequence = 0
  correlationId: string | null = null
  persistent = false
  expiration: Long = 0
  priority = 0
  timestamp: Long = 0
  jmsType: string | null = null
  compressed = false
  redeliveryCounter = 0
  userId: string | null = null
  dataStructure: Extent = NONE

  constructor(type: number, frame: Buffer) {
    this.type = type
    this.frame = frame
  }
}

const NONE: Extent = Object.freeze({ start: 0, end: 0 })

/** A message that is handed to a consumer; without message, the broker has no more. */
export interface Dispatch {
  /** The last part of the consumer's id. */
  readonly consumer: number
  readonly message: IncomingMessage | undefined
  readonly redeliveryCounter: number
}

/**
 * The fields of a MessageDispatch.
 *
 * @throws OpenWireProtocolError for what is none
 */
export function readDispatch(reader: WireReader, version: number): Dispatch {
  reader.take(5)
  const consumer = readConsumer(reader)
  skipObject(reader, version)
  const message = reader.boolean() ? readMessage(reader, reader.uint8(), version) : undefined
  return { consumer, message, redeliveryCounter: reader.int() }
}

/** All consumers are those of this connection, so the last part of the id tells them apart. */
function readConsumer(reader: WireReader): number {
  if (!reader.boolean() || reader.uint8() !== TYPE.CONSUMER_ID) reader.fail('no consumer is named')
  skipString(reader)
  reader.take(8)
  return Number(reader.long())
}

/** The fields of a message of this type (ActiveMQ MessageMarshaller, 10). */
export function readMessage(reader: WireReader, type: number, version: number): IncomingMessage {
  if (type < TYPE.MESSAGE || type > TYPE.BLOB_MESSAGE) reader.fail(`a structure of type ${type} stands for a message`)
  const message = new IncomingMessage(type, reader.bytes)
  reader.take(5)
  skipObject(reader, version)
  message.destination = extentOf(reader, version)
  skipObject(reader, version)
  skipObject(reader, version)
  message.messageId = extentOf(reader, version)
  skipObject(reader, version)
  message.groupId = reader.string()
  message.groupSequence = reader.int()
  message.correlationId = reader.string()
  message.persistent = reader.boolean()
  message.expiration = reader.long()
  message.priority = reader.byte()
  message.replyTo = extentOf(reader, version)
  message.timestamp = reader.long()
  message.jmsType = reader.string()
  message.content = bytesExtent(reader)
  message.properties = bytesExtent(reader)
  message.dataStructure = extentOf(reader, version)
  skipObject(reader, version)
  message.compressed = reader.boolean()
  message.redeliveryCounter = reader.int()
  skipArray(reader, version)
  reader.take(8)
  message.userId = reader.string()
  reader.take(2)
  skipArray(reader, version)
  reader.take(17)
  if (type === TYPE.BLOB_MESSAGE) {
    skipString(reader)
    skipString(reader)
    reader.take(1)
  }
  return message
}

function extentOf(reader: WireReader, version: number): Extent {
  const start = reader.offset
  skipKnown(reader, version)
  return { start, end: reader.offset }
}

/** What stands in every message is passed over by hand. */
function skipKnown(reader: WireReader, version: number): void {
  const { bytes, offset } = reader
  if (bytes[offset] === 1) {
    const type = bytes[offset + 1]
    if (type === TYPE.MESSAGE_ID) {
      reader.take(2)
      skipString(reader)
      // Never one in another: that might go on for as long as the frame is.
      if (bytes[reader.offset + 1] === TYPE.MESSAGE_ID) reader.fail('a message id stands in another')
      skipKnown(reader, version)
      reader.take(16)
      return
    }
    if (type === TYPE.PRODUCER_ID) {
      reader.take(2)
      skipString(reader)
      reader.take(16)
      return
    }
    if (type !== undefined && type >= TYPE.QUEUE && type <= TYPE.TEMP_TOPIC) {
      reader.take(2)
      skipString(reader)
      return
    }
  }
  skipObject(reader, version)
}

function skipString(reader: WireReader): void {
  if (reader.boolean()) reader.take(reader.uint16())
}

function skipArray(reader: WireReader, version: number): void {
  if (!reader.boolean()) return
  const count = reader.short()
  if (count < 0 || count > reader.end - reader.offset) reader.fail(`${count} structures are announced`)
  for (let index = 0; index < count; index += 1) skipObject(reader, version)
}

function bytesExtent(reader: WireReader): Extent | undefined {
  if (!reader.boolean()) return undefined
  const start = reader.take(reader.int())
  return { start, end: reader.offset }
}
