import { Buffer } from 'node:buffer'
import { MessageFormatError } from '../../../errors.ts'
import * as code from './type-codes.ts'

const INITIAL_CAPACITY = 8 * 1024
/** A scratch buffer that one huge message made grow beyond this is given back. */
const RETAINED_CAPACITY = 1024 * 1024
/** Up to this length a loop over char codes beats the call into native code (measured on Node 24). */
const SHORT_STRING = 12

/**
 * Writes values of the AMQP 1.0 type system into a scratch buffer that is reused from message to message.
 * Compound values take their 32-bit form, so that their size can be filled in afterwards without moving bytes.
 */
export class AmqpWriter {
  private bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_CAPACITY)
  private offset = 0

  /** Forgets what was written before, also after a failure half way. */
  reset(): void {
    this.offset = 0
    if (this.bytes.length > RETAINED_CAPACITY) this.bytes = Buffer.allocUnsafeSlow(INITIAL_CAPACITY)
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    const result = Buffer.allocUnsafe(this.offset)
    result.set(this.bytes.subarray(0, this.offset))
    return result
  }

  /** Writes the start of a described section: the descriptor as a small ulong. */
  section(descriptor: number): void {
    this.reserve(3)
    this.bytes[this.offset++] = code.DESCRIBED
    this.bytes[this.offset++] = code.SMALL_ULONG
    this.bytes[this.offset++] = descriptor
  }

  /** Opens a list or map; give what it returns to {@link endCompound}. */
  beginCompound(constructor: typeof code.LIST_32 | typeof code.MAP_32): number {
    this.reserve(9)
    this.bytes[this.offset] = constructor
    this.offset += 9
    return this.offset
  }

  /** Fills in the size of a list or map; `count` is that of its elements, keys and values both counted. */
  endCompound(start: number, count: number): void {
    this.uint32At(start - 8, this.offset - start + 4)
    this.uint32At(start - 4, count)
  }

  raw(encoded: Uint8Array): void {
    this.reserve(encoded.length)
    this.bytes.set(encoded, this.offset)
    this.offset += encoded.length
  }

  null(): void {
    this.reserve(1)
    this.bytes[this.offset++] = code.NULL
  }

  nulls(count: number): void {
    for (let i = 0; i < count; i++) this.null()
  }

  boolean(value: boolean): void {
    this.reserve(1)
    this.bytes[this.offset++] = value ? code.TRUE : code.FALSE
  }

  ubyte(value: number): void {
    this.oneByte(code.UBYTE, value)
  }

  uint(value: number): void {
    if (value === 0) {
      this.reserve(1)
      this.bytes[this.offset++] = code.UINT_0
    } else if (value <= 0xff) {
      this.oneByte(code.SMALL_UINT, value)
    } else {
      this.fourBytes(code.UINT, value)
    }
  }

  /** An unsigned 64-bit integer below 2⁶⁴. */
  ulong(value: bigint): void {
    this.reserve(9)
    this.bytes[this.offset] = code.ULONG
    this.bytes.writeBigUInt64BE(value, this.offset + 1)
    this.offset += 9
  }

  byte(value: number): void {
    this.oneByte(code.BYTE, value)
  }

  short(value: number): void {
    this.reserve(3)
    this.bytes[this.offset] = code.SHORT
    this.bytes[this.offset + 1] = value >> 8
    this.bytes[this.offset + 2] = value
    this.offset += 3
  }

  int(value: number): void {
    if (value >= -0x80 && value <= 0x7f) this.oneByte(code.SMALL_INT, value)
    else this.fourBytes(code.INT, value)
  }

  long(value: number | bigint): void {
    if (typeof value === 'bigint') {
      if (BigInt.asIntN(64, value) !== value) {
        throw new MessageFormatError(`${value} does not fit a 64-bit long; send it as text`)
      }
      this.reserve(9)
      this.bytes[this.offset] = code.LONG
      this.bytes.writeBigInt64BE(value, this.offset + 1)
      this.offset += 9
    } else if (value >= -0x80 && value <= 0x7f) {
      this.oneByte(code.SMALL_LONG, value)
    } else {
      this.eightBytes(code.LONG, value)
    }
  }

  float(value: number): void {
    this.reserve(5)
    this.bytes[this.offset] = code.FLOAT
    this.bytes.writeFloatBE(value, this.offset + 1)
    this.offset += 5
  }

  double(value: number): void {
    this.reserve(9)
    this.bytes[this.offset] = code.DOUBLE
    this.bytes.writeDoubleBE(value, this.offset + 1)
    this.offset += 9
  }

  /** ms since the epoch, truncated to an integer. */
  timestamp(value: number): void {
    this.eightBytes(code.TIMESTAMP, Math.trunc(value))
  }

  uuid(value: Uint8Array): void {
    this.reserve(17)
    this.bytes[this.offset++] = code.UUID
    this.raw(value)
  }

  string(value: string): void {
    this.text(code.STRING_8, code.STRING_32, value)
  }

  symbol(value: string): void {
    this.text(code.SYMBOL_8, code.SYMBOL_32, value)
  }

  /** The UTF-8 of a text as a binary, without an intermediate buffer. */
  textAsBinary(value: string): void {
    this.text(code.BINARY_8, code.BINARY_32, value)
  }

  binary(value: Uint8Array): void {
    if (value.length <= 0xff) this.oneByte(code.BINARY_8, value.length)
    else this.fourBytes(code.BINARY_32, value.length)
    this.raw(value)
  }

  private text(shortForm: number, longForm: number, value: string): void {
    const length = value.length
    // One UTF-16 unit takes at most 3 bytes of UTF-8.
    this.reserve(5 + length * 3)
    if (length > 0xff) {
      const written = this.bytes.write(value, this.offset + 5, 'utf8')
      this.bytes[this.offset] = longForm
      this.uint32At(this.offset + 1, written)
      this.offset += 5 + written
      return
    }
    const start = this.offset + 2
    const written = (length <= SHORT_STRING && this.ascii(value, start)) || this.bytes.write(value, start, 'utf8')
    if (written <= 0xff) {
      this.bytes[this.offset] = shortForm
      this.bytes[this.offset + 1] = written
      this.offset = start + written
    } else {
      this.bytes.copyWithin(start + 3, start, start + written)
      this.bytes[this.offset] = longForm
      this.uint32At(this.offset + 1, written)
      this.offset = start + 3 + written
    }
  }

  /** Writes a short text when all of it is ASCII; returns 0 otherwise. */
  private ascii(value: string, start: number): number {
    const length = value.length
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit > 0x7f) return 0
      this.bytes[start + i] = unit
    }
    return length
  }

  private oneByte(constructor: number, value: number): void {
    this.reserve(2)
    this.bytes[this.offset++] = constructor
    this.bytes[this.offset++] = value
  }

  private fourBytes(constructor: number, value: number): void {
    this.reserve(5)
    this.bytes[this.offset] = constructor
    this.uint32At(this.offset + 1, value)
    this.offset += 5
  }

  /** A safe integer in two's complement; `>>>` and `|` take it modulo 2³², negative ones too. */
  private eightBytes(constructor: number, value: number): void {
    this.reserve(9)
    this.bytes[this.offset] = constructor
    this.uint32At(this.offset + 1, Math.floor(value / 0x1_0000_0000))
    this.uint32At(this.offset + 5, value)
    this.offset += 9
  }

  private uint32At(at: number, value: number): void {
    this.bytes[at] = value >>> 24
    this.bytes[at + 1] = value >>> 16
    this.bytes[at + 2] = value >>> 8
    this.bytes[at + 3] = value
  }

  private reserve(count: number): void {
    const needed = this.offset + count
    if (needed <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    larger.set(this.bytes.subarray(0, this.offset))
    this.bytes = larger
  }
}
