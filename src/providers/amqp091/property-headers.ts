import { MessageFormatError } from '../../errors.ts'
import { addProperty, isBeyondErlang, noteLoss, type ReadProperties } from '../../interop/lost-properties.ts'
import { BROKER_HEADERS, CLIENT_HEADERS } from '../../interop/rabbitmq-headers.ts'
import type { Arguments } from '../../interop/rabbitmq-objects.ts'
import { type Types, typeOfProperty } from '../../interop/types-header.ts'
import type { MessageData, PropertyInput, PropertyValue } from '../../message/message-data.ts'
import { isTypedNumber, type NumericType } from '../../message/typed-number.ts'
import { FIELD, type FieldValue } from './codec/reader.ts'
import type { FrameWriter } from './codec/writer.ts'

/** Properties of messages as fields of the table of headers, each with its type. */

const LONGEST_NAME = 255
/** Headers that RabbitMQ makes of what AMQP 1.0 and MQTT clients say, and what STOMP frames leave behind. */
const TRANSLATED: ReadonlySet<string> = new Set([
  ...['x-message-id', 'x-correlation-id', 'x-reply-to-topic', 'x-basic-type', 'x-opt-rabbitmq-received-time', 'CC'],
  ...['receipt', 'content-length'],
])
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
    // RabbitMQ ends the connection over a number that Erlang has no form for.
    const isHeader = !isNoProperty(name) && !isBeyondErlang(value)
    noteLoss(types, name, value, isHeader)
    if (isHeader) writeField(writer, name, isTypedNumber(value) ? value.value : value, typeOfProperty(value))
  }
}

/** Writes a table of arguments, each with the type that a property of the same value has: brokers compare the types, too. */
export function writeArguments(writer: FrameWriter, table: Arguments): void {
  const start = writer.beginTable()
  for (const name in table) {
    const value = table[name]
    if (value !== undefined) writeField(writer, name, isTypedNumber(value) ? value.value : value, typeOfProperty(value))
  }
  writer.endTable(start)
}

/** Whether a header of this name is no property of the application. */
export function isNoProperty(name: string): boolean {
  return CLIENT_HEADERS.has(name) || BROKER_HEADERS.has(name) || TRANSLATED.has(name)
}

/** Adds a field that is a property; one that JMS has no type for is left out. */
export function addField(read: ReadProperties, name: string, type: number, value: FieldValue): void {
  if (value === null || typeof value === 'object') return
  addProperty(read, name, value, NUMERIC_FIELDS.get(type))
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
