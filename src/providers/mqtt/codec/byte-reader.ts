import { ByteCache } from '../../../collections/byte-cache.ts'
import { MqttProtocolError } from './packets.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Up to this length a loop over ASCII beats the call into native code. */
const SHORT_STRING = 16
/** Topics, content types and names of properties, which most messages have in common with those before. */
const recurring = new ByteCache<string>((text) => text)

/** Reads the fields of one packet; never beyond its end. */
export class ByteReader {
  offset: number
  readonly #bytes: Uint8Array
  readonly #end: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.offset = start
    this.#end = end
  }

  get isAtEnd(): boolean {
    return this.offset >= this.#end
  }

  /** The offset after `length` bytes more. @throws MqttProtocolError when the packet has not so many */
  endAfter(length: number): number {
    const end = this.offset + length
    if (end > this.#end) throw new MqttProtocolError('a field is longer than its packet')
    return end
  }

  uint8(): number {
    const end = this.endAfter(1)
    const value = this.#bytes[this.offset] as number
    this.offset = end
    return value
  }

  uint16(): number {
    return this.uint8() * 0x100 + this.uint8()
  }

  uint32(): number {
    return this.uint16() * 0x1_0000 + this.uint16()
  }

  /** Seven bits a byte, four bytes at most (MQTT 5 §1.5.5). */
  variableInteger(): number {
    let value = 0
    for (let factor = 1; factor <= 0x20_0000; factor *= 0x80) {
      const byte = this.uint8()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    throw new MqttProtocolError('a variable byte integer has more than four bytes')
  }

  /** A view of the bytes. */
  binary(): Uint8Array {
    return this.bytes(this.uint16())
  }

  bytes(length: number): Uint8Array {
    const end = this.endAfter(length)
    const bytes = this.#bytes.subarray(this.offset, end)
    this.offset = end
    return bytes
  }

  rest(): Uint8Array {
    return this.bytes(this.#end - this.offset)
  }

  string(): string {
    return this.#utf8(this.uint16())
  }

  /** A string that is likely to come again. */
  recurringString(): string {
    const length = this.uint16()
    const start = this.offset
    const end = this.endAfter(length)
    const known = recurring.find(this.#bytes, start, end)
    if (known !== undefined) {
      this.offset = end
      return known
    }
    const text = this.#utf8(length)
    recurring.keep(this.#bytes, start, end, text)
    return text
  }

  #utf8(length: number): string {
    const end = this.endAfter(length)
    const short = length <= SHORT_STRING ? this.#ascii(end) : undefined
    if (short !== undefined) {
      this.offset = end
      return short
    }
    try {
      return decoder.decode(this.bytes(length))
    } catch (cause) {
      throw new MqttProtocolError('a string is no UTF-8', { cause })
    }
  }

  /** Undefined when there is anything else than ASCII. */
  #ascii(end: number): string | undefined {
    const codes: number[] = []
    for (let offset = this.offset; offset < end; offset += 1) {
      const byte = this.#bytes[offset] as number
      if (byte >= 0x80) return undefined
      codes.push(byte)
    }
    return String.fromCharCode(...codes)
  }
}
