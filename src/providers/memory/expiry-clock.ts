import type { DispatchLoop } from './dispatch-loop.ts'
import type { Entry } from './entry.ts'

/** Entries that the clock looks at together. */
export interface Bucket {
  /** ms since the epoch. */
  readonly time: number
  readonly purpose: 'due' | 'expiry'
  readonly entries: Set<Entry>
}

/** Expired messages leave memory within this time, ms; they are refused to consumers at once. */
const EXPIRY_GRAIN = 1_000

/** The longest time a timer can be set for; it is set again after that. */
const LONGEST_TIMEOUT = 0x7fffffff

/**
 * The one timer of a broker: makes delayed messages ready and drops expired ones.
 *
 * Entries stand in buckets, by ms when delayed and by whole seconds when they only expire, and buckets in a heap, so a
 * message costs no timer and leaves in O(1) when it is consumed before its time.
 */
export class ExpiryClock {
  readonly #loop: DispatchLoop
  readonly #dueBuckets = new Map<number, Bucket>()
  readonly #expiryBuckets = new Map<number, Bucket>()
  readonly #heap: Bucket[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #timerTime = Number.POSITIVE_INFINITY
  #holders = 0

  constructor(loop: DispatchLoop) {
    this.#loop = loop
  }

  /** Calls the store's `becameDue` at `time`. */
  deliverAt(entry: Entry, time: number): void {
    entry.dueBucket = this.#bucket(this.#dueBuckets, 'due', time)
    entry.dueBucket.entries.add(entry)
  }

  /** Calls the store's `expire` soon after `time`. */
  expireAt(entry: Entry, time: number): void {
    const bucket = this.#bucket(this.#expiryBuckets, 'expiry', Math.ceil(time / EXPIRY_GRAIN) * EXPIRY_GRAIN)
    entry.expiryBucket = bucket
    bucket.entries.add(entry)
  }

  forget(entry: Entry): void {
    entry.dueBucket?.entries.delete(entry)
    entry.expiryBucket?.entries.delete(entry)
    entry.dueBucket = undefined
    entry.expiryBucket = undefined
  }

  /** A connection has opened: while there is one, what is due may keep the process alive. */
  hold(): void {
    this.#holders += 1
    if (this.#holders === 1) keepAlive(this.#timer)
  }

  /** A connection has ended. */
  release(): void {
    this.#holders -= 1
    if (this.#holders === 0) letExit(this.#timer)
  }

  /** Does at once what the timer would do later, to the millisecond. */
  catchUp(): void {
    this.#tick()
    const current = this.#expiryBuckets.get(Math.ceil(Date.now() / EXPIRY_GRAIN) * EXPIRY_GRAIN)
    for (const entry of current?.entries ?? []) {
      if (entry.hasExpired) entry.store.expire(entry)
    }
    this.#loop.run()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerTime = Number.POSITIVE_INFINITY
    this.#heap.length = 0
    this.#dueBuckets.clear()
    this.#expiryBuckets.clear()
  }

  #bucket(buckets: Map<number, Bucket>, purpose: Bucket['purpose'], time: number): Bucket {
    const known = buckets.get(time)
    if (known !== undefined) return known
    const bucket: Bucket = { time, purpose, entries: new Set() }
    buckets.set(time, bucket)
    pushByTime(this.#heap, bucket)
    this.#arm()
    return bucket
  }

  #arm(): void {
    const [first] = this.#heap
    if (first === undefined || first.time >= this.#timerTime) return
    clearTimeout(this.#timer)
    this.#timerTime = first.time
    const wait = Math.min(LONGEST_TIMEOUT, Math.max(1, first.time - Date.now()))
    this.#timer = setTimeout(() => this.#tick(), wait)
    if (this.#holders === 0) letExit(this.#timer)
  }

  #tick(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerTime = Number.POSITIVE_INFINITY
    const now = Date.now()
    for (let first = this.#heap[0]; first !== undefined && first.time <= now; first = this.#heap[0]) {
      popByTime(this.#heap)
      const buckets = first.purpose === 'due' ? this.#dueBuckets : this.#expiryBuckets
      buckets.delete(first.time)
      for (const entry of first.entries) {
        if (first.purpose === 'due') entry.store.becameDue(entry)
        else entry.store.expire(entry)
      }
    }
    this.#arm()
    this.#loop.run()
  }
}

/** A timer is an object in Node and a number in a browser, where nothing needs to be kept from running. */
type MaybeTimer = { readonly ref?: () => void; readonly unref?: () => void } | number | undefined

function keepAlive(timer: MaybeTimer): void {
  if (typeof timer === 'object') timer.ref?.()
}

function letExit(timer: MaybeTimer): void {
  if (typeof timer === 'object') timer.unref?.()
}

function pushByTime(heap: Bucket[], bucket: Bucket): void {
  let index = heap.length
  heap.push(bucket)
  while (index > 0) {
    const parentIndex = (index - 1) >> 1
    const parent = heap[parentIndex]
    if (parent === undefined || parent.time <= bucket.time) break
    heap[index] = parent
    index = parentIndex
  }
  heap[index] = bucket
}

function popByTime(heap: Bucket[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let index = 0
  for (;;) {
    let childIndex = index * 2 + 1
    let child = heap[childIndex]
    const right = heap[childIndex + 1]
    if (child !== undefined && right !== undefined && right.time < child.time) {
      child = right
      childIndex += 1
    }
    if (child === undefined || child.time >= last.time) break
    heap[index] = child
    index = childIndex
  }
  heap[index] = last
}
