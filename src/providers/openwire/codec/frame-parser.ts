import { Buffer } from 'node:buffer'
import { OpenWireProtocolError } from './protocol-error.ts'

/** The size of what follows. */
const HEAD = 4
/** A frame above it is gathered in what has come of it, and not given all its room at once. */
const TRUSTED = 1024 * 1024

/** Gets the frames in their order: type and fields stand from `start` to `end`. */
export type FrameHandler = (bytes: Buffer, start: number, end: number) => void

/**
 * Cuts what arrives into frames, wherever it is split or joined. A frame that arrives whole is not copied; one that does
 * not is gathered into a buffer that grows with what has come, up to the limit.
 */
export class FrameParser {
  /** Bytes that a frame may have behind its size. */
  largestFrame: number
  readonly #handle: FrameHandler
  #partial: Buffer = EMPTY
  #filled = 0

  constructor(largestFrame: number, handle: FrameHandler) {
    this.largestFrame = largestFrame
    this.#handle = handle
  }

  /** @throws OpenWireProtocolError for what is no frame, and what the handler throws */
  push(bytes: Buffer): void {
    let offset = 0
    while (this.#filled > 0 && offset < bytes.length) offset = this.#complete(bytes, offset)
    while (bytes.length - offset >= HEAD) {
      const end = offset + HEAD + this.#sizeAt(bytes, offset)
      if (end > bytes.length) break
      this.#handle(bytes, offset + HEAD, end)
      offset = end
    }
    if (offset < bytes.length) this.#keep(bytes, offset, bytes.length)
  }

  /** Adds to the frame that is begun; gives where the next one begins. */
  #complete(bytes: Buffer, offset: number): number {
    const whole = this.#filled < HEAD ? HEAD : HEAD + this.#sizeAt(this.#partial, 0)
    const taken = Math.min(whole - this.#filled, bytes.length - offset)
    this.#keep(bytes, offset, offset + taken)
    if (this.#filled < HEAD || this.#filled < HEAD + this.#sizeAt(this.#partial, 0)) return offset + taken
    const frame = this.#partial
    const end = this.#filled
    this.#partial = EMPTY
    this.#filled = 0
    this.#handle(frame, HEAD, end)
    return offset + taken
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const needed = this.#filled + end - start
    if (needed > this.#partial.length) {
      const grown = Buffer.allocUnsafe(this.#roomFor(bytes, start, needed))
      this.#partial.copy(grown, 0, 0, this.#filled)
      this.#partial = grown
    }
    bytes.copy(this.#partial, this.#filled, start, end)
    this.#filled = needed
  }

  /** All of the frame, unless it says that it is large. */
  #roomFor(bytes: Buffer, start: number, needed: number): number {
    const isSizeKnown = this.#filled >= HEAD || (this.#filled === 0 && bytes.length - start >= HEAD)
    if (!isSizeKnown) return HEAD
    const whole = HEAD + (this.#filled >= HEAD ? this.#sizeAt(this.#partial, 0) : this.#sizeAt(bytes, start))
    return Math.min(whole, Math.max(TRUSTED, needed * 2))
  }

  #sizeAt(bytes: Buffer, offset: number): number {
    const size = bytes.readInt32BE(offset)
    if (size >= 1 && size <= this.largestFrame) return size
    throw new OpenWireProtocolError(
      size < 1
        ? `a frame says that it has ${size} bytes`
        : `a frame of ${size} bytes came, and ${this.largestFrame} are allowed`,
    )
  }
}

const EMPTY = Buffer.alloc(0)
