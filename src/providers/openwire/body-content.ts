import type { Buffer } from 'node:buffer'
import { constants, deflateSync, inflateSync } from 'node:zlib'
import { setOwn } from '../../collections/set-own.ts'
import { MessageFormatError } from '../../errors.ts'
import { describeDestination } from '../../message/destination.ts'
import type { EntryValue, MessageData, MessageKind } from '../../message/message-data.ts'
import { OpenWireProtocolError } from './codec/protocol-error.ts'
import { WireReader } from './codec/reader.ts'
import { TYPE } from './codec/types.ts'
import { readMap, readStream, type WireValue, writeEntry, writeStreamValue } from './codec/values.ts'
import type { WireWriter } from './codec/writer.ts'
import { jsonText } from './json-text.ts'

/** A body, and what it is. */
export interface Content {
  readonly kind: MessageKind
  readonly body: unknown
}

/** Bytes that a buffer of Java's client has, however small the body is, and some more. */
const SPARE = 4_096
const EMPTY: Content = Object.freeze({ kind: 'empty', body: undefined })

/** The type of message that carries a kind of body. JSON goes as text, so that every client can read it. */
export const MESSAGE_TYPES: Readonly<Record<MessageKind, number>> = {
  text: TYPE.TEXT_MESSAGE,
  bytes: TYPE.BYTES_MESSAGE,
  map: TYPE.MAP_MESSAGE,
  stream: TYPE.STREAM_MESSAGE,
  object: TYPE.TEXT_MESSAGE,
  empty: TYPE.MESSAGE,
}

/** Writes a body, behind the byte that says that there is one. @throws MessageFormatError for one that is not of its kind */
export function writeContent(writer: WireWriter, message: MessageData): void {
  const { kind, body } = message
  switch (kind) {
    case 'text':
    case 'object': {
      if (typeof body !== 'string') throw wrongBody(message)
      const start = writer.beginBytes()
      writer.longText(body)
      writer.endBytes(start)
      return
    }
    case 'bytes':
      if (!(body instanceof Uint8Array)) throw wrongBody(message)
      writer.byteArray(body)
      return
    case 'map':
      if (typeof body !== 'object' || body === null) throw wrongBody(message)
      writeMap(writer, body as Readonly<Record<string, unknown>>, message)
      return
    case 'stream': {
      if (!Array.isArray(body)) throw wrongBody(message)
      const start = writer.beginBytes()
      for (const value of body) if (!writeStreamValue(writer, value)) throw wrongBody(message)
      writer.endBytes(start)
      return
    }
    case 'empty':
      writer.byte(0)
  }
}

function writeMap(writer: WireWriter, entries: Readonly<Record<string, unknown>>, message: MessageData): void {
  const names = Object.keys(entries)
  const start = writer.beginBytes()
  writer.int(names.length)
  for (const name of names) if (!writeEntry(writer, name, entries[name])) throw wrongBody(message)
  writer.endBytes(start)
}

function wrongBody({ kind, destination }: MessageData): MessageFormatError {
  const where = destination === undefined ? '' : ` to ${describeDestination(destination)}`
  return new MessageFormatError(`the body of a ${kind} message${where} is not of that kind`)
}

/**
 * What content is once it is compressed: that of bytes says before how long it was.
 *
 * @param content - as it would stand in the message
 */
export function compressed(kind: MessageKind, content: Uint8Array): Uint8Array {
  const packed = deflateSync(content)
  if (kind !== 'bytes') return packed
  const bytes = new Uint8Array(4 + packed.length)
  new DataView(bytes.buffer).setInt32(0, content.length)
  bytes.set(packed, 4)
  return bytes
}

/**
 * What compressed content was.
 *
 * @param limit - bytes that it may have at most
 * @throws when it is not compressed, or would be larger
 */
export function inflated(type: number, content: Buffer, limit: number): Buffer {
  if (type !== TYPE.BYTES_MESSAGE) return inflate(content, limit)
  const length = content.readUInt32BE()
  if (length > limit) throw new OpenWireProtocolError(`${length} bytes are compressed, and ${limit} are allowed`)
  // Java compresses the whole buffer that the body is in, which is doubled as the body grows.
  const buffer = inflate(content.subarray(4), 2 * length + SPARE)
  if (buffer.length < length) throw new OpenWireProtocolError(`${length} bytes are compressed, and fewer are there`)
  return buffer.subarray(0, length)
}

/** Also without an end, which Artemis does not write when it compresses again what it has kept. */
function inflate(packed: Buffer, limit: number): Buffer {
  return inflateSync(packed, { maxOutputLength: limit, finishFlush: constants.Z_SYNC_FLUSH })
}

/**
 * The body of a message of this type.
 *
 * @param content - undefined when there is none
 * @throws OpenWireProtocolError for what is none
 */
export function readContent(type: number, content: Buffer | undefined): Content {
  switch (type) {
    case TYPE.TEXT_MESSAGE:
      return content === undefined ? EMPTY : { kind: 'text', body: new WireReader(content).longText() }
    case TYPE.BYTES_MESSAGE:
      return bytesOf(content)
    case TYPE.MAP_MESSAGE:
      return mapOf(content)
    case TYPE.STREAM_MESSAGE:
      return streamOf(content)
    case TYPE.OBJECT_MESSAGE:
      // Java's serialisation, which is never undone: that would run what the sender likes.
      return bytesOf(content)
    default:
      return EMPTY
  }
}

/** A copy: the frame may be a small part of what came in with it. */
export function bytesOf(content: Buffer | undefined): Content {
  return { kind: 'bytes', body: content === undefined ? new Uint8Array() : new Uint8Array(content) }
}

function mapOf(content: Buffer | undefined): Content {
  const map: Record<string, WireValue> = {}
  let isFlat = true
  if (content !== undefined) {
    readMap(new WireReader(content), (name, value) => {
      setOwn(map, name, value)
      isFlat &&= isEntry(value)
    })
  }
  return isFlat ? { kind: 'map', body: map } : { kind: 'object', body: jsonText(map) }
}

function streamOf(content: Buffer | undefined): Content {
  const values = content === undefined ? [] : readStream(new WireReader(content))
  return values.every(isEntry) ? { kind: 'stream', body: values } : { kind: 'object', body: jsonText(values) }
}

/** ActiveMQ has maps and lists in maps, and JMS has not. */
function isEntry(value: WireValue): value is EntryValue {
  return typeof value !== 'object' || value === null || value instanceof Uint8Array
}
