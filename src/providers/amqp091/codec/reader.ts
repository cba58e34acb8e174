import { Buffer } from 'node:buffer'
import type { ByteCache } from '../../../collections/byte-cache.ts'
import { AmqpProtocolError } from './protocol-error.ts'

/** Fields that the tables of one payload may have together, and how deep they may stand in each other. */
const MOST_FIELDS = 4_096
const DEEPEST = 16

/** A value of a field table. */
export type FieldValue = boolean | number | bigint | string | null | Buffer | readonly FieldValue[] | FieldTable
export interface FieldTable {
  readonly [name: string]: FieldValue
}

/** Types of fields, as RabbitMQ has them (its errata to AMQP 0-9-1, "Field types"). */
export const FIELD = {
  boolean: 0x74,
  byte: 0x62,
  ubyte: 0x42,
  short: 0x73,
  ushort: 0x75,
  int: 0x49,
  uint: 0x69,
  long: 0x6c,
  otherLong: 0x4c,
  float: 0x66,
  double: 0x64,
  decimal: 0x44,
  string: 0x53,
  array: 0x41,
  timestamp: 0x54,
  table: 0x46,
  void: 0x56,
  bytes: 0x78,
} as const

/** Reads the payload of a frame, which stands there only until all that came with it has been looked at; never beyond its end. */
export class PayloadReader {
  readonly bytes: Buffer
  offset: number
  readonly #end: number
  #fields = 0

  constructor(bytes: Buffer, start = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.offset = start
    this.#end = end
  }

  /** The same, to be read at any time. */
  kept(): PayloadReader {
    return new PayloadReader(Buffer.from(this.bytes.subarray(this.offset, this.#end)))
  }

  uint8(): number {
    return this.bytes[this.#take(1)] ?? 0
  }

  uint16(): number {
    return this.bytes.readUInt16BE(this.#take(2))
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.#take(4))
  }

  /** A number when it is a safe integer, else a bigint. */
  int64(): number | bigint {
    const offset = this.#take(8)
    const high = this.bytes.readInt32BE(offset)
    if (high >= -0x20_0000 && high < 0x20_0000) return high * 0x1_0000_0000 + this.bytes.readUInt32BE(offset + 4)
    return this.bytes.readBigInt64BE(offset)
  }

  shortstr(): string {
    const length = this.uint8()
    const start = this.#take(length)
    return this.bytes.toString('utf8', start, start + length)
  }

  /** A text that keeps coming back, or what is remembered for it. */
  cachedShortstr<T>(cache: ByteCache<T>): T {
    const length = this.uint8()
    const start = this.#take(length)
    return cache.get(this.bytes, start, start + length)
  }

  longstr(): string {
    const bytes = this.longBytes()
    return bytes.toString('utf8')
  }

  longBytes(): Buffer {
    const length = this.uint32()
    const start = this.#take(length)
    return this.bytes.subarray(start, start + length)
  }

  /** Goes into a table; gives where it ends. */
  enterTable(): number {
    const length = this.uint32()
    if (length > this.#end - this.offset) throw cut()
    return this.offset + length
  }

  table(depth = 0): FieldTable {
    const end = this.enterTable()
    const table: Record<string, FieldValue> = Object.create(null)
    while (this.offset < end) {
      const name = this.shortstr()
      table[name] = this.field(this.uint8(), depth + 1)
    }
    if (this.offset !== end) throw cut()
    return table
  }

  /** The value of a field of this type. */
  field(type: number, depth = 1): FieldValue {
    this.#fields += 1
    if (this.#fields > MOST_FIELDS) throw new AmqpProtocolError(`more than ${MOST_FIELDS} fields came in one frame`)
    if (depth > DEEPEST) throw new AmqpProtocolError(`tables came nested more than ${DEEPEST} deep`)
    switch (type) {
      case FIELD.boolean:
        return this.uint8() !== 0
      case FIELD.byte:
        return this.bytes.readInt8(this.#take(1))
      case FIELD.ubyte:
        return this.uint8()
      case FIELD.short:
        return this.bytes.readInt16BE(this.#take(2))
      case FIELD.ushort:
        return this.uint16()
      case FIELD.int:
        return this.bytes.readInt32BE(this.#take(4))
      case FIELD.uint:
        return this.uint32()
      case FIELD.long:
      case FIELD.otherLong:
      case FIELD.timestamp:
        return this.int64()
      case FIELD.float:
        return this.bytes.readFloatBE(this.#take(4))
      case FIELD.double:
        return this.bytes.readDoubleBE(this.#take(8))
      case FIELD.decimal: {
        const scale = this.uint8()
        return this.bytes.readInt32BE(this.#take(4)) / 10 ** scale
      }
      case FIELD.string:
        return this.longstr()
      case FIELD.bytes:
        return Buffer.from(this.longBytes())
      case FIELD.array:
        return this.#array(depth)
      case FIELD.table:
        return this.table(depth)
      case FIELD.void:
        return null
      default:
        throw new AmqpProtocolError(`a field of the unknown type ${JSON.stringify(String.fromCharCode(type))} came`)
    }
  }

  #array(depth: number): readonly FieldValue[] {
    const end = this.enterTable()
    const list: FieldValue[] = []
    while (this.offset < end) list.push(this.field(this.uint8(), depth + 1))
    if (this.offset !== end) throw cut()
    return list
  }

  #take(length: number): number {
    const start = this.offset
    if (length > this.#end - start) throw cut()
    this.offset = start + length
    return start
  }
}

function cut(): AmqpProtocolError {
  return new AmqpProtocolError('a frame ends within a value')
}
