import type { Admission } from './admission.ts'
import type { Dispatchable, DispatchLoop } from './dispatch-loop.ts'
import { Entry } from './entry.ts'
import type { ExpiryClock } from './expiry-clock.ts'
import type { StoredMessage } from './mapping.ts'
import { MessageGroups } from './message-groups.ts'
import { MemoryDelivery, type StoreConsumer } from './store-consumer.ts'
import { TurnRing } from './turn-ring.ts'
import { WaitingRoom } from './waiting-room.ts'

/** Bounds of each queue and each subscription. */
export interface StoreLimits {
  readonly maxMessages: number
  readonly maxBytes: number
}

/** What a store needs of its broker. */
export interface StoreHost {
  readonly loop: DispatchLoop
  readonly clock: ExpiryClock
  readonly limits: StoreLimits
}

/**
 * The messages of one queue or one subscription, and the consumers that share them.
 *
 * Messages wait in one list by priority and age; a message that is handed over leaves it and, given back, returns to
 * its place. A consumer with a selector takes from the lane of that selector instead. Only consumers with credit take
 * turns, one message each, so nothing here costs more with more idle consumers, queues or messages.
 */
export class QueueStore implements Dispatchable {
  scheduled = false
  /** Messages it holds in any state, and their estimated bytes. */
  count = 0
  bytes = 0
  /** Of them, delivered and not settled. */
  unacknowledged = 0
  readonly consumers: Set<StoreConsumer> = new Set()
  readonly #host: StoreHost
  readonly #waiting: WaitingRoom
  readonly #turns = new TurnRing()
  #groups: MessageGroups | undefined
  #blocked: Set<Admission> | undefined
  #reservations = 0
  #isClosed = false

  constructor(host: StoreHost) {
    this.#host = host
    this.#waiting = new WaitingRoom(host.clock)
  }

  // Messages in and out -----------------------------------------------------------------------------------------

  hasRoomFor(message: StoredMessage): boolean {
    const { limits } = this.#host
    return this.count < limits.maxMessages && this.bytes + message.size <= limits.maxBytes
  }

  /** Tries the admission again as soon as there is more room. */
  callWhenRoom(admission: Admission): void {
    this.#blocked ??= new Set()
    this.#blocked.add(admission)
  }

  append(message: StoredMessage): void {
    if (this.#isClosed) return
    const entry = new Entry(this, message)
    this.count += 1
    this.bytes += message.size
    const { deliveryTime } = message.data
    if (deliveryTime !== undefined && deliveryTime > Date.now()) this.#waiting.delay(entry, deliveryTime)
    else this.#makeReady(entry)
  }

  /** Ends a delivered entry: consumed, or moved elsewhere. */
  discard(entry: Entry): void {
    if (entry.state !== 'delivered') return
    this.unacknowledged -= 1
    this.#remove(entry)
  }

  /** Puts a delivered entry back in its place, `delay` ms from now. */
  giveBack(entry: Entry, delivery: 'failed' | 'undone', delay = 0): void {
    if (entry.state !== 'delivered') return
    this.unacknowledged -= 1
    if (delivery === 'failed') entry.failures += 1
    if (this.#isClosed || entry.hasExpired) this.#remove(entry)
    else if (delay > 0) this.#waiting.delay(entry, Date.now() + delay)
    else this.#makeReady(entry)
  }

  /** For the clock: the time of a delayed entry has come. */
  becameDue(entry: Entry): void {
    if (entry.state !== 'delayed') return
    this.#waiting.unlink(entry)
    this.#makeReady(entry)
  }

  /** For the clock: the time of an entry that nobody has taken is over. */
  expire(entry: Entry): void {
    this.#waiting.unlink(entry)
    this.#remove(entry)
  }

  /** Drops what is not delivered; returns how many messages that were. */
  purge(): number {
    const entries = [...this.#waitingEntries(), ...this.#waiting.delayedEntries()]
    for (const entry of entries) this.expire(entry)
    return entries.length
  }

  /** Forgets everything; deliveries of it can still be settled, to no effect. */
  close(): void {
    this.purge()
    this.#isClosed = true
    this.#wakeBlocked()
  }

  /** What a consumer could be given now, in order. */
  available(): readonly Entry[] {
    const entries = this.#waitingEntries().filter((entry) => !entry.hasExpired)
    return entries.sort((a, b) => b.priority - a.priority || a.sequence - b.sequence)
  }

  // Consumers ---------------------------------------------------------------------------------------------------

  attach(consumer: StoreConsumer): void {
    this.consumers.add(consumer)
    if (consumer.selector !== undefined) consumer.lane = this.#waiting.joinLane(consumer.selector)
  }

  detach(consumer: StoreConsumer): void {
    if (!this.consumers.delete(consumer)) return
    consumer.credit = 0
    this.#turns.leave(consumer)
    for (const groupId of consumer.groups ?? []) this.#groups?.end(groupId)
    if (consumer.lane !== undefined) this.#waiting.leaveLane(consumer.lane)
    consumer.letGoOfAll((entry) => this.giveBack(entry, 'failed'))
    this.#offerToAll([...(consumer.reserved ?? [])])
  }

  grant(consumer: StoreConsumer, credit: number): void {
    if (credit <= 0 || !this.consumers.has(consumer)) return
    consumer.credit += credit
    this.#turns.join(consumer)
    this.#host.loop.schedule(this)
    this.#host.loop.run()
  }

  /** Resolves when what the credit had called for has been handed over; undefined when that is so already. */
  takeCreditBack(consumer: StoreConsumer): Promise<void> | undefined {
    if (consumer.credit === 0) return undefined
    const withdraw = (): void => {
      consumer.credit = 0
      this.#turns.leave(consumer)
    }
    if (!this.#host.loop.isRunning) {
      withdraw()
      return undefined
    }
    // Asked for inside a listener: the loop has yet to act on credit that was granted there.
    return new Promise((resolve) => {
      this.#host.loop.schedule(this)
      this.#host.loop.schedule({ scheduled: false, dispatch: () => resolve(withdraw()) })
    })
  }

  /** Hands over one message to each consumer in turn, until there is no more credit or no more message for it. */
  dispatch(): void {
    while (this.#serveNext());
  }

  #serveNext(): boolean {
    const first = this.#turns.current
    if (first === undefined) return false
    const reservations = this.#reservations
    let consumer = first
    do {
      const entry = this.#nextFor(consumer)
      if (entry !== undefined) {
        this.#turns.current = consumer.nextTurn
        this.#deliver(consumer, entry)
        return true
      }
      consumer = consumer.nextTurn ?? first
    } while (consumer !== first)
    // What has just been reserved may be for a consumer that had been asked before that.
    return reservations !== this.#reservations
  }

  #nextFor(consumer: StoreConsumer): Entry | undefined {
    for (;;) {
      const own = consumer.reserved?.first()
      const entry = earlier(own, this.#waiting.firstFor(consumer))
      if (entry === undefined) return undefined
      if (entry.hasExpired) {
        this.expire(entry)
        continue
      }
      const owner = entry === own ? undefined : this.#groupOwnerOf(entry)
      if (owner === undefined || owner === consumer) return entry
      this.#waiting.reserve(entry, owner)
      this.#reservations += 1
    }
  }

  #deliver(consumer: StoreConsumer, entry: Entry): void {
    const { groupId, groupSequence } = entry.message.data
    this.#waiting.unlink(entry)
    entry.state = 'delivered'
    this.unacknowledged += 1
    consumer.credit -= 1
    if (consumer.credit === 0) this.#turns.leave(consumer)
    if (groupId !== undefined) this.#noteGroup(consumer, groupId, groupSequence)
    const delivery = new MemoryDelivery(entry, consumer)
    consumer.hold(delivery)
    consumer.hand(consumer.info.id, delivery)
  }

  // Message groups ----------------------------------------------------------------------------------------------

  /** Who must have this entry; a message that the owner's selector refuses is free, lest it wait for ever. */
  #groupOwnerOf(entry: Entry): StoreConsumer | undefined {
    const { groupId } = entry.message.data
    if (groupId === undefined) return undefined
    const owner = this.#groups?.ownerOf(groupId)
    if (owner?.lane === undefined) return owner
    return entry.places?.some((place) => place.lane === owner.lane) ? owner : undefined
  }

  #noteGroup(consumer: StoreConsumer, groupId: string, groupSequence: number | undefined): void {
    this.#groups ??= new MessageGroups()
    const owner = this.#groups.ownerOf(groupId) ?? consumer
    if (groupSequence !== -1) {
      if (owner === consumer) this.#groups.assign(groupId, consumer)
      return
    }
    this.#groups.end(groupId)
    const orphans = [...(owner.reserved ?? [])].filter((entry) => entry.message.data.groupId === groupId)
    this.#offerToAll(orphans)
  }

  /** Entries reserved for a consumer that no longer owns their group are anyone's again, in their old places. */
  #offerToAll(entries: readonly Entry[]): void {
    for (const entry of entries.toReversed()) {
      this.#waiting.unlink(entry)
      this.#makeReady(entry)
    }
  }

  // Places ------------------------------------------------------------------------------------------------------

  #waitingEntries(): Entry[] {
    const entries = this.#waiting.readyEntries()
    for (const { reserved } of this.consumers) if (reserved !== undefined) entries.push(...reserved)
    return entries
  }

  #makeReady(entry: Entry): void {
    this.#waiting.admit(entry)
    if (this.#turns.current !== undefined) this.#host.loop.schedule(this)
  }

  #remove(entry: Entry): void {
    entry.state = 'gone'
    this.count -= 1
    this.bytes -= entry.message.size
    if (this.#blocked !== undefined) this.#wakeBlocked()
  }

  #wakeBlocked(): void {
    const blocked = this.#blocked
    if (blocked === undefined) return
    this.#blocked = undefined
    for (const admission of blocked) this.#host.loop.schedule(admission)
  }
}

function earlier(a: Entry | undefined, b: Entry | undefined): Entry | undefined {
  if (a === undefined) return b
  if (b === undefined) return a
  if (a.priority !== b.priority) return a.priority > b.priority ? a : b
  return a.sequence < b.sequence ? a : b
}
