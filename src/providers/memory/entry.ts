import type { Bucket } from './expiry-clock.ts'
import type { LanePlace } from './lane.ts'
import type { StoredMessage } from './mapping.ts'
import type { Linked } from './priority-list.ts'
import type { QueueStore } from './queue-store.ts'
import type { StoreConsumer } from './store-consumer.ts'

/**
 * - `waiting`: any consumer that fits may have it.
 * - `delayed`: its time has not come.
 * - `delivered`: a consumer or a transaction holds it; it still counts as the store's.
 * - `gone`: consumed, expired, moved or purged.
 */
export type EntryState = 'waiting' | 'delayed' | 'delivered' | 'gone'

/** One message in one store: a queue's, or a subscription's. */
export class Entry implements Linked<Entry> {
  readonly store: QueueStore
  readonly message: StoredMessage
  readonly priority: number
  /** Its place for good once it has first been ready, so that it returns there after a failed delivery; 0 before. */
  sequence = 0
  state: EntryState = 'waiting'
  /** Deliveries that came to nothing. */
  failures = 0
  previous: Entry | undefined = undefined
  next: Entry | undefined = undefined
  /** Where it stands in the lanes of the selectors it matches. */
  places: LanePlace[] | undefined = undefined
  /** The owner of its message group, who alone may have it. */
  reservedFor: StoreConsumer | undefined = undefined
  /** When the clock next looks at it: to make it ready, and to drop it. */
  dueBucket: Bucket | undefined = undefined
  expiryBucket: Bucket | undefined = undefined

  constructor(store: QueueStore, message: StoredMessage) {
    this.store = store
    this.message = message
    this.priority = Math.min(9, Math.max(0, Math.trunc(message.data.priority)))
  }

  /** Expired messages are never delivered, however coarse the clock that drops them is. */
  get hasExpired(): boolean {
    const { expiration } = this.message.data
    return expiration !== undefined && expiration <= Date.now()
  }
}
