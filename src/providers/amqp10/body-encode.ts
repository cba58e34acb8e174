import { MessageFormatError } from '../../errors.ts'
import type { MessageData } from '../../message/message-data.ts'
import { inferNumericType, type NumericType, TypedNumber } from '../../message/typed-number.ts'
import * as code from './codec/type-codes.ts'
import type { AmqpWriter } from './codec/writer.ts'
import type { MappingContext } from './mapping-context.ts'

/** Writes the application properties: booleans, strings and numbers, never a type that JMS lacks (mappings.md, trap 25). */
export function writeApplicationProperties(writer: AmqpWriter, message: MessageData, context: MappingContext): void {
  const { properties, messageId, deliveryMode } = message
  const { duplicateIdProperty } = context
  const names = Object.keys(properties)
  const duplicateId = duplicateIdProperty !== undefined && deliveryMode === 'persistent' ? messageId : undefined
  if (names.length === 0 && duplicateId === undefined) return
  writer.section(code.APPLICATION_PROPERTIES)
  const start = writer.beginCompound(code.MAP_32)
  for (const name of names) {
    writer.string(name)
    if (!writeScalar(writer, properties[name])) throw unsuitable(`the property ${name}`, properties[name])
  }
  let count = names.length
  if (duplicateIdProperty !== undefined && duplicateId !== undefined) {
    writer.string(duplicateIdProperty)
    writer.string(duplicateId)
    count += 1
  }
  writer.endCompound(start, count * 2)
}

export function writeBody(writer: AmqpWriter, message: MessageData, context: MappingContext): void {
  const { kind, body } = message
  switch (kind) {
    case 'text':
      if (typeof body !== 'string') throw mismatch(kind, 'a string')
      if (context.textBody === 'data') {
        writer.section(code.DATA)
        writer.textAsBinary(body)
      } else {
        writer.section(code.AMQP_VALUE)
        writer.string(body)
      }
      return
    case 'bytes':
      if (!(body instanceof Uint8Array)) throw mismatch(kind, 'a Uint8Array')
      writer.section(code.DATA)
      writer.binary(body)
      return
    case 'object':
      if (typeof body !== 'string') throw mismatch(kind, 'its JSON text')
      writer.section(code.DATA)
      writer.textAsBinary(body)
      return
    case 'map':
      if (typeof body !== 'object' || body === null) throw mismatch(kind, 'a record')
      writeMap(writer, body as Readonly<Record<string, unknown>>)
      return
    case 'stream':
      if (!Array.isArray(body)) throw mismatch(kind, 'an array')
      writeStream(writer, body)
      return
    case 'empty':
      if (context.emptyBody === 'empty-data') {
        writer.section(code.DATA)
        writer.textAsBinary('')
      }
  }
}

function writeMap(writer: AmqpWriter, entries: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(entries)
  writer.section(code.AMQP_VALUE)
  const start = writer.beginCompound(code.MAP_32)
  for (const name of names) {
    writer.string(name)
    if (!writeEntry(writer, entries[name])) throw unsuitable(`the map entry ${name}`, entries[name])
  }
  writer.endCompound(start, names.length * 2)
}

/** As an amqp-sequence, like Qpid JMS; Classic and Artemis read that and an amqp-value list alike as a StreamMessage. */
function writeStream(writer: AmqpWriter, entries: readonly unknown[]): void {
  writer.section(code.AMQP_SEQUENCE)
  const start = writer.beginCompound(code.LIST_32)
  for (let i = 0; i < entries.length; i++) {
    if (!writeEntry(writer, entries[i])) throw unsuitable(`the stream entry ${i}`, entries[i])
  }
  writer.endCompound(start, entries.length)
}

/** Writes an entry of a map or stream; false when it is none. */
function writeEntry(writer: AmqpWriter, value: unknown): boolean {
  if (value === null) writer.null()
  else if (value instanceof Uint8Array) writer.binary(value)
  else return writeScalar(writer, value)
  return true
}

/** Writes a property value; false when it is none. */
function writeScalar(writer: AmqpWriter, value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      writer.string(value)
      return true
    case 'boolean':
      writer.boolean(value)
      return true
    case 'number':
    case 'bigint':
      writeNumber(writer, inferNumericType(value), value)
      return true
    default:
      if (!(value instanceof TypedNumber)) return false
      writeNumber(writer, value.type, value.value)
      return true
  }
}

function writeNumber(writer: AmqpWriter, type: NumericType, value: number | bigint): void {
  if (type === 'long') writer.long(value)
  else if (typeof value === 'bigint') throw unsuitable(`a ${type}`, value)
  else if (type === 'int') writer.int(value)
  else if (type === 'double') writer.double(value)
  else if (type === 'float') writer.float(value)
  else if (type === 'short') writer.short(value)
  else writer.byte(value)
}

function mismatch(kind: string, expected: string): MessageFormatError {
  return new MessageFormatError(`the body of a message of kind ${kind} must be ${expected}`)
}

function unsuitable(subject: string, value: unknown): MessageFormatError {
  const found = value === null ? 'null' : typeof value === 'bigint' ? `${value}n` : typeof value
  return new MessageFormatError(
    `${subject} cannot be ${found}; give a boolean, a number, a bigint or a string (null and bytes only in a map or stream)`,
  )
}
