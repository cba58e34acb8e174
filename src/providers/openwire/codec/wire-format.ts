import type { Buffer } from 'node:buffer'
import { HIGHEST_VERSION } from './commands.ts'
import { WireReader } from './reader.ts'
import { readStructure, writeStructure } from './structures.ts'
import { type Structure, TYPE } from './types.ts'
import { readMap, writeEntry } from './values.ts'
import { WireWriter } from './writer.ts'

/** What one side says of itself first of all. */
export interface WireFormat {
  readonly version: number
  readonly properties: Readonly<Record<string, unknown>>
}

/** The WireFormatInfo frame, always in the loose encoding. */
export function encodeWireFormat(
  properties: Readonly<Record<string, unknown>>,
  version: number = HIGHEST_VERSION,
): Uint8Array {
  const map = new WireWriter()
  map.beginPart()
  const names = Object.keys(properties)
  map.int(names.length)
  for (const name of names) writeEntry(map, name, properties[name])
  const writer = new WireWriter()
  writer.begin(TYPE.WIRE_FORMAT_INFO)
  writeStructure(writer, { type: TYPE.WIRE_FORMAT_INFO, version, marshalledProperties: map.part() }, HIGHEST_VERSION)
  return writer.finish()
}

/** @throws OpenWireProtocolError for what is none */
export function decodeWireFormat(reader: WireReader): WireFormat {
  const { version, marshalledProperties } = readStructure(
    reader,
    TYPE.WIRE_FORMAT_INFO,
    HIGHEST_VERSION,
  ) as Structure & {
    readonly version: number
    readonly marshalledProperties: Buffer | null
  }
  const properties: Record<string, unknown> = Object.create(null)
  if (marshalledProperties !== null) {
    readMap(new WireReader(marshalledProperties), (name, value) => {
      properties[name] = value
    })
  }
  return { version, properties }
}
