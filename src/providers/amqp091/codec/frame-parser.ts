import { Buffer } from 'node:buffer'
import { FRAME_END, FRAME_OVERHEAD } from './methods.ts'
import { AmqpProtocolError } from './protocol-error.ts'

/** Type, channel and size. */
const HEAD = 7

/** Gets the frames in their order: the payload is what stands from `start` to `end`. */
export type FrameHandler = (type: number, channel: number, bytes: Buffer, start: number, end: number) => void

/**
 * Cuts what arrives into frames, wherever it is split or joined. A frame that arrives whole is not copied; one that does
 * not is gathered into a buffer of its size, which is bounded before it is made.
 */
export class FrameParser {
  /** Bytes that a whole frame may have. */
  largestFrame: number
  readonly #handle: FrameHandler
  /** The beginning of a frame whose rest has not come. */
  #partial: Buffer | undefined
  #filled = 0

  constructor(largestFrame: number, handle: FrameHandler) {
    this.largestFrame = largestFrame
    this.#handle = handle
  }

  /** @throws AmqpProtocolError for what is no frame, and what the handler throws */
  push(bytes: Buffer): void {
    let offset = this.#partial === undefined ? 0 : this.#complete(bytes, this.#partial)
    while (bytes.length - offset >= HEAD) {
      const end = offset + this.#sizeAt(bytes, offset)
      if (end > bytes.length) break
      this.#frame(bytes, offset, end)
      offset = end
    }
    if (offset < bytes.length) this.#keep(bytes, offset)
  }

  #keep(bytes: Buffer, offset: number): void {
    const left = bytes.length - offset
    this.#partial = Buffer.allocUnsafe(left < HEAD ? HEAD : this.#sizeAt(bytes, offset))
    bytes.copy(this.#partial, 0, offset)
    this.#filled = left
  }

  /** Adds to the frame that is begun; gives where the next one begins. */
  #complete(bytes: Buffer, partial: Buffer): number {
    const taken = Math.min(partial.length - this.#filled, bytes.length)
    bytes.copy(partial, this.#filled, 0, taken)
    this.#filled += taken
    if (this.#filled < partial.length) return taken
    this.#partial = undefined
    if (partial.length > HEAD) {
      this.#frame(partial, 0, partial.length)
      return taken
    }
    // Its head is there now, and tells how long it is.
    const whole = Buffer.allocUnsafe(this.#sizeAt(partial, 0))
    partial.copy(whole)
    this.#partial = whole
    this.#filled = HEAD
    return taken + this.#complete(bytes.subarray(taken), whole)
  }

  /** Bytes of the whole frame that begins there. */
  #sizeAt(bytes: Buffer, offset: number): number {
    const size = bytes.readUInt32BE(offset + 3) + FRAME_OVERHEAD
    if (size <= this.largestFrame) return size
    throw new AmqpProtocolError(`a frame of ${size} bytes came, and ${this.largestFrame} are allowed`)
  }

  #frame(bytes: Buffer, start: number, end: number): void {
    if (bytes[end - 1] !== FRAME_END) throw new AmqpProtocolError('a frame has no end')
    this.#handle(
      bytes[start] ?? 0,
      ((bytes[start + 1] ?? 0) << 8) | (bytes[start + 2] ?? 0),
      bytes,
      start + HEAD,
      end - 1,
    )
  }
}
