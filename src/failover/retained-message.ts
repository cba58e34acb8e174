import { BytePool } from '../collections/byte-pool.ts'
import type { MessageData } from '../message/message-data.ts'

// Sends are confirmed soon after another, and in order: a slab is free again as a whole.
const pool = new BytePool({ smallest: 64, largest: 2_048, slab: 16_384 })

/** The message as it is now, whatever its sender does with its bytes. The entries of maps and streams are copies already. */
export function retained(message: MessageData): MessageData {
  return message.kind === 'bytes' ? { ...message, body: pool.copyOf(message.body as Uint8Array) } : message
}
