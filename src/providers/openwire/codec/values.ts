import { setOwn } from '../../../collections/set-own.ts'
import type { EntryValue } from '../../../message/message-data.ts'
import { inferNumericType, isTypedNumber, type NumericType } from '../../../message/typed-number.ts'
import type { WireReader } from './reader.ts'
import type { WireWriter } from './writer.ts'

/** What begins a value in a map, a list or a stream (ActiveMQ MarshallingSupport). */
const TAG = {
  NULL: 0,
  BOOLEAN: 1,
  BYTE: 2,
  CHAR: 3,
  SHORT: 4,
  INT: 5,
  LONG: 6,
  DOUBLE: 7,
  FLOAT: 8,
  STRING: 9,
  BYTES: 10,
  MAP: 11,
  LIST: 12,
  BIG_STRING: 13,
} as const

/** Units from which Java writes a text behind a longer length. */
const LONG_TEXT = 8_191
const DEEPEST = 32
const NUMBERS: Readonly<Record<number, NumericType>> = {
  [TAG.BYTE]: 'byte',
  [TAG.SHORT]: 'short',
  [TAG.INT]: 'int',
  [TAG.LONG]: 'long',
  [TAG.DOUBLE]: 'double',
  [TAG.FLOAT]: 'float',
}

/** A value, also one that JMS has no place for. */
export type WireValue = EntryValue | WireMap | readonly WireValue[]

export interface WireMap {
  readonly [name: string]: WireValue
}

/** Gets an entry, and the type of a number that a plain one would not have. */
export type EntryHandler = (name: string, value: WireValue, unusual: NumericType | undefined) => void

/**
 * Reads a map.
 *
 * @throws OpenWireProtocolError for what is none
 */
export function readMap(reader: WireReader, handle: EntryHandler, depth = 0): void {
  const count = reader.int()
  // Each takes three bytes at least; -1 is no map at all.
  if (count > (reader.end - reader.offset) / 3) reader.fail(`${count} entries are announced`)
  for (let index = 0; index < count; index += 1) {
    const name = reader.text()
    const tag = reader.uint8()
    const value = readTagged(reader, tag, depth)
    const type = NUMBERS[tag]
    const isUnusual = type !== undefined && inferNumericType(value as number | bigint) !== type
    handle(name, value, isUnusual ? type : undefined)
  }
}

/** The values of a stream, up to its end. */
export function readStream(reader: WireReader): WireValue[] {
  const values: WireValue[] = []
  while (reader.offset < reader.end) values.push(readTagged(reader, reader.uint8(), 0))
  return values
}

function readTagged(reader: WireReader, tag: number, depth: number): WireValue {
  switch (tag) {
    case TAG.NULL:
      return null
    case TAG.BOOLEAN:
      return reader.boolean()
    case TAG.BYTE:
      return reader.byte()
    case TAG.CHAR:
      return String.fromCharCode(reader.uint16())
    case TAG.SHORT:
      return reader.short()
    case TAG.INT:
      return reader.int()
    case TAG.LONG:
      return reader.long()
    case TAG.DOUBLE:
      return reader.double()
    case TAG.FLOAT:
      return reader.float()
    case TAG.STRING:
      return reader.text()
    case TAG.BIG_STRING:
      return reader.longText()
    case TAG.BYTES:
      return new Uint8Array(reader.rawBytes())
    case TAG.MAP:
      return nestedMap(reader, depth + 1)
    case TAG.LIST:
      return nestedList(reader, depth + 1)
    default:
      return reader.fail(`a value of the unknown type ${tag} stands`)
  }
}

function nestedMap(reader: WireReader, depth: number): WireMap {
  if (depth > DEEPEST) reader.fail(`maps are nested ${depth} deep`)
  const map: Record<string, WireValue> = {}
  readMap(reader, (name, value) => setOwn(map, name, value), depth)
  return map
}

function nestedList(reader: WireReader, depth: number): WireValue[] {
  if (depth > DEEPEST) reader.fail(`lists are nested ${depth} deep`)
  const count = reader.int()
  if (count > reader.end - reader.offset) reader.fail(`${count} values are announced`)
  const values: WireValue[] = []
  for (let index = 0; index < count; index += 1) values.push(readTagged(reader, reader.uint8(), depth))
  return values
}

/** Writes an entry of a map; false when JMS has no such value. Texts are plain UTF-8: as such Java reads them in maps, though it writes others. */
export function writeEntry(writer: WireWriter, name: string, value: unknown): boolean {
  writer.text(name)
  if (typeof value !== 'string') return writeOther(writer, value)
  if (value.length < LONG_TEXT) {
    writer.byte(TAG.STRING)
    writer.plainText(value)
  } else {
    writer.byte(TAG.BIG_STRING)
    writer.longPlainText(value)
  }
  return true
}

/** Writes a value of a stream; false when JMS has no such value. */
export function writeStreamValue(writer: WireWriter, value: unknown): boolean {
  if (typeof value !== 'string') return writeOther(writer, value)
  if (value.length < LONG_TEXT) {
    writer.byte(TAG.STRING)
    writer.text(value)
  } else {
    writer.byte(TAG.BIG_STRING)
    writer.longText(value)
  }
  return true
}

function writeOther(writer: WireWriter, value: unknown): boolean {
  switch (typeof value) {
    case 'boolean':
      writer.byte(TAG.BOOLEAN)
      writer.boolean(value)
      return true
    case 'number':
    case 'bigint':
      return writeNumber(writer, inferNumericType(value), value)
    default:
      break
  }
  if (value === null) {
    writer.byte(TAG.NULL)
    return true
  }
  if (value instanceof Uint8Array) {
    writer.byte(TAG.BYTES)
    writer.rawBytes(value)
    return true
  }
  return isTypedNumber(value) && writeNumber(writer, value.type, value.value)
}

function writeNumber(writer: WireWriter, type: NumericType, value: number | bigint): boolean {
  if (type === 'long') {
    writer.byte(TAG.LONG)
    writer.long(value)
    return true
  }
  if (typeof value === 'bigint') return false
  switch (type) {
    case 'byte':
      writer.byte(TAG.BYTE)
      writer.byte(value)
      break
    case 'short':
      writer.byte(TAG.SHORT)
      writer.short(value)
      break
    case 'int':
      writer.byte(TAG.INT)
      writer.int(value)
      break
    case 'float':
      writer.byte(TAG.FLOAT)
      writer.float(value)
      break
    default:
      writer.byte(TAG.DOUBLE)
      writer.double(value)
  }
  return true
}
