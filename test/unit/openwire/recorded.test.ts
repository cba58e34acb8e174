import { describe, expect, it } from 'vitest'
import { inferNumericType } from '../../../src/message/typed-number.ts'
import { WireReader } from '../../../src/providers/openwire/codec/reader.ts'
import { readStructure, writeStructure } from '../../../src/providers/openwire/codec/structures.ts'
import { type FieldValue, type Structure, type Throwable, TYPE } from '../../../src/providers/openwire/codec/types.ts'
import { readMap } from '../../../src/providers/openwire/codec/values.ts'
import { WireWriter } from '../../../src/providers/openwire/codec/writer.ts'
import type { Json } from '../../openwire/recording/frame-reader.ts'
import { vectors } from '../../openwire/vectors.ts'

const VERSION = 12
/** Behind the length, and the byte of the type. */
const FIELDS = 5

const names = new Map<number, string>(Object.entries(TYPE).map(([name, type]) => [type, pascalCase(name)]))

describe('frames that Java and ActiveMQ have exchanged', () => {
  it.each(vectors)('mean what they say: $name', ({ frame, means }) => {
    expect(plain(decode(frame))).toEqual(means)
  })

  it.each(vectors)('are written as they were read, byte by byte: $name', ({ frame }) => {
    expect(encode(decode(frame))).toBe(frame)
  })
})

function decode(frame: string): Structure {
  const bytes = Buffer.from(frame, 'hex')
  const reader = new WireReader(bytes, FIELDS)
  const structure = readStructure(reader, bytes[FIELDS - 1] ?? 0, VERSION)
  expect(reader.offset).toBe(bytes.length)
  return structure
}

function encode(structure: Structure): string {
  const writer = new WireWriter()
  writer.begin(structure.type)
  writeStructure(writer, structure, VERSION)
  return writer.finish().toString('hex')
}

/** As the vectors write it: without what is nothing. */
function plain(structure: Structure): Json {
  const fields = Object.entries(structure).map(([name, value]): [string, Json] => {
    if (name === 'type') return [name, names.get(structure.type) ?? '']
    return [name, name === 'marshalledProperties' ? mapOf(value as Uint8Array | null) : plainValue(value)]
  })
  return Object.fromEntries(fields.filter(([, value]) => !isNothing(value)))
}

function plainValue(value: FieldValue): Json {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (isArray(value)) return value.map((element) => plainValue(element))
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object') return value
  return 'type' in value ? plain(value as Structure) : { ...(value as Throwable) }
}

function isArray(value: FieldValue): value is readonly (Structure | null)[] {
  return Array.isArray(value)
}

/** The types of values are those of the encoding, not of what JavaScript has for them. */
function mapOf(bytes: Uint8Array | null): Json {
  if (bytes === null) return null
  const map: Record<string, Json> = {}
  readMap(new WireReader(Buffer.from(bytes)), (name, value, unusual) => {
    const isNumber = typeof value === 'number' || typeof value === 'bigint'
    map[name] = `${unusual ?? (isNumber ? inferNumericType(value) : typeof value)}:${value}`
  })
  return map
}

function isNothing(value: Json): boolean {
  return value === null || value === false || value === 0 || (Array.isArray(value) && value.length === 0)
}

function pascalCase(name: string): string {
  return name.toLowerCase().replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())
}
