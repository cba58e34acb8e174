import { MessageFormatError } from '../../../errors.ts'

const INITIAL_CAPACITY = 4 * 1024
/** A buffer that one huge packet made grow beyond this is given back. */
const RETAINED_CAPACITY = 256 * 1024
/** Room for the fixed header, whose length is known last. */
const HEADER_ROOM = 5
const LONGEST_FIELD = 65_535
/** Up to this length a loop over ASCII beats the call into native code. */
const SHORT_STRING = 24
/** The most that four bytes of a variable byte integer say. */
const LARGEST_PACKET = 268_435_455

const encoder = new TextEncoder()

/** Writes packets into a buffer that is reused from call to call. */
export class PacketWriter {
  #bytes = new Uint8Array(INITIAL_CAPACITY)
  #offset = HEADER_ROOM

  /** Forgets what was written before, also after a failure half way. */
  begin(): void {
    this.#offset = HEADER_ROOM
    if (this.#bytes.length > RETAINED_CAPACITY) this.#bytes = new Uint8Array(INITIAL_CAPACITY)
  }

  /**
   * The packet that was written, a copy.
   *
   * @param first - the first byte of its fixed header
   */
  finish(first: number): Uint8Array {
    const length = this.#offset - HEADER_ROOM
    if (length > LARGEST_PACKET) throw new MessageFormatError('a packet of MQTT has less than 256 MiB; send less')
    const start = HEADER_ROOM - 1 - sizeOfVariable(length)
    this.#bytes[start] = first
    putVariable(this.#bytes, start + 1, length)
    return this.#bytes.slice(start, this.#offset)
  }

  uint8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#offset++] = value
  }

  uint16(value: number): void {
    this.#reserve(2)
    this.#bytes[this.#offset++] = value >>> 8
    this.#bytes[this.#offset++] = value
  }

  uint32(value: number): void {
    this.uint16(value >>> 16)
    this.uint16(value)
  }

  variableInteger(value: number): void {
    this.#reserve(4)
    this.#offset = putVariable(this.#bytes, this.#offset, value)
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#offset)
    this.#offset += bytes.length
  }

  /** @param what - how an error calls it */
  binary(bytes: Uint8Array, what: string): void {
    if (bytes.length > LONGEST_FIELD) throw tooLong(what, bytes.length)
    this.uint16(bytes.length)
    this.bytes(bytes)
  }

  /** @param what - how an error calls it */
  string(text: string, what: string): void {
    const start = this.#offset
    this.#reserve(2 + text.length * 3)
    this.#offset += 2
    this.#utf8(text)
    const length = this.#offset - start - 2
    if (length > LONGEST_FIELD) throw tooLong(what, length)
    this.#bytes[start] = length >>> 8
    this.#bytes[start + 1] = length
  }

  /** Text without a length before it. */
  text(text: string): void {
    this.#reserve(text.length * 3)
    this.#utf8(text)
  }

  /** Begins a section whose length goes before it; give what it returns to {@link endSection}. */
  beginSection(): number {
    this.uint8(0)
    return this.#offset
  }

  endSection(start: number): void {
    const length = this.#offset - start
    const more = sizeOfVariable(length) - 1
    if (more > 0) {
      this.#reserve(more)
      this.#bytes.copyWithin(start + more, start, this.#offset)
      this.#offset += more
    }
    putVariable(this.#bytes, start - 1, length)
  }

  #utf8(text: string): void {
    if (text.length <= SHORT_STRING && this.#ascii(text)) return
    this.#offset += encoder.encodeInto(text, this.#bytes.subarray(this.#offset)).written
  }

  #ascii(text: string): boolean {
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      if (code >= 0x80) return false
      this.#bytes[this.#offset + index] = code
    }
    this.#offset += text.length
    return true
  }

  #reserve(length: number): void {
    const needed = this.#offset + length
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#offset))
    this.#bytes = grown
  }
}

function tooLong(what: string, length: number): MessageFormatError {
  return new MessageFormatError(`${what} has ${length} bytes, and MQTT has room for ${LONGEST_FIELD}; shorten it`)
}

function sizeOfVariable(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4
}

/** Gives the offset behind it. */
function putVariable(bytes: Uint8Array, at: number, value: number): number {
  let offset = at
  let rest = value
  while (rest >= 0x80) {
    bytes[offset++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[offset++] = rest
  return offset
}
