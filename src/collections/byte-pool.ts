export interface BytePoolSizes {
  /** Bytes up to which an array is made by itself: the engine keeps it in its own heap, which is quick. */
  readonly smallest: number
  /** Bytes above which an array is made by itself: copying is what counts then. */
  readonly largest: number
  /** Bytes of the memory that the others share. An array that stays keeps the memory of its neighbours. */
  readonly slab: number
}

/** Copies byte arrays, those of middling size into shared memory: a copy must never be handed to an application. */
export class BytePool {
  readonly #sizes: BytePoolSizes
  #slab: ArrayBuffer | undefined
  #used = 0

  constructor(sizes: BytePoolSizes) {
    this.#sizes = sizes
  }

  copyOf(bytes: Uint8Array): Uint8Array {
    const { smallest, largest, slab } = this.#sizes
    const length = bytes.byteLength
    if (length <= smallest || length > largest) return new Uint8Array(bytes)
    if (this.#slab === undefined || this.#used + length > slab) {
      this.#slab = new ArrayBuffer(slab)
      this.#used = 0
    }
    const copy = new Uint8Array(this.#slab, this.#used, length)
    copy.set(bytes)
    this.#used += length
    return copy
  }
}
