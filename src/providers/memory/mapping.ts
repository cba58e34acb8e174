import type { Destination } from '../../message/destination.ts'
import type { EntryInput, EntryValue, MessageData, PropertyInput, PropertyValue } from '../../message/message-data.ts'
import type { NumericType, TypedNumber } from '../../message/typed-number.ts'
import { inferNumericType } from '../../message/typed-number.ts'
import { storedCopyOf } from './stored-bytes.ts'

/** A message as the broker keeps it: made once when it is sent, shared by all subscriptions that hold it. */
export interface StoredMessage {
  /** Ready to be delivered: plain properties and entries. */
  readonly data: MessageData
  /** Estimate of the memory it takes, bytes. */
  readonly size: number
  /** Key of the connection that sent it, for noLocal. */
  readonly publisher: string
  /** Its body holds bytes that a receiver could change, so each delivery takes a copy. */
  readonly hasBytes: boolean
}

/** What a message takes besides its body and properties, bytes, as measured: its headers and its place in a list. */
const OVERHEAD = 416
/** The same for an array of bytes. */
const ARRAY_OVERHEAD = 160

/** Copies what the caller may change later, and makes properties and entries plain once instead of at every delivery. */
export function encode(message: MessageData, destination: Destination, publisher: string): StoredMessage {
  const { kind, body, properties } = message
  let data = message
  let size = OVERHEAD
  let hasBytes = false
  if (typeof body === 'string') {
    size += body.length
  } else if (kind === 'bytes') {
    const bytes = body as Uint8Array
    data = { ...data, body: storedCopyOf(bytes) }
    size += ARRAY_OVERHEAD + bytes.byteLength
    hasBytes = true
  } else if (kind === 'map' || kind === 'stream') {
    const plain = encodeEntries(body as Entries)
    data = { ...data, body: plain.entries }
    size += plain.size
    hasBytes = plain.hasBytes
  }
  let needsConversion = false
  for (const name in properties) {
    const value = properties[name]
    if (typeof value === 'object' || typeof value === 'bigint') needsConversion = true
    size += name.length + (typeof value === 'string' ? value.length : 8)
  }
  if (needsConversion) data = { ...data, ...encodeProperties(properties, message.propertyTypes) }
  if (data.destination === undefined) data = { ...data, destination }
  return { data, size, publisher, hasBytes }
}

/** The message for one delivery; its bytes are the receiver's own. */
export function decode(stored: StoredMessage): MessageData {
  if (!stored.hasBytes) return stored.data
  return { ...stored.data, body: copyBody(stored.data.body) }
}

type Entries = readonly EntryInput[] | Readonly<Record<string, EntryInput>>

function encodeEntries(entries: Entries): { entries: unknown; size: number; hasBytes: boolean } {
  let size = 0
  let hasBytes = false
  const encodeEntry = (value: EntryInput): EntryValue => {
    if (value instanceof Uint8Array) {
      hasBytes = true
      size += ARRAY_OVERHEAD + value.byteLength
      return storedCopyOf(value)
    }
    size += typeof value === 'string' ? value.length : 8
    return value === null ? null : plainValue(value)
  }
  if (Array.isArray(entries)) return { entries: Object.freeze(entries.map(encodeEntry)), size, hasBytes }
  const names = Object.entries(entries as Readonly<Record<string, EntryInput>>)
  const plain = Object.fromEntries(names.map(([name, value]) => [name, encodeEntry(value)]))
  for (const [name] of names) size += name.length
  return { entries: Object.freeze(plain), size, hasBytes }
}

function encodeProperties(
  properties: Readonly<Record<string, PropertyInput>>,
  knownTypes: Readonly<Record<string, NumericType>> | undefined,
): Pick<MessageData, 'properties' | 'propertyTypes'> {
  const types = new Map(Object.entries(knownTypes ?? {}))
  const plain = Object.entries(properties).map(([name, value]): [string, PropertyValue] => {
    const result = plainValue(value)
    if (typeof result === 'number' && value !== result) {
      const type = typeof value === 'bigint' ? 'long' : (value as TypedNumber).type
      if (type === inferNumericType(result)) types.delete(name)
      else types.set(name, type)
    }
    return [name, result]
  })
  return {
    properties: Object.freeze(Object.fromEntries(plain)),
    propertyTypes: types.size === 0 ? undefined : Object.freeze(Object.fromEntries(types)),
  }
}

/** A long that is a safe integer becomes a number (design rule 7). */
function plainValue(value: PropertyInput): PropertyValue {
  const plain = typeof value === 'object' ? value.value : value
  if (typeof plain !== 'bigint') return plain
  const number = Number(plain)
  return Number.isSafeInteger(number) ? number : plain
}

function copyBody(body: unknown): unknown {
  if (body instanceof Uint8Array) return copyOf(body)
  if (Array.isArray(body)) return Object.freeze(body.map(copyBytes))
  const entries = Object.entries(body as Readonly<Record<string, unknown>>)
  return Object.freeze(Object.fromEntries(entries.map(([name, value]) => [name, copyBytes(value)])))
}

function copyBytes(value: unknown): unknown {
  return value instanceof Uint8Array ? copyOf(value) : value
}

/** Not `slice`: that of a Node Buffer is a view on the same memory. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}
