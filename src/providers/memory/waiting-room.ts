import type { MessageSelector } from '../../interop/message-selector.ts'
import type { Entry } from './entry.ts'
import type { ExpiryClock } from './expiry-clock.ts'
import { Lane, leaveLanes } from './lane.ts'
import { PriorityList } from './priority-list.ts'
import type { StoreConsumer } from './store-consumer.ts'

/**
 * Where the entries of one store are while nobody has them: ready by priority and age, in the lanes of the selectors
 * they match, reserved for the owner of their group, or delayed; and the clock's note of when that ends.
 */
export class WaitingRoom {
  readonly #clock: ExpiryClock
  readonly #ready = new PriorityList<Entry>()
  #delayed: Set<Entry> | undefined
  #lanes: Lane[] | undefined
  #lastSequence = 0

  constructor(clock: ExpiryClock) {
    this.#clock = clock
  }

  /** A new entry goes to the end, one that comes back to where it was. */
  admit(entry: Entry): void {
    entry.state = 'waiting'
    if (entry.sequence === 0) {
      this.#lastSequence += 1
      entry.sequence = this.#lastSequence
      this.#ready.append(entry)
    } else {
      this.#ready.insert(entry)
    }
    this.#noteExpiry(entry)
    if (this.#lanes !== undefined) for (const lane of this.#lanes) lane.offer(entry)
  }

  delay(entry: Entry, time: number): void {
    entry.state = 'delayed'
    this.#delayed ??= new Set()
    this.#delayed.add(entry)
    this.#clock.deliverAt(entry, time)
    this.#noteExpiry(entry)
  }

  /** Keeps a waiting entry for one consumer alone. */
  reserve(entry: Entry, consumer: StoreConsumer): void {
    this.unlink(entry)
    consumer.reserve(entry)
    this.#noteExpiry(entry)
  }

  /** Takes an entry out of wherever it waits. */
  unlink(entry: Entry): void {
    if (entry.state === 'delayed') this.#delayed?.delete(entry)
    else if (entry.reservedFor === undefined) this.#ready.remove(entry)
    else entry.reservedFor.reserved?.remove(entry)
    entry.reservedFor = undefined
    if (entry.places !== undefined) leaveLanes(entry)
    if (entry.expiryBucket !== undefined || entry.dueBucket !== undefined) this.#clock.forget(entry)
  }

  /** The first entry of those that any consumer with this one's selector may have. */
  firstFor(consumer: StoreConsumer): Entry | undefined {
    return consumer.lane === undefined ? this.#ready.first() : consumer.lane.places.first()?.entry
  }

  readyEntries(): Entry[] {
    return [...this.#ready]
  }

  delayedEntries(): Iterable<Entry> {
    return this.#delayed ?? []
  }

  joinLane(selector: MessageSelector): Lane {
    this.#lanes ??= []
    let lane = this.#lanes.find((known) => known.selector.text === selector.text)
    if (lane === undefined) {
      lane = new Lane(selector)
      this.#lanes.push(lane)
      for (const entry of this.#ready) lane.offer(entry)
    }
    lane.consumers += 1
    return lane
  }

  leaveLane(lane: Lane): void {
    lane.consumers -= 1
    if (lane.consumers > 0) return
    lane.dissolve()
    const others = this.#lanes?.filter((other) => other !== lane)
    this.#lanes = others?.length === 0 ? undefined : others
  }

  #noteExpiry(entry: Entry): void {
    const { expiration } = entry.message.data
    if (expiration !== undefined) this.#clock.expireAt(entry, expiration)
  }
}
