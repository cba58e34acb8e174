import { BytePool } from '../../collections/byte-pool.ts'

// A message may stay for long while its neighbours are gone, so the slabs are small.
const pool = new BytePool({ smallest: 64, largest: 512, slab: 2_048 })

/** A copy for the broker to keep; what a receiver gets is a copy of its own. */
export function storedCopyOf(bytes: Uint8Array): Uint8Array {
  return pool.copyOf(bytes)
}
