import { Buffer } from 'node:buffer'
import type { ByteCache } from '../../../collections/byte-cache.ts'
import { MessageFormatError } from '../../../errors.ts'
import { decimalToNumber } from './decimal.ts'
import * as code from './type-codes.ts'

/** A decoded value whose AMQP type no longer matters. Described values are given without their descriptor. */
export type AmqpValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly AmqpValue[]
  | ReadonlyMap<AmqpValue, AmqpValue>

/** No message of any use nests deeper; hostile ones would exhaust the stack. */
const MAXIMUM_DEPTH = 32

const SECTION_NAMES: ReadonlyMap<string, number> = new Map([
  ['amqp:header:list', code.HEADER],
  ['amqp:delivery-annotations:map', code.DELIVERY_ANNOTATIONS],
  ['amqp:message-annotations:map', code.MESSAGE_ANNOTATIONS],
  ['amqp:properties:list', code.PROPERTIES],
  ['amqp:application-properties:map', code.APPLICATION_PROPERTIES],
  ['amqp:data:binary', code.DATA],
  ['amqp:amqp-sequence:list', code.AMQP_SEQUENCE],
  ['amqp:amqp-value:*', code.AMQP_VALUE],
  ['amqp:footer:map', code.FOOTER],
])

/**
 * Reads values of the AMQP 1.0 type system. Its input is hostile: every length is checked against the bytes that the
 * surrounding value has left, and anything wrong is a MessageFormatError.
 */
export class AmqpReader {
  readonly bytes: Buffer
  offset = 0
  /** Where the innermost open compound ends. */
  private end: number
  /** Elements that take no bytes and may still be made: without a bound, 10 bytes could claim 2³² of them. */
  private emptyElements: number

  constructor(payload: Uint8Array) {
    this.bytes = Buffer.isBuffer(payload)
      ? payload
      : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    this.end = payload.length
    this.emptyElements = payload.length
  }

  get done(): boolean {
    return this.offset >= this.end
  }

  /** Reads the start of a section: its descriptor, or -1 when nothing of AMQP 1.0 §3.2 has it. */
  section(): number {
    if (this.next() !== code.DESCRIBED) this.fail('a section begins without a descriptor')
    const constructor = this.next()
    if (constructor === code.SMALL_ULONG) return this.next()
    if (constructor === code.ULONG) {
      const high = this.uint32()
      const low = this.uint32()
      return high === 0 && low <= 0xff ? low : -1
    }
    if (constructor === code.SYMBOL_8 || constructor === code.SYMBOL_32) {
      const length = this.lengthOf(constructor)
      return SECTION_NAMES.get(this.take(length)) ?? -1
    }
    this.skipAfter(constructor, 0)
    return -1
  }

  /**
   * Opens a list: gives the count of its elements, and confines reading to it until {@link leave}. A null counts as empty.
   * The caller keeps `limit` from before.
   */
  enterList(): number {
    const constructor = this.next()
    if (constructor === code.LIST_0 || constructor === code.NULL) return this.confine(0, 0)
    if (constructor === code.LIST_8 || constructor === code.LIST_32) return this.enter(constructor, 1)
    return this.fail('a list is expected')
  }

  /** Opens a map: gives the count of its pairs; see {@link enterList}. */
  enterMap(): number {
    const constructor = this.next()
    if (constructor === code.NULL) return this.confine(0, 0)
    if (constructor === code.MAP_8 || constructor === code.MAP_32) return this.enter(constructor, 2)
    return this.fail('a map is expected')
  }

  /** What {@link leave} needs to go back to the surrounding value. */
  get limit(): number {
    return this.end
  }

  /** Closes a compound, skipping what is left of it. */
  leave(limit: number): void {
    this.offset = this.end
    this.end = limit
  }

  /** A string or symbol; undefined for null and for a value of any other type. */
  text(): string | undefined {
    const start = this.textExtent()
    return start < 0 ? undefined : this.bytes.toString('utf8', start, this.offset)
  }

  /** The extent of a string or symbol inside {@link bytes}: from what it returns to {@link offset}; -1 for other values. */
  textExtent(): number {
    const constructor = this.next()
    if (isText(constructor)) return this.advance(this.lengthOf(constructor))
    this.skipAfter(constructor, 0)
    return -1
  }

  /** A string or symbol, looked up by its bytes before it is made; undefined for other values. */
  cachedText<T>(cache: ByteCache<T>): T | undefined {
    const start = this.textExtent()
    return start < 0 ? undefined : cache.get(this.bytes, start, this.offset)
  }

  boolean(): boolean | undefined {
    const constructor = this.next()
    if (constructor === code.TRUE) return true
    if (constructor === code.FALSE) return false
    if (constructor === code.BOOLEAN) return this.next() !== 0
    this.skipAfter(constructor, 0)
    return undefined
  }

  /** An integer of any width, or a timestamp; undefined for null, for other types and beyond ±2⁵³. */
  integer(): number | undefined {
    if (this.peek() === code.NULL) {
      this.offset++
      return undefined
    }
    const value = this.value()
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
  }

  /** A binary or a text as text; undefined for other values. */
  utf8(): string | undefined {
    const constructor = this.peek()
    if (constructor !== code.BINARY_8 && constructor !== code.BINARY_32) return this.text()
    const start = this.binaryExtent()
    return this.bytes.toString('utf8', start, this.offset)
  }

  /** The extent of a binary inside {@link bytes}: from the start it returns to {@link offset}. */
  binaryExtent(): number {
    const constructor = this.next()
    if (constructor === code.NULL) return this.offset
    if (constructor !== code.BINARY_8 && constructor !== code.BINARY_32) return this.fail('a binary is expected')
    return this.advance(this.lengthOf(constructor))
  }

  /** The constructor of the next value. */
  peek(): number {
    if (this.offset >= this.end) this.fail('a value is missing')
    return this.bytes[this.offset]!
  }

  skip(): void {
    this.skipAfter(this.next(), 0)
  }

  /** Any value. */
  value(depth = 0): AmqpValue {
    return this.valueAfter(this.next(), depth)
  }

  private valueAfter(constructor: number, depth: number): AmqpValue {
    switch (constructor) {
      case code.STRING_8:
      case code.STRING_32:
      case code.SYMBOL_8:
      case code.SYMBOL_32:
        return this.take(this.lengthOf(constructor))
      case code.NULL:
        return null
      case code.TRUE:
        return true
      case code.FALSE:
        return false
      case code.BOOLEAN:
        return this.next() !== 0
      case code.UINT_0:
      case code.ULONG_0:
        return 0
      case code.UBYTE:
      case code.SMALL_UINT:
      case code.SMALL_ULONG:
        return this.next()
      case code.BYTE:
      case code.SMALL_INT:
      case code.SMALL_LONG:
        return (this.next() << 24) >> 24
      case code.USHORT:
        return (this.next() << 8) | this.next()
      case code.SHORT:
        return (((this.next() << 8) | this.next()) << 16) >> 16
      case code.UINT:
        return this.uint32()
      case code.INT:
        return this.uint32() | 0
      case code.ULONG:
        return join(this.uint32(), this.uint32())
      case code.LONG:
      case code.TIMESTAMP:
        return join(this.uint32() | 0, this.uint32())
      case code.FLOAT:
        return this.bytes.readFloatBE(this.advance(4))
      case code.DOUBLE:
        return this.bytes.readDoubleBE(this.advance(8))
      case code.CHAR:
        return character(this.uint32())
      case code.DECIMAL_32:
        return decimalToNumber(this.copy(4))
      case code.DECIMAL_64:
        return decimalToNumber(this.copy(8))
      case code.DECIMAL_128:
        return decimalToNumber(this.copy(16))
      case code.UUID:
        return this.uuid()
      case code.BINARY_8:
      case code.BINARY_32:
        return this.copy(this.lengthOf(constructor))
      default:
        return this.compoundAfter(constructor, depth)
    }
  }

  private compoundAfter(constructor: number, depth: number): AmqpValue {
    if (depth >= MAXIMUM_DEPTH) this.fail(`values are nested deeper than ${MAXIMUM_DEPTH} levels`)
    const limit = this.end
    switch (constructor) {
      case code.DESCRIBED:
        this.skipAfter(this.next(), depth + 1)
        return this.value(depth + 1)
      case code.LIST_0:
        return []
      case code.LIST_8:
      case code.LIST_32: {
        const list: AmqpValue[] = []
        for (let left = this.enter(constructor, 1); left > 0; left--) list.push(this.value(depth + 1))
        this.leave(limit)
        return list
      }
      case code.MAP_8:
      case code.MAP_32: {
        const map = new Map<AmqpValue, AmqpValue>()
        for (let left = this.enter(constructor, 2); left > 0; left--) {
          const key = this.value(depth + 1)
          map.set(key, this.value(depth + 1))
        }
        this.leave(limit)
        return map
      }
      case code.ARRAY_8:
      case code.ARRAY_32: {
        const list = this.arrayElements(constructor, depth)
        this.leave(limit)
        return list
      }
      default:
        return this.fail(`0x${constructor.toString(16)} is no type of AMQP 1.0`)
    }
  }

  /** The elements of an array share one constructor, which may be described (AMQP 1.0 §1.6.24). */
  private arrayElements(array: number, depth: number): AmqpValue[] {
    const size = this.lengthOf(array)
    const wide = array === code.ARRAY_32
    this.confine(size, 0)
    const count = wide ? this.uint32() : this.next()
    let constructor = this.next()
    for (let described = depth; constructor === code.DESCRIBED; constructor = this.next()) {
      if (++described >= MAXIMUM_DEPTH) this.fail(`values are nested deeper than ${MAXIMUM_DEPTH} levels`)
      this.skipAfter(this.next(), described)
    }
    if (constructor >> 4 === 4) {
      this.emptyElements -= count
      if (this.emptyElements < 0) this.fail(`an array claims ${count} elements that take no bytes`)
    } else if (count > this.end - this.offset) {
      this.fail(`an array claims ${count} elements in ${this.end - this.offset} bytes`)
    }
    const list: AmqpValue[] = []
    for (let left = count; left > 0; left--) list.push(this.valueAfter(constructor, depth + 1))
    return list
  }

  /** Skips a value whose constructor was read: its width follows from the upper four bits (AMQP 1.0 §1.2). */
  private skipAfter(constructor: number, depth: number): void {
    switch (constructor >> 4) {
      case 0x4:
        return
      case 0x5:
        this.advance(1)
        return
      case 0x6:
        this.advance(2)
        return
      case 0x7:
        this.advance(4)
        return
      case 0x8:
        this.advance(8)
        return
      case 0x9:
        this.advance(16)
        return
      case 0xa:
      case 0xb:
      case 0xc:
      case 0xd:
      case 0xe:
      case 0xf:
        this.advance(this.lengthOf(constructor))
        return
      default:
        if (constructor !== code.DESCRIBED) this.fail(`0x${constructor.toString(16)} is no type of AMQP 1.0`)
        if (depth >= MAXIMUM_DEPTH) this.fail(`values are nested deeper than ${MAXIMUM_DEPTH} levels`)
        this.skipAfter(this.next(), depth + 1)
        this.skipAfter(this.next(), depth + 1)
    }
  }

  /** Reads the size and count of a list or map and confines reading to it; `width` is 2 where elements come in pairs. */
  private enter(constructor: number, width: 1 | 2): number {
    const size = this.lengthOf(constructor)
    const wide = constructor >> 4 === 0xd
    this.confine(size, 0)
    const count = wide ? this.uint32() : this.next()
    if (count > this.end - this.offset) this.fail(`${count} elements are claimed in ${this.end - this.offset} bytes`)
    if (count % width !== 0) this.fail('a map has a key without a value')
    return count / width
  }

  private confine(size: number, count: number): number {
    if (size > this.end - this.offset) this.fail(`${size} bytes are claimed where ${this.end - this.offset} are left`)
    this.end = this.offset + size
    return count
  }

  /** The length or size that follows a constructor of variable width: one byte, or four when bit 4 is set. */
  private lengthOf(constructor: number): number {
    return (constructor & 0x10) === 0 ? this.next() : this.uint32()
  }

  private take(length: number): string {
    const start = this.advance(length)
    return this.bytes.toString('utf8', start, this.offset)
  }

  private copy(length: number): Uint8Array {
    const start = this.advance(length)
    return copyOf(this.bytes, start, this.offset)
  }

  private uuid(): string {
    const start = this.advance(16)
    const hex = this.bytes.toString('hex', start, this.offset)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  private next(): number {
    if (this.offset >= this.end) this.fail('it ends in the middle of a value')
    return this.bytes[this.offset++]!
  }

  private uint32(): number {
    const at = this.advance(4)
    const bytes = this.bytes
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  }

  /** Goes `count` bytes on and returns where it was. */
  private advance(count: number): number {
    const start = this.offset
    if (count > this.end - start) this.fail(`${count} bytes are claimed where ${this.end - start} are left`)
    this.offset = start + count
    return start
  }

  fail(reason: string): never {
    throw new MessageFormatError(
      `an AMQP message cannot be decoded: at byte ${this.offset} ${reason}; its sender, or a bridge on its way, encoded it wrongly`,
    )
  }
}

/** Bytes that stay as they are when the buffer they came from is used again. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start)
  copy.set(bytes.subarray(start, end))
  return copy
}

function isText(constructor: number): boolean {
  return (
    constructor === code.STRING_8 ||
    constructor === code.SYMBOL_8 ||
    constructor === code.STRING_32 ||
    constructor === code.SYMBOL_32
  )
}

/** 64 bits as a number when that is exact, else as a bigint. */
function join(high: number, low: number): number | bigint {
  const value = high * 0x1_0000_0000 + low
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low)
}

function character(point: number): string {
  return point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point)
}
