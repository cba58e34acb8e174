import { Buffer } from 'node:buffer'
import { FRAME_END, FRAME_METHOD, FRAME_OVERHEAD } from './methods.ts'
import { FIELD, type FieldTable, type FieldValue } from './reader.ts'

const INITIAL_CAPACITY = 8 * 1024
/** A scratch buffer that one huge message made grow beyond this is given back. */
const RETAINED_CAPACITY = 1024 * 1024
const LONGEST_SHORTSTR = 255
/** Up to this length a loop over char codes beats the call into native code. */
const SHORT_STRING = 16

/** Writes frames into a scratch buffer that is reused from call to call. */
export class FrameWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_CAPACITY)
  offset = 0

  /** Forgets what was written before, also after a failure half way. */
  reset(): void {
    this.offset = 0
    if (this.bytes.length > RETAINED_CAPACITY) this.bytes = Buffer.allocUnsafeSlow(INITIAL_CAPACITY)
  }

  /** A copy of what was written. */
  finish(): Buffer {
    const result = Buffer.allocUnsafe(this.offset)
    this.bytes.copy(result, 0, 0, this.offset)
    return result
  }

  /** Begins a frame; give what it returns to {@link endFrame}. */
  beginFrame(type: number, channel: number): number {
    this.reserve(7)
    const start = this.offset
    this.bytes[start] = type
    this.bytes.writeUInt16BE(channel, start + 1)
    this.offset = start + 7
    return start
  }

  /** Fills in its size; gives how many bytes the whole frame has. */
  endFrame(start: number): number {
    this.reserve(1)
    this.bytes.writeUInt32BE(this.offset - start - 7, start + 3)
    this.bytes[this.offset++] = FRAME_END
    return this.offset - start
  }

  uint8(value: number): void {
    this.reserve(1)
    this.bytes[this.offset++] = value
  }

  uint16(value: number): void {
    this.reserve(2)
    this.bytes[this.offset++] = value >>> 8
    this.bytes[this.offset++] = value
  }

  uint32(value: number): void {
    this.reserve(4)
    this.bytes.writeUInt32BE(value, this.offset)
    this.offset += 4
  }

  /** Also a negative one. */
  uint64(value: number | bigint): void {
    this.reserve(8)
    if (typeof value === 'bigint') {
      this.bytes.writeBigInt64BE(value, this.offset)
    } else {
      const high = Math.floor(value / 0x1_0000_0000)
      this.bytes.writeInt32BE(high, this.offset)
      this.bytes.writeUInt32BE(value - high * 0x1_0000_0000, this.offset + 4)
    }
    this.offset += 8
  }

  float32(value: number): void {
    this.reserve(4)
    this.offset = this.bytes.writeFloatBE(value, this.offset)
  }

  float64(value: number): void {
    this.reserve(8)
    this.offset = this.bytes.writeDoubleBE(value, this.offset)
  }

  /** @throws RangeError for one of more than 255 bytes */
  shortstr(text: string): void {
    this.reserve(1 + text.length * 3)
    const start = this.offset + 1
    const length = this.#text(text, start)
    if (length > LONGEST_SHORTSTR) throw new RangeError(`a short string has ${length} bytes`)
    this.bytes[start - 1] = length
    this.offset = start + length
  }

  longstr(text: string): void {
    this.reserve(4 + text.length * 3)
    const start = this.offset + 4
    const length = this.#text(text, start)
    this.bytes.writeUInt32BE(length, start - 4)
    this.offset = start + length
  }

  longBytes(bytes: Uint8Array): void {
    this.uint32(bytes.length)
    this.raw(bytes)
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.offset)
    this.offset += bytes.length
  }

  /** Begins a table; give what it returns to {@link endTable}. */
  beginTable(): number {
    this.reserve(4)
    this.offset += 4
    return this.offset
  }

  endTable(start: number): void {
    this.bytes.writeUInt32BE(this.offset - start, start - 4)
  }

  /** A table of text, truth and tables. */
  table(table: FieldTable): void {
    const start = this.beginTable()
    for (const name in table) {
      this.shortstr(name)
      this.#field(table[name] ?? null)
    }
    this.endTable(start)
  }

  /** What `finish` would give to the end of a field of this type. */
  stringField(text: string): void {
    this.uint8(FIELD.string)
    this.longstr(text)
  }

  reserve(length: number): void {
    if (this.bytes.length - this.offset >= length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.offset + length))
    this.bytes.copy(grown, 0, 0, this.offset)
    this.bytes = grown
  }

  #field(value: FieldValue): void {
    if (typeof value === 'string') {
      this.stringField(value)
    } else if (typeof value === 'boolean') {
      this.uint8(FIELD.boolean)
      this.uint8(value ? 1 : 0)
    } else if (typeof value === 'number' || typeof value === 'bigint') {
      this.uint8(FIELD.long)
      this.uint64(value)
    } else if (value !== null && typeof value === 'object' && !Array.isArray(value) && !Buffer.isBuffer(value)) {
      this.uint8(FIELD.table)
      this.table(value as FieldTable)
    } else {
      this.uint8(FIELD.void)
    }
  }

  #text(text: string, start: number): number {
    if (text.length <= SHORT_STRING) {
      let index = 0
      for (; index < text.length; index++) {
        const code = text.charCodeAt(index)
        if (code > 0x7f) break
        this.bytes[start + index] = code
      }
      if (index === text.length) return index
    }
    return this.bytes.write(text, start, 'utf8')
  }
}

/** Encoding never yields, so one scratch buffer serves all methods. */
const scratch = new FrameWriter()

/** The frame of a method; `write` writes its arguments. */
export function methodFrame(channel: number, method: number, write?: (writer: FrameWriter) => void): Buffer {
  scratch.reset()
  const start = scratch.beginFrame(FRAME_METHOD, channel)
  scratch.uint32(method)
  write?.(scratch)
  scratch.endFrame(start)
  return scratch.finish()
}

/** Body bytes of a frame, where a whole frame may have so many. */
export function bodyPerFrame(largestFrame: number): number {
  return largestFrame - FRAME_OVERHEAD
}
