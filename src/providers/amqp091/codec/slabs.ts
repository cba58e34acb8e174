import { Buffer } from 'node:buffer'
import { Fifo } from '../../../collections/fifo.ts'

/** Bytes of a slab: some dozens of small messages. */
export const SLAB_SIZE: number = 32 * 1024
/** Slabs that are kept for what comes: about as many as 500 small messages take. */
const MOST_SPARE = 8

/** Memory that frames are written into, one behind the other, and go out from as they stand there. */
export interface Slab {
  readonly bytes: Buffer
  /** Messages in it that the broker has not confirmed. */
  unconfirmed: number
}

/**
 * The slabs of one connection, which are used again: memory outside of the heap that comes and goes with every message has the
 * engine collect its whole heap every so often.
 */
export class Slabs {
  readonly #spare: Slab[] = []
  /** In the order in which they became full. */
  readonly #full = new Fifo<Slab>()

  /** One with room for so many bytes, in place of the one before. */
  next(before: Slab, length: number): Slab {
    // Where nothing is published, no confirmation will come: only one is kept for it.
    if (before.unconfirmed > 0 || this.#full.length === 0) this.#full.push(before)
    const spare = length > SLAB_SIZE ? undefined : this.#spare.pop()
    return spare ?? { bytes: Buffer.allocUnsafeSlow(Math.max(length, SLAB_SIZE)), unconfirmed: 0 }
  }

  /**
   * The broker has got a message in this one, and all that went out before it. So nothing waits to go out from those
   * that were full earlier; their own last message would not tell, as acknowledgements may stand behind it.
   */
  confirmed(slab: Slab): void {
    slab.unconfirmed -= 1
    let oldest = this.#full.peek()
    while (oldest !== undefined && oldest !== slab && oldest.unconfirmed === 0) {
      this.#full.shift()
      if (oldest.bytes.length === SLAB_SIZE && this.#spare.length < MOST_SPARE) this.#spare.push(oldest)
      oldest = this.#full.peek()
    }
  }
}
