import { MessageFormatError } from '../../errors.ts'
import type { AmqpReader } from './codec/reader.ts'
import * as code from './codec/type-codes.ts'
import type { AmqpWriter } from './codec/writer.ts'

/**
 * Message and correlation ids between their four AMQP types and the one text of JMS, in the form that Qpid JMS gives
 * them (OASIS AMQP JMS mapping §3.2.1.1): an id that was no string, or that would be taken for another, carries a prefix
 * that says so and that turns it back when it is sent again.
 */
const ID = 'ID:'
const AMQP = 'ID:AMQP_'
const UUID = 'ID:AMQP_UUID:'
const ULONG = 'ID:AMQP_ULONG:'
const BINARY = 'ID:AMQP_BINARY:'
const STRING = 'ID:AMQP_STRING:'
const NO_PREFIX = 'ID:AMQP_NO_PREFIX:'

/**
 * Writes an id as the AMQP type its text stands for.
 *
 * @throws MessageFormatError when the text after a type prefix is no value of that type
 */
export function writeId(writer: AmqpWriter, id: string): void {
  if (!id.startsWith(AMQP)) writer.string(id)
  else if (id.startsWith(UUID)) writer.uuid(parseUuid(id))
  else if (id.startsWith(ULONG)) writer.ulong(parseUlong(id))
  else if (id.startsWith(BINARY)) writer.binary(parseHex(id, id.slice(BINARY.length)))
  else if (id.startsWith(STRING)) writer.string(id.slice(STRING.length))
  else if (id.startsWith(NO_PREFIX)) writer.string(id.slice(NO_PREFIX.length))
  else writer.string(id)
}

/** Reads a message id; undefined when there is none. It always starts with `ID:`. */
export function readMessageId(reader: AmqpReader): string | undefined {
  const id = readId(reader)
  return id === undefined || id.startsWith(ID) ? id : NO_PREFIX + id
}

/** Reads a correlation id; undefined when there is none. A text of the application's own stays as it is. */
export function readCorrelationId(reader: AmqpReader): string | undefined {
  return readId(reader)
}

function readId(reader: AmqpReader): string | undefined {
  switch (reader.peek()) {
    case code.STRING_8:
    case code.STRING_32:
    case code.SYMBOL_8:
    case code.SYMBOL_32: {
      const id = reader.text()
      return id?.startsWith(AMQP) === true && hasTypePrefix(id) ? STRING + id : id
    }
    case code.UUID:
      return UUID + String(reader.value())
    case code.ULONG:
    case code.SMALL_ULONG:
    case code.ULONG_0:
      return ULONG + String(reader.value())
    case code.BINARY_8:
    case code.BINARY_32: {
      const start = reader.binaryExtent()
      return BINARY + reader.bytes.toString('hex', start, reader.offset).toUpperCase()
    }
    default:
      reader.skip()
      return undefined
  }
}

function hasTypePrefix(id: string): boolean {
  return [UUID, ULONG, BINARY, STRING, NO_PREFIX].some((prefix) => id.startsWith(prefix))
}

function parseUuid(id: string): Uint8Array {
  const text = id.slice(UUID.length)
  if (!/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(text)) throw badId(id, 'a UUID')
  return parseHex(id, text.replaceAll('-', ''))
}

function parseUlong(id: string): bigint {
  const text = id.slice(ULONG.length)
  const value = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n
  if (BigInt.asUintN(64, value) !== value) throw badId(id, 'an integer from 0 to 2^64-1')
  return value
}

function parseHex(id: string, text: string): Uint8Array {
  if (!/^(?:[\da-f]{2})*$/i.test(text)) throw badId(id, 'hexadecimal digits, two to a byte')
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(i * 2, i * 2 + 2), 16)
  return bytes
}

function badId(id: string, expected: string): MessageFormatError {
  const prefix = id.slice(0, id.indexOf(':', ID.length) + 1)
  return new MessageFormatError(
    `the id ${JSON.stringify(id)} cannot be sent over AMQP: after ${prefix} it needs ${expected}; use another prefix, or ${STRING} for any text`,
  )
}
