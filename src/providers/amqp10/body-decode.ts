import { setOwn } from '../../collections/set-own.ts'
import { contentOf } from '../../interop/content-type.ts'
import type { EntryValue, MessageKind } from '../../message/message-data.ts'
import * as annotations from './annotations.ts'
import { type AmqpReader, type AmqpValue, copyOf } from './codec/reader.ts'
import { jsonText } from './json-text.ts'

/** The body sections as they were found; nothing of them is decoded yet. */
export interface BodySections {
  form: 'none' | 'data' | 'sequence' | 'value'
  /**
   * For `data` start and end of each section's binary, for `sequence` and `value` where each value begins.
   * Sections of one form follow each other; where the form changes, the last one stands.
   */
  readonly positions: number[]
}

export interface DecodedBody {
  readonly kind: MessageKind
  readonly body: unknown
}

const EMPTY: DecodedBody = { kind: 'empty', body: undefined }
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The kind and body: as the sender's message type says when the sections can be that, else by section and content type
 * as ActiveMQ and Qpid JMS infer it.
 */
export function decodeBody(
  reader: AmqpReader,
  sections: BodySections,
  messageType: number | undefined,
  contentType: string | undefined,
): DecodedBody {
  switch (sections.form) {
    case 'data':
      return decodeData(reader, sections.positions, messageType, contentType)
    case 'none':
      return decodeNothing(messageType, contentType)
    case 'sequence':
      return decodeList(readSequences(reader, sections.positions), messageType)
    case 'value': {
      reader.offset = sections.positions[0] ?? 0
      return decodeValue(reader.value(), messageType, contentType)
    }
  }
}

function decodeData(
  reader: AmqpReader,
  positions: readonly number[],
  messageType: number | undefined,
  contentType: string | undefined,
): DecodedBody {
  if (messageType === annotations.JMS_TEXT) return { kind: 'text', body: dataText(reader, positions) }
  const bytes = dataBytes(reader, positions)
  if (messageType === annotations.JMS_BYTES) return { kind: 'bytes', body: bytes }
  if (messageType === annotations.JMS_MESSAGE && bytes.length === 0) return EMPTY
  const content = contentOf(contentType)
  const text = content === 'bytes' ? undefined : validText(bytes)
  if (text === undefined) return { kind: 'bytes', body: bytes }
  // No JSON text is empty; what came is a text of no characters.
  return { kind: content === 'json' && text.length > 0 ? 'object' : 'text', body: text }
}

function decodeNothing(messageType: number | undefined, contentType: string | undefined): DecodedBody {
  switch (messageType) {
    case annotations.JMS_MAP:
      return { kind: 'map', body: {} }
    case annotations.JMS_STREAM:
      return { kind: 'stream', body: [] }
    case annotations.JMS_BYTES:
      return { kind: 'bytes', body: new Uint8Array() }
    case undefined:
      // A BytesMessage of no bytes; without the content type it is as likely a message without a body.
      return contentType === annotations.BYTES_CONTENT_TYPE ? { kind: 'bytes', body: new Uint8Array() } : EMPTY
    default:
      return EMPTY
  }
}

function decodeValue(value: AmqpValue, messageType: number | undefined, contentType: string | undefined): DecodedBody {
  if (value instanceof Uint8Array) return { kind: 'bytes', body: value }
  // An ObjectMessage of Qpid JMS with AMQP typed encoding: any value.
  if (messageType === annotations.JMS_OBJECT) return { kind: 'object', body: jsonText(value) }
  if (value === null) return decodeNothing(messageType, contentType)
  if (typeof value === 'string') return { kind: 'text', body: value }
  if (Array.isArray(value)) return decodeList(value, messageType)
  if (value instanceof Map) {
    const entries = entriesOf(value)
    return entries === undefined ? { kind: 'object', body: jsonText(value) } : { kind: 'map', body: entries }
  }
  return { kind: 'object', body: jsonText(value) }
}

function decodeList(list: readonly AmqpValue[], messageType: number | undefined): DecodedBody {
  const plain = messageType !== annotations.JMS_OBJECT && list.every(isEntry)
  return plain ? { kind: 'stream', body: list } : { kind: 'object', body: jsonText(list) }
}

function readSequences(reader: AmqpReader, positions: readonly number[]): readonly AmqpValue[] {
  const list: AmqpValue[] = []
  for (const position of positions) {
    reader.offset = position
    const value = reader.value()
    if (Array.isArray(value)) for (const entry of value) list.push(entry)
    else if (value !== null) reader.fail('a list is expected')
  }
  return list
}

/** A map as a record; undefined when a JMS map cannot hold it. */
function entriesOf(map: ReadonlyMap<AmqpValue, AmqpValue>): Record<string, EntryValue> | undefined {
  const entries: Record<string, EntryValue> = {}
  for (const [key, value] of map) {
    if (typeof key !== 'string' || !isEntry(value)) return undefined
    setOwn(entries, key, value)
  }
  return entries
}

function isEntry(value: AmqpValue): value is EntryValue {
  return typeof value !== 'object' || value === null || value instanceof Uint8Array
}

function dataText(reader: AmqpReader, positions: readonly number[]): string {
  if (positions.length === 2) return reader.bytes.toString('utf8', positions[0], positions[1])
  // A character may be split between sections.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(dataBytes(reader, positions))
}

function dataBytes(reader: AmqpReader, positions: readonly number[]): Uint8Array {
  const [start = 0, end = 0] = positions
  if (positions.length === 2) return copyOf(reader.bytes, start, end)
  let length = 0
  for (let i = 0; i < positions.length; i += 2) length += (positions[i + 1] ?? 0) - (positions[i] ?? 0)
  const bytes = new Uint8Array(length)
  let offset = 0
  for (let i = 0; i < positions.length; i += 2) {
    const part = reader.bytes.subarray(positions[i], positions[i + 1])
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** The text, when the bytes are UTF-8 throughout. */
export function validText(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return undefined
  }
}
