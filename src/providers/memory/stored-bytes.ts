/** Up to here the engine keeps bytes in its own heap, which is quick; above, each array costs it more than the copying. */
const LARGEST_INLINE = 64
/** Above, copying is what counts. */
const LARGEST_SHARED = 512
/** Small, because one message that stays keeps the memory of its neighbours. */
const SLAB = 2_048

let slab: ArrayBuffer | undefined
let used = 0

/**
 * A copy for the broker to keep. Those of middling size share memory, so it must never be handed out: what a receiver
 * gets is a copy of its own.
 */
export function storedCopyOf(bytes: Uint8Array): Uint8Array {
  const length = bytes.byteLength
  if (length <= LARGEST_INLINE || length > LARGEST_SHARED) return new Uint8Array(bytes)
  if (slab === undefined || used + length > SLAB) {
    slab = new ArrayBuffer(SLAB)
    used = 0
  }
  const copy = new Uint8Array(slab, used, length)
  copy.set(bytes)
  used += length
  return copy
}
