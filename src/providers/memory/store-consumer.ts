import type { MessageSelector } from '../../interop/message-selector.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { Delivery } from '../../provider/provider.ts'
import { DONE } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import type { Entry } from './entry.ts'
import type { Lane } from './lane.ts'
import { decode } from './mapping.ts'
import { PriorityList } from './priority-list.ts'
import type { QueueStore } from './queue-store.ts'

/** What a connection can do with a consumer or a browser. */
export interface Receiver {
  readonly info: ConsumerInfo
  grant(credit: number): void
  drain(): Promise<void>
  /** Ends it; what it has not settled goes back as failed. */
  close(): void
}

/** Hands one delivery to the application; never throws. */
export type Hand = (consumerId: string, delivery: Delivery) => void

/** A delivery as the broker keeps it until it is settled. */
export class MemoryDelivery implements Delivery {
  readonly message: MessageData
  readonly redelivered: boolean
  readonly deliveryCount: number
  readonly entry: Entry
  readonly consumer: StoreConsumer
  /** Whether its consumer still holds it; a transaction, another outcome or the end of the consumer takes it away. */
  isHeld = true
  older: MemoryDelivery | undefined = undefined
  newer: MemoryDelivery | undefined = undefined

  constructor(entry: Entry, consumer: StoreConsumer) {
    this.message = decode(entry.message)
    this.redelivered = entry.failures > 0
    this.deliveryCount = entry.failures + 1
    this.entry = entry
    this.consumer = consumer
  }
}

/** A consumer of a store: its credit, its turn, and the deliveries it has not settled. */
export class StoreConsumer implements Receiver {
  readonly info: ConsumerInfo
  readonly store: QueueStore
  /** Evaluated by the store; a subscription's selector is evaluated before a message gets into its store. */
  readonly selector: MessageSelector | undefined
  readonly hand: Hand
  credit = 0
  /** The lane of its selector; undefined when it takes everything. The store sets it. */
  lane: Lane | undefined = undefined
  nextTurn: StoreConsumer | undefined = undefined
  previousTurn: StoreConsumer | undefined = undefined
  /** Message groups it owns, and messages of them that it had no credit for. */
  groups: Set<string> | undefined = undefined
  reserved: PriorityList<Entry> | undefined = undefined
  readonly #onClose: () => void
  #newest: MemoryDelivery | undefined = undefined

  constructor(subject: {
    readonly info: ConsumerInfo
    readonly store: QueueStore
    readonly selector: MessageSelector | undefined
    readonly hand: Hand
    readonly onClose?: () => void
  }) {
    this.info = subject.info
    this.store = subject.store
    this.selector = subject.selector
    this.hand = subject.hand
    this.#onClose = subject.onClose ?? nothing
  }

  grant(credit: number): void {
    this.store.grant(this, credit)
  }

  drain(): Promise<void> {
    return this.store.takeCreditBack(this) ?? DONE
  }

  close(): void {
    this.store.detach(this)
    this.#onClose()
  }

  reserve(entry: Entry): void {
    this.reserved ??= new PriorityList<Entry>()
    this.reserved.insert(entry)
    entry.reservedFor = this
  }

  hold(delivery: MemoryDelivery): void {
    delivery.older = this.#newest
    if (this.#newest !== undefined) this.#newest.newer = delivery
    this.#newest = delivery
  }

  /** Takes a delivery away from the consumer; its entry is then the caller's to settle. */
  letGo(delivery: MemoryDelivery): void {
    const { older, newer } = delivery
    if (newer === undefined) this.#newest = older
    else newer.older = older
    if (older !== undefined) older.newer = newer
    delivery.older = undefined
    delivery.newer = undefined
    delivery.isHeld = false
  }

  /** Takes everything away, newest first: given back in that order, each entry's place is the first one looked at. */
  letGoOfAll(take: (entry: Entry) => void): void {
    for (let delivery = this.#newest; delivery !== undefined; delivery = this.#newest) {
      this.letGo(delivery)
      take(delivery.entry)
    }
  }
}

function nothing(): void {}
