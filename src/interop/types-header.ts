import type { EntryValue, MessageData, MessageKind, PropertyInput, PropertyValue } from '../message/message-data.ts'
import { inferNumericType, isTypedNumber, type NumericType } from '../message/typed-number.ts'

/**
 * STOMP has text and bytes, and headers that are text. What is lost by that goes from one polymq client to another in
 * one header, as JSON; other clients see a property of this name.
 */
export const TYPES_HEADER = 'PolymqTypes'

const KINDS: ReadonlySet<unknown> = new Set<MessageKind>(['text', 'bytes', 'map', 'stream', 'object', 'empty'])

type ScalarType = NumericType | 'boolean' | 'string'

/** What the header says; each part is there only when it is needed. */
export interface Types {
  /** What the body is, where text or bytes does not tell. */
  kind?: MessageKind
  /** Types of properties that are not text. */
  properties?: Record<string, ScalarType>
  /** How bytes are written where only text goes through. */
  encoding?: 'base64'
  /** Properties that have the name of a STOMP header, or a text that would not stay what it is in one. */
  hidden?: Record<string, string>
  /** Types of entries of a map or stream that JSON has no form for. */
  entries?: Record<string, 'bytes' | 'long' | 'double'>
}

/** The header's value; undefined when it would say nothing. ActiveMQ would not keep what is beyond U+FFFF. */
export function encodeTypes(types: Types): string | undefined {
  for (const _ in types) return JSON.stringify(types).replace(/[\ud800-\udfff]/g, escaped)
  return undefined
}

function escaped(half: string): string {
  return `\\u${half.charCodeAt(0).toString(16)}`
}

/** What a header says; nothing of what is not ours. */
export function decodeTypes(text: string | undefined): Types {
  if (text === undefined) return NOTHING
  // Messages that follow each other mostly say the same.
  if (text !== lastText) {
    lastTypes = typesOf(text)
    lastText = text
  }
  return lastTypes
}

const NOTHING: Types = Object.freeze({})
let lastText = ''
let lastTypes: Types = NOTHING

function typesOf(text: string): Types {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    return NOTHING
  }
  if (typeof found !== 'object' || found === null) return NOTHING
  const { kind, encoding, properties, hidden, entries } = found as Record<string, unknown>
  return {
    ...(KINDS.has(kind) && { kind: kind as MessageKind }),
    ...(encoding === 'base64' && { encoding }),
    properties: texts(properties) as Record<string, ScalarType>,
    hidden: texts(hidden),
    entries: texts(entries) as Record<string, 'bytes' | 'long' | 'double'>,
  }
}

/** The entries that are text; anything may have been sent. */
function texts(value: unknown): Record<string, string> {
  const texts: Record<string, string> = Object.create(null)
  if (typeof value !== 'object' || value === null) return texts
  for (const [name, text] of Object.entries(value)) if (typeof text === 'string') texts[name] = text
  return texts
}

/** A property as a header has it. */
export function textOfProperty(value: PropertyInput): string {
  const plain = isTypedNumber(value) ? value.value : value
  return Object.is(plain, -0) ? '-0' : String(plain)
}

/** The type of a property; undefined for text. */
export function typeOfProperty(value: PropertyInput): ScalarType | undefined {
  if (typeof value === 'string') return undefined
  if (typeof value === 'boolean') return 'boolean'
  return isTypedNumber(value) ? value.type : inferNumericType(value)
}

/** The value of a property, from its text and type. */
export function propertyOf(text: string, type: unknown): PropertyValue {
  switch (type) {
    case 'boolean':
      return text === 'true'
    case 'long':
      return longOf(text)
    case 'byte':
    case 'short':
    case 'int':
    case 'float':
    case 'double': {
      const value = Number(text)
      return Number.isNaN(value) && text !== 'NaN' ? text : value
    }
    default:
      return text
  }
}

/** The type of a number, where a plain number of its value would have another. */
export function unusualType(value: PropertyValue, type: unknown): NumericType | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
  return inferNumericType(value) === type ? undefined : (type as NumericType)
}

/** The JSON text of a map or stream; `types` takes what JSON cannot say. */
export function encodeEntries({ kind, body }: MessageData, types: Types): string {
  const entries: Record<string, 'bytes' | 'long' | 'double'> = {}
  const plain = (key: string, value: unknown): unknown => {
    const entry = isTypedNumber(value) ? value.value : value
    if (entry instanceof Uint8Array) {
      entries[key] = 'bytes'
      return base64Of(entry)
    }
    if (typeof entry === 'bigint') {
      entries[key] = 'long'
      return entry.toString()
    }
    if (typeof entry === 'number' && (!Number.isFinite(entry) || Object.is(entry, -0))) {
      entries[key] = 'double'
      return textOfProperty(entry)
    }
    return entry
  }
  const json =
    kind === 'stream'
      ? JSON.stringify((body as readonly unknown[]).map((value, index) => plain(String(index), value)))
      : JSON.stringify(
          Object.fromEntries(
            Object.entries(body as Record<string, unknown>).map(([key, value]) => [key, plain(key, value)]),
          ),
        )
  for (const _ in entries) types.entries = entries
  return json
}

/** The entries of a map or stream; undefined when the text has none. */
export function decodeEntries(kind: 'map' | 'stream', json: string, types: Types): unknown {
  let body: unknown
  try {
    body = JSON.parse(json)
  } catch {
    return undefined
  }
  const entry = (key: string, value: unknown): EntryValue | undefined => {
    switch (types.entries?.[key]) {
      case 'bytes':
        return bytesOf(String(value))
      case 'long':
        return longOf(String(value))
      case 'double':
        return Number(value)
      default:
        return isScalar(value) ? value : undefined
    }
  }
  if (kind === 'stream') {
    if (!Array.isArray(body)) return undefined
    const entries = body.map((value, index) => entry(String(index), value))
    return entries.includes(undefined) ? undefined : entries
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
  const entries = Object.entries(body).map(([key, value]) => [key, entry(key, value)] as const)
  return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries)
}

/** The body that the header says it is, from its text; undefined when the text alone does not tell. */
export function bodyOfTypes(
  types: Types,
  text: string,
): { readonly kind: MessageKind; readonly body: unknown } | undefined {
  const { kind } = types
  switch (kind) {
    case 'empty':
      return text === '' ? { kind, body: undefined } : undefined
    case 'map':
    case 'stream': {
      const entries = decodeEntries(kind, text, types)
      return entries === undefined ? { kind: 'text', body: text } : { kind, body: entries }
    }
    case 'bytes': {
      const body = types.encoding === 'base64' ? bytesOf(text) : undefined
      return body && { kind, body }
    }
    case 'text':
    case 'object':
      return { kind, body: text }
    default:
      return undefined
  }
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function longOf(text: string): number | bigint | string {
  if (!/^-?\d{1,19}$/.test(text)) return text
  const value = BigInt(text)
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/** Bytes that are made a text at a time: a call takes so many arguments at least. */
const CHUNK = 8_192

export function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let start = 0; start < bytes.length; start += CHUNK) {
    text += String.fromCharCode.apply(undefined, bytes.subarray(start, start + CHUNK) as unknown as number[])
  }
  return btoa(text)
}

export function bytesOf(base64: string): Uint8Array | undefined {
  try {
    const text = atob(base64)
    const bytes = new Uint8Array(text.length)
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = text.charCodeAt(index)
    return bytes
  } catch {
    return undefined
  }
}
