import { describe, expect, it } from 'vitest'
import { TemporaryNames } from '../../../src/interop/temporary-names.ts'
import type {
  EntryInput,
  EntryValue,
  MessageData,
  MessageKind,
  PropertyInput,
} from '../../../src/message/message-data.ts'
import { inferNumericType, type NumericType, TypedNumber } from '../../../src/message/typed-number.ts'
import { type IncomingMessage, readDispatch, readMessage } from '../../../src/providers/openwire/codec/incoming.ts'
import { WireReader } from '../../../src/providers/openwire/codec/reader.ts'
import { readStructure } from '../../../src/providers/openwire/codec/structures.ts'
import { type Structure, TYPE } from '../../../src/providers/openwire/codec/types.ts'
import { WireWriter } from '../../../src/providers/openwire/codec/writer.ts'
import { encoded } from '../../../src/providers/openwire/ids.ts'
import { encodeMessage, IncomingData } from '../../../src/providers/openwire/mapping.ts'
import type { JavaBody, JavaFields, Typed } from '../../interop/java-message.ts'
import { type Vector, vectors } from '../../openwire/vectors.ts'

const VERSION = 12
/** Behind the length, and the byte of the type. */
const FIELDS = 5
const LARGEST_BODY = 100_000

interface MessageVector extends Vector {
  readonly message: JavaBody & JavaFields
}

const all = vectors.filter((vector): vector is MessageVector => vector.message !== undefined)
/**
 * What polymq writes in the same way. It compresses by another library, writes empty content where Java writes none, makes
 * no objects, no null text and no char, asks for a later delivery in another way, and writes characters beyond U+FFFF in
 * properties and maps so that Java reads them, which Java itself does not.
 */
const alike = all.filter(({ from, message, means }) => {
  const isOther = means.compressed === true || means.content === undefined || message.class === 'ObjectMessage'
  return (
    from === 'client' &&
    !isOther &&
    !/[\ud800-\udbff]|\\u0000|"char:|AMQ_SCHEDULED/.test(JSON.stringify(entriesOf(message)))
  )
})

describe('messages that Java has sent', () => {
  it.each(all)('are for polymq what Java was told to send: $name', ({ frame, message }) => {
    const read = dataOf(frame)
    expect(read).toMatchObject({ ...contentOf(message), correlationId: message.correlationId, type: message.type })
    const { JMSXGroupID: group, JMSXGroupSeq: sequence } = message.properties ?? {}
    expect([read.groupId, read.groupSequence]).toEqual([group && valueIn(group), sequence && valueIn(sequence)])
    expect(typedProperties(read)).toEqual(propertiesOf(message))
    if (message.replyTo !== undefined) expect(read.replyTo).toMatchObject(message.replyTo)
  })

  it.each(alike)('are written by polymq as by Java, byte by byte: $name', ({ frame, message }) => {
    expect(written(message, frame)).toBe(frame)
  })
})

function dataOf(frame: string): MessageData {
  const bytes = Buffer.from(frame, 'hex')
  const reader = new WireReader(bytes, FIELDS)
  const message = messageOf(reader, bytes[FIELDS - 1] ?? 0)
  expect(reader.offset).toBe(bytes.length)
  if (message === undefined) throw new Error('a dispatch has no message')
  return new IncomingData(message, { largestBody: LARGEST_BODY, names: new TemporaryNames() }).data
}

function messageOf(reader: WireReader, type: number): IncomingMessage | undefined {
  return type === TYPE.MESSAGE_DISPATCH ? readDispatch(reader, VERSION).message : readMessage(reader, type, VERSION)
}

/** The same message, sent by polymq, with what is not of the message itself as in the frame. */
function written(message: JavaBody & JavaFields, frame: string): string {
  const bytes = Buffer.from(frame, 'hex')
  const structure = readStructure(new WireReader(bytes, FIELDS), bytes[FIELDS - 1] ?? 0, VERSION)
  const { producerId, messageId, transactionId } = structure as Record<string, Structure | null>
  if (!producerId || !messageId) throw new Error('a message has no producer')
  const sender = {
    commandId: structure.commandId as number,
    responseRequired: structure.responseRequired === true,
    producerId: encoded(producerId),
    idProducer: encoded(messageId.producerId as Structure),
    sequence: messageId.producerSequenceId as number,
    textView: undefined,
    transactionId: transactionId ? encoded(transactionId) : undefined,
    redeliveryCounter: 0,
  }
  const read = dataOf(frame)
  const order = { body: Object.keys(read.body ?? {}), properties: Object.keys(read.properties) }
  const data = { ...read, body: sendableBody(message, order.body), properties: sendable(message, order.properties) }
  const writer = new WireWriter()
  encodeMessage(writer, data, sender, false, Date.now())
  return writer.finish().toString('hex')
}

/** As Java iterates over them. */
function sendable({ properties = {} }: JavaFields, order: readonly string[]): Record<string, PropertyInput> {
  return Object.fromEntries(order.map((name) => [name, inputOf(properties[name] ?? 'null:') as PropertyInput]))
}

function sendableBody(message: JavaBody, order: readonly string[]): unknown {
  switch (message.class) {
    case 'MapMessage':
      return Object.fromEntries(order.map((name) => [name, inputOf(message.body[name] ?? 'null:')]))
    case 'StreamMessage':
      return message.body.map(inputOf)
    default:
      return contentOf(message).body
  }
}

/** What polymq makes of a body of Java. */
function contentOf(message: JavaBody): { readonly kind: MessageKind; readonly body: unknown } {
  switch (message.class) {
    case 'TextMessage':
      return message.body === 'null:'
        ? { kind: 'empty', body: undefined }
        : { kind: 'text', body: valueIn(message.body) }
    case 'BytesMessage':
      return { kind: 'bytes', body: valueIn(message.body) }
    case 'ObjectMessage':
      return { kind: 'bytes', body: serialised(String(valueIn(message.body))) }
    case 'MapMessage':
      return {
        kind: 'map',
        body: Object.fromEntries(entriesOf(message).map(([name, value]) => [name, valueIn(value)])),
      }
    case 'StreamMessage':
      return { kind: 'stream', body: message.body.map(valueIn) }
    default:
      return { kind: 'empty', body: undefined }
  }
}

/** A string as Java's client serialises it: with a reset at the end. */
function serialised(text: string): Uint8Array {
  return Uint8Array.of(0xac, 0xed, 0, 5, 't'.charCodeAt(0), 0, text.length, ...Buffer.from(text), 'y'.charCodeAt(0))
}

function entriesOf(message: JavaBody & JavaFields): readonly (readonly [name: string, value: Typed])[] {
  const body = message.class === 'MapMessage' ? Object.entries(message.body) : []
  const values = message.class === 'StreamMessage' ? message.body.map((value) => ['', value] as const) : []
  return [...body, ...values, ...Object.entries(message.properties ?? {})]
}

/** Without what is the broker's, and a field of its own in polymq; numbers as JavaScript writes them. */
function propertiesOf({ properties = {} }: JavaFields): Record<string, string> {
  const own = Object.entries(properties).filter(([name]) => !/^(JMSXGroup|AMQ_SCHEDULED_)/.test(name))
  return Object.fromEntries(
    own.map(([name, typed]) => [name, `${typed.slice(0, typed.indexOf(':'))}:${valueIn(typed)}`]),
  )
}

/** The same of what polymq has read. */
function typedProperties({ properties, propertyTypes = {} }: MessageData): Record<string, string> {
  const entries = Object.entries(properties).map(([name, value]): [string, string] => {
    const isNumber = typeof value === 'number' || typeof value === 'bigint'
    return [name, `${isNumber ? (propertyTypes[name] ?? inferNumericType(value)) : typeof value}:${value}`]
  })
  return Object.fromEntries(entries)
}

function inputOf(typed: Typed): EntryInput {
  const [type, value] = [typed.slice(0, typed.indexOf(':')), valueIn(typed)]
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  return isNumber ? (new TypedNumber(type as NumericType, value as number) as TypedNumber) : value
}

function valueIn(typed: Typed): EntryValue {
  const [type, text] = [typed.slice(0, typed.indexOf(':')), typed.slice(typed.indexOf(':') + 1)]
  switch (type) {
    case 'boolean':
      return text === 'true'
    case 'bytes':
      return new Uint8Array(Buffer.from(text, 'hex'))
    case 'null':
      return null
    case 'long':
      return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
    case 'string':
    case 'char':
      return text
    default:
      return Number(text)
  }
}
