import { setOwn } from '../../collections/set-own.ts'
import { MessageFormatError } from '../../errors.ts'
import { BROKER_HEADERS, CLIENT_HEADERS, STOMP_HEADERS } from '../../interop/rabbitmq-headers.ts'
import {
  propertyOf,
  TYPES_HEADER,
  type Types,
  textOfProperty,
  typeOfProperty,
  unusualType,
} from '../../interop/types-header.ts'
import type { MessageData, PropertyInput, PropertyValue } from '../../message/message-data.ts'
import { isTypedNumber, type NumericType } from '../../message/typed-number.ts'
import { FIELD, type FieldValue } from './codec/reader.ts'
import type { FrameWriter } from './codec/writer.ts'

/** Properties of messages as fields of the table of headers, each with its type. */

const LONGEST_NAME = 255
/** Types that RabbitMQ hands over to STOMP; it drops the others, which then go along as text. */
const STOMP_TYPES: ReadonlySet<string | undefined> = new Set([undefined, 'int', 'long'])
const NUMERIC_FIELDS: ReadonlyMap<number, NumericType> = new Map([
  [FIELD.byte, 'byte'],
  [FIELD.short, 'short'],
  [FIELD.ubyte, 'short'],
  [FIELD.int, 'int'],
  [FIELD.ushort, 'int'],
  [FIELD.long, 'long'],
  [FIELD.otherLong, 'long'],
  [FIELD.uint, 'long'],
  [FIELD.timestamp, 'long'],
  [FIELD.float, 'float'],
  [FIELD.double, 'double'],
  [FIELD.decimal, 'double'],
])

/**
 * Writes the properties. `types` takes what peers over other protocols of the broker would lose.
 *
 * @throws MessageFormatError for a value that is no property, and a name that is too long
 */
export function writeProperties(writer: FrameWriter, { properties }: MessageData, types: Types): void {
  for (const name in properties) {
    const value = properties[name]
    if (value === undefined) continue
    requirePossible(name, value)
    const type = typeOfProperty(value)
    if (type !== undefined) {
      types.properties ??= {}
      types.properties[name] = type
    }
    const isOwn = isNoProperty(name)
    const plain = isTypedNumber(value) ? value.value : value
    // RabbitMQ ends the connection over a number that Erlang has no form for.
    const isWritable = !isOwn && (typeof plain !== 'number' || Number.isFinite(plain))
    if (isWritable) writeField(writer, name, plain, type)
    if (isWritable && STOMP_TYPES.has(type) && !isLostElsewhere(name)) continue
    types.hidden ??= {}
    types.hidden[name] = textOfProperty(value)
  }
}

/** What was read of a table of headers so far. */
export interface ReadProperties {
  properties: Record<string, PropertyValue> | undefined
  propertyTypes: Record<string, NumericType> | undefined
}

/** Whether a header of this name is no property of the application. */
export function isNoProperty(name: string): boolean {
  return CLIENT_HEADERS.has(name) || BROKER_HEADERS.has(name) || name === TYPES_HEADER
}

/** Adds a field that is a property; one that JMS has no type for is left out. */
export function addField(read: ReadProperties, name: string, type: number, value: FieldValue): void {
  if (value === null || typeof value === 'object') return
  add(read, name, value, NUMERIC_FIELDS.get(type))
}

/** Adds what the header of types says: properties that could not be fields, and types of those that became text. */
export function addTypes(read: ReadProperties, { properties: types, hidden }: Types): void {
  for (const name in hidden) {
    if (read.properties !== undefined && Object.hasOwn(read.properties, name)) continue
    const type = types?.[name]
    add(read, name, propertyOf(String(hidden[name]), type), isNumeric(type) ? type : undefined)
  }
  for (const name in types) {
    const value = read.properties?.[name]
    const type = types[name]
    if (typeof value === 'string') add(read, name, propertyOf(value, type), isNumeric(type) ? type : undefined)
  }
}

function add(read: ReadProperties, name: string, value: PropertyValue, type: NumericType | undefined): void {
  read.properties ??= {}
  setOwn(read.properties, name, value)
  const unusual = type === undefined ? undefined : unusualType(value, type)
  if (unusual === undefined) return
  read.propertyTypes ??= {}
  setOwn(read.propertyTypes, name, unusual)
}

function isNumeric(type: string | undefined): type is NumericType {
  return type !== undefined && type !== 'boolean' && type !== 'string'
}

/** STOMP frames have headers of that name, and AMQP 1.0 gets `x-` as annotations. */
function isLostElsewhere(name: string): boolean {
  return STOMP_HEADERS.has(name) || name.startsWith('x-')
}

function requirePossible(name: string, value: PropertyInput): void {
  const isPossible =
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    isTypedNumber(value)
  if (!isPossible) {
    throw new MessageFormatError(
      `the property ${name} cannot be ${typeof value}; give a boolean, a number, a bigint or a string`,
    )
  }
  if (name.length * 3 <= LONGEST_NAME || new TextEncoder().encode(name).length <= LONGEST_NAME) return
  throw new MessageFormatError(
    `the property name ${JSON.stringify(name.slice(0, 40))}… is longer than the ${LONGEST_NAME} bytes of the protocol; shorten it`,
  )
}

function writeField(
  writer: FrameWriter,
  name: string,
  value: PropertyValue,
  type: ReturnType<typeof typeOfProperty>,
): void {
  writer.shortstr(name)
  switch (type) {
    case undefined:
    case 'string':
      writer.stringField(String(value))
      return
    case 'boolean':
      writer.uint8(FIELD.boolean)
      writer.uint8(value === true ? 1 : 0)
      return
    default:
      writeNumber(writer, value as number | bigint, type)
  }
}

function writeNumber(writer: FrameWriter, value: number | bigint, type: NumericType): void {
  switch (type) {
    case 'byte':
      writer.uint8(FIELD.byte)
      writer.uint8(Number(value) & 0xff)
      return
    case 'short':
      writer.uint8(FIELD.short)
      writer.uint16(Number(value) & 0xffff)
      return
    case 'int':
      writer.uint8(FIELD.int)
      writer.uint32(Number(value) >>> 0)
      return
    case 'long':
      writer.uint8(FIELD.long)
      writer.uint64(value)
      return
    case 'float':
      writer.uint8(FIELD.float)
      writer.float32(Number(value))
      return
    case 'double':
      writer.uint8(FIELD.double)
      writer.float64(Number(value))
  }
}
