import { Buffer } from 'node:buffer'
import { encodeText } from './modified-utf8.ts'
import { OpenWireProtocolError } from './protocol-error.ts'
import type { Long, Throwable } from './types.ts'

const SLAB = 64 * 1024
const LONGEST_TEXT = 0xffff
const WORD = 0x1_0000_0000

/**
 * Writes frames one behind the other into a slab. What {@link finish} gives is a part of the slab, which is written to no
 * more: a new one follows when it is full.
 */
export class WireWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(SLAB)
  offset = 0
  #start = 0

  /** Begins a frame of this type; its size is filled in at the end. */
  begin(type: number): void {
    this.#start = this.offset
    this.reserve(5)
    this.offset += 4
    this.bytes[this.offset++] = type
  }

  /** The whole frame. */
  finish(): Buffer {
    const { bytes, offset } = this
    bytes.writeInt32BE(offset - this.#start - 4, this.#start)
    return bytes.subarray(this.#start, offset)
  }

  /** Bytes behind the size of the frame that is being written. */
  get size(): number {
    return this.offset - this.#start - 4
  }

  /** Gives up the frame that is being written. */
  rollBack(): void {
    this.offset = this.#start
  }

  /** Begins what is no frame; {@link part} gives it. */
  beginPart(): void {
    this.#start = this.offset
  }

  /** What was written since {@link beginPart}. */
  part(): Buffer {
    return this.bytes.subarray(this.#start, this.offset)
  }

  reserve(length: number): void {
    if (this.bytes.length - this.offset >= length) return
    const begun = this.offset - this.#start
    const next = Buffer.allocUnsafeSlow(Math.max(SLAB, (begun + length) * (begun > 0 ? 2 : 1)))
    this.bytes.copy(next, 0, this.#start, this.offset)
    this.bytes = next
    this.#start = 0
    this.offset = begun
  }

  boolean(value: boolean): void {
    this.byte(value ? 1 : 0)
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.offset++] = value
  }

  short(value: number): void {
    this.reserve(2)
    this.bytes[this.offset++] = value >>> 8
    this.bytes[this.offset++] = value
  }

  int(value: number): void {
    this.reserve(4)
    const { bytes, offset } = this
    bytes[offset] = value >>> 24
    bytes[offset + 1] = value >>> 16
    bytes[offset + 2] = value >>> 8
    bytes[offset + 3] = value
    this.offset = offset + 4
  }

  long(value: Long): void {
    if (typeof value === 'bigint') {
      this.reserve(8)
      this.offset = this.bytes.writeBigInt64BE(BigInt.asIntN(64, value), this.offset)
      return
    }
    const high = Math.floor(value / WORD)
    this.int(high)
    this.int(value - high * WORD)
  }

  float(value: number): void {
    this.reserve(4)
    this.offset = this.bytes.writeFloatBE(value, this.offset)
  }

  double(value: number): void {
    this.reserve(8)
    this.offset = this.bytes.writeDoubleBE(value, this.offset)
  }

  /** @throws OpenWireProtocolError for a text that takes more than 65,535 bytes */
  text(text: string): void {
    this.reserve(2 + text.length * 3)
    const start = this.offset + 2
    const end = encodeText(text, this.bytes, start)
    this.#endText(start, end)
  }

  /** As {@link text}, in plain UTF-8. */
  plainText(text: string): void {
    this.reserve(2 + text.length * 3)
    const start = this.offset + 2
    this.#endText(start, start + this.bytes.write(text, start, 'utf8'))
  }

  /** Text behind a length of four bytes. */
  longText(text: string): void {
    this.reserve(4 + text.length * 3)
    const start = this.offset + 4
    const end = encodeText(text, this.bytes, start)
    this.bytes.writeInt32BE(end - start, start - 4)
    this.offset = end
  }

  /** As {@link longText}, in plain UTF-8. */
  longPlainText(text: string): void {
    this.reserve(4 + text.length * 3)
    const start = this.offset + 4
    const end = start + this.bytes.write(text, start, 'utf8')
    this.bytes.writeInt32BE(end - start, start - 4)
    this.offset = end
  }

  string(text: string | null | undefined): void {
    if (text === null || text === undefined) {
      this.byte(0)
      return
    }
    this.byte(1)
    this.text(text)
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.offset)
    this.offset += bytes.length
  }

  /** Bytes behind their length. */
  rawBytes(bytes: Uint8Array): void {
    this.int(bytes.length)
    this.raw(bytes)
  }

  byteArray(bytes: Uint8Array | null | undefined): void {
    if (bytes === null || bytes === undefined) {
      this.byte(0)
      return
    }
    this.byte(1)
    this.rawBytes(bytes)
  }

  throwable(throwable: Throwable | null | undefined): void {
    if (throwable === null || throwable === undefined) {
      this.byte(0)
      return
    }
    this.byte(1)
    this.string(throwable.className)
    this.string(throwable.message)
  }

  /** Begins bytes that are written one by one; give what it returns to {@link endBytes}. */
  beginBytes(): number {
    this.byte(1)
    this.int(0)
    return this.offset - this.#start
  }

  endBytes(begun: number): void {
    const start = begun + this.#start
    this.bytes.writeInt32BE(this.offset - start, start - 4)
  }

  #endText(start: number, end: number): void {
    const length = end - start
    if (length > LONGEST_TEXT) {
      throw new OpenWireProtocolError(
        `a text of ${length} bytes is longer than the ${LONGEST_TEXT} that OpenWire has room for`,
      )
    }
    this.bytes[start - 2] = length >>> 8
    this.bytes[start - 1] = length
    this.offset = end
  }
}
