import { Buffer } from 'node:buffer'
import type { OnReadOpts } from 'node:net'

/** As much as the system hands over at once. */
const SIZE = 64 * 1024

/**
 * Memory that a socket reads into again and again. By default Node makes a new piece for each read, outside of the heap; a stream of
 * them has the engine collect its whole heap every so often.
 */
export class ReadBuffer {
  /** The option of `net.connect`. */
  readonly onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(SIZE),
    callback: (length, buffer) => {
      this.#take(buffer.subarray(0, length))
      return true
    },
  }
  #take: (bytes: Uint8Array) => void = () => {}

  /** What is read is for this one from now on. Before that, the socket must be paused. */
  handOverTo(take: (bytes: Uint8Array) => void): void {
    this.#take = take
  }
}
