import type { Buffer } from 'node:buffer'
import { decodeText } from './modified-utf8.ts'
import { OpenWireProtocolError } from './protocol-error.ts'
import type { Long, Throwable } from './types.ts'

const WORD = 0x1_0000_0000
const SAFE_HIGH = 0x20_0000

/** Reads primitives of the loose encoding, big-endian, and never beyond its end. */
export class WireReader {
  bytes: Buffer
  offset: number
  end: number

  constructor(bytes: Buffer, offset = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.offset = offset
    this.end = end
  }

  fail(what: string): never {
    throw new OpenWireProtocolError(`${what} at byte ${this.offset} of a frame of ${this.bytes.length}`)
  }

  /** Passes over as many bytes; gives where they begin. */
  take(length: number): number {
    const start = this.offset
    if (length < 0 || length > this.end - start) this.fail(`${length} bytes are announced, and fewer are there`)
    this.offset = start + length
    return start
  }

  boolean(): boolean {
    return this.bytes[this.take(1)] !== 0
  }

  byte(): number {
    return ((this.bytes[this.take(1)] as number) << 24) >> 24
  }

  uint8(): number {
    return this.bytes[this.take(1)] as number
  }

  uint16(): number {
    const { bytes } = this
    const start = this.take(2)
    return ((bytes[start] as number) << 8) | (bytes[start + 1] as number)
  }

  short(): number {
    return (this.uint16() << 16) >> 16
  }

  int(): number {
    const { bytes } = this
    const start = this.take(4)
    return (
      ((bytes[start] as number) << 24) |
      ((bytes[start + 1] as number) << 16) |
      ((bytes[start + 2] as number) << 8) |
      (bytes[start + 3] as number)
    )
  }

  long(): Long {
    const high = this.int()
    const low = this.int() >>> 0
    // Within ±2^53, where numbers are exact.
    if ((high > -SAFE_HIGH && high < SAFE_HIGH) || (high === -SAFE_HIGH && low > 0)) return high * WORD + low
    return (BigInt(high) << 32n) | BigInt(low)
  }

  float(): number {
    return this.bytes.readFloatBE(this.take(4))
  }

  double(): number {
    return this.bytes.readDoubleBE(this.take(8))
  }

  /** Text behind a length of two bytes. */
  text(): string {
    const length = this.uint16()
    const start = this.take(length)
    return decodeText(this.bytes, start, start + length)
  }

  /** Text behind a length of four bytes. */
  longText(): string {
    const length = this.int()
    const start = this.take(length)
    return decodeText(this.bytes, start, start + length)
  }

  string(): string | null {
    return this.boolean() ? this.text() : null
  }

  /** Bytes behind a length: a part of the frame, not a copy. */
  rawBytes(): Buffer {
    const length = this.int()
    const start = this.take(length)
    return this.bytes.subarray(start, start + length)
  }

  byteArray(): Buffer | null {
    return this.boolean() ? this.rawBytes() : null
  }

  /** Without a stack trace, which is negotiated away. */
  throwable(): Throwable | null {
    if (!this.boolean()) return null
    return { className: this.string() ?? '', message: this.string() ?? '' }
  }
}
