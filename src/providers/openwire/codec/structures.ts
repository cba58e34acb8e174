import { Buffer } from 'node:buffer'
import type { Field, FieldType } from './commands.ts'
import { DEFINITIONS } from './commands.ts'
import type { WireReader } from './reader.ts'
import type { FieldValue, Structure, Throwable } from './types.ts'
import type { WireWriter } from './writer.ts'

/** Any command by the table. What comes and goes with every message is written out in message.ts and dispatch.ts instead. */

/** Structures inside structures; deeper ones are hostile. */
const DEEPEST = 32
const MAGIC = 'ActiveMQ'

type ReadField = (reader: WireReader, version: number, depth: number) => FieldValue
type WriteField = (writer: WireWriter, value: FieldValue, version: number) => void

const READ: Readonly<Record<FieldType, ReadField>> = {
  boolean: (reader) => reader.boolean(),
  byte: (reader) => reader.byte(),
  int: (reader) => reader.int(),
  long: (reader) => reader.long(),
  string: (reader) => reader.string(),
  bytes: (reader) => reader.byteArray(),
  magic: readMagic,
  object: readObject,
  array: readArray,
  throwable: (reader) => reader.throwable(),
}

const WRITE: Readonly<Record<FieldType, WriteField>> = {
  boolean: (writer, value) => writer.boolean(value === true),
  byte: (writer, value) => writer.byte(Number(value ?? 0)),
  int: (writer, value) => writer.int(Number(value ?? 0)),
  long: (writer, value) => writer.long((value ?? 0) as number | bigint),
  string: (writer, value) => writer.string(value as string | null | undefined),
  bytes: (writer, value) => writer.byteArray(value as Uint8Array | null | undefined),
  magic: (writer) => writer.raw(Buffer.from(MAGIC)),
  object: (writer, value, version) => writeObject(writer, value as Structure | null | undefined, version),
  array: (writer, value, version) => writeArray(writer, value as readonly Structure[] | null | undefined, version),
  throwable: (writer, value) => writer.throwable(value as Throwable | null | undefined),
}

/**
 * The fields of a structure of this type.
 *
 * @throws OpenWireProtocolError for what is none
 */
export function readStructure(reader: WireReader, type: number, version: number, depth = 0): Structure {
  const definition = DEFINITIONS[type]
  if (definition === undefined) reader.fail(`a structure of the unknown type ${type} stands`)
  if (depth > DEEPEST) reader.fail(`structures are nested ${depth} deep`)
  const structure: Record<string, FieldValue> & { type: number } = { type }
  for (const field of definition.fields) {
    if (field.since <= version) structure[field.name] = READ[field.type](reader, version, depth)
  }
  return structure
}

/** A structure that may be missing. */
export function readObject(reader: WireReader, version: number, depth = 0): Structure | null {
  if (!reader.boolean()) return null
  return readStructure(reader, reader.uint8(), version, depth + 1)
}

function readArray(reader: WireReader, version: number, depth: number): readonly (Structure | null)[] | null {
  if (!reader.boolean()) return null
  const count = reader.short()
  // Each takes a byte at least.
  if (count < 0 || count > reader.end - reader.offset) reader.fail(`${count} structures are announced`)
  const structures: (Structure | null)[] = []
  for (let index = 0; index < count; index += 1) structures.push(readObject(reader, version, depth))
  return structures
}

function readMagic(reader: WireReader): string {
  const start = reader.take(MAGIC.length)
  const magic = reader.bytes.toString('latin1', start, reader.offset)
  if (magic !== MAGIC) reader.fail('something else than ActiveMQ stands')
  return magic
}

/** Writes the fields of a structure; those that it lacks as 0, false or missing. */
export function writeStructure(writer: WireWriter, structure: Structure, version: number): void {
  const fields: readonly Field[] = DEFINITIONS[structure.type]?.fields ?? []
  for (const field of fields) {
    if (field.since <= version) WRITE[field.type](writer, structure[field.name], version)
  }
}

/** Writes a structure that may be missing. */
export function writeObject(writer: WireWriter, structure: Structure | null | undefined, version: number): void {
  if (structure === null || structure === undefined) {
    writer.byte(0)
    return
  }
  writer.byte(1)
  writer.byte(structure.type)
  writeStructure(writer, structure, version)
}

function writeArray(writer: WireWriter, array: readonly Structure[] | null | undefined, version: number): void {
  if (array === null || array === undefined) {
    writer.byte(0)
    return
  }
  writer.byte(1)
  writer.short(array.length)
  for (const structure of array) writeObject(writer, structure, version)
}

/** Passes over a structure that may be missing. */
export function skipObject(reader: WireReader, version: number): void {
  if (reader.bytes[reader.offset] === 0) reader.take(1)
  else readObject(reader, version)
}
