import { Buffer } from 'node:buffer'
import { FRAME_END, FRAME_METHOD, FRAME_OVERHEAD } from './methods.ts'
import { FIELD, type FieldTable, type FieldValue } from './reader.ts'
import { type Slab, Slabs } from './slabs.ts'

/** What is written is rarely longer than was said by more than this. */
const MARGIN = 1_024
/** A slab that was made for a huge message is used for no other. */
const RETAINED_CAPACITY = 1024 * 1024
const LONGEST_SHORTSTR = 255
/** Up to this length a loop over char codes beats the call into native code. */
const SHORT_STRING = 16

/** Writes frames one behind the other, into slabs. */
export class FrameWriter {
  slab: Slab = { bytes: Buffer.alloc(0), unconfirmed: 0 }
  bytes: Buffer = this.slab.bytes
  offset = 0
  /** Where begins what is not finished. */
  #start = 0
  readonly #slabs = new Slabs()

  /** Begins behind what was finished, also after a failure half way. What follows takes about so many bytes. */
  begin(length = 0): void {
    this.offset = this.#start
    if (this.bytes.length - this.offset >= length + MARGIN && this.bytes.length <= RETAINED_CAPACITY) return
    this.#takeSlab(length + MARGIN)
    this.#start = 0
    this.offset = 0
  }

  /** Gives where begins what was written; it ends at {@link offset}. */
  finish(): number {
    const start = this.#start
    this.#start = this.offset
    return start
  }

  /** The broker has looked at a message that stands in this slab, and will not get it again. */
  confirmed(slab: Slab): void {
    this.#slabs.confirmed(slab)
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
    const before = this.bytes
    // Offsets that the caller has stay what they are.
    this.#takeSlab(this.offset + Math.max(length, this.offset - this.#start))
    before.copy(this.bytes, this.#start, this.#start, this.offset)
  }

  #takeSlab(length: number): void {
    this.slab = this.#slabs.next(this.slab, length)
    this.bytes = this.slab.bytes
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

/** Encoding never yields, so one writer serves all that belongs to no message. */
const shared = new FrameWriter()

/** The frame of a method; `write` writes its arguments. */
export function methodFrame(channel: number, method: number, write?: (writer: FrameWriter) => void): Buffer {
  const start = writeMethod(shared, channel, method, write)
  return shared.bytes.subarray(start, shared.offset)
}

/** Writes the frame of a method; gives where it begins. */
export function writeMethod(
  writer: FrameWriter,
  channel: number,
  method: number,
  write?: (writer: FrameWriter) => void,
): number {
  writer.begin()
  const frame = writer.beginFrame(FRAME_METHOD, channel)
  writer.uint32(method)
  write?.(writer)
  writer.endFrame(frame)
  return writer.finish()
}

/** Body bytes of a frame, where a whole frame may have so many. */
export function bodyPerFrame(largestFrame: number): number {
  return largestFrame - FRAME_OVERHEAD
}
