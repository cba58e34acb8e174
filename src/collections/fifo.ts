/**
 * A queue on a ring of slots: both ends O(1), and no allocation once it has grown to its usual length. Where things come and go
 * with every message it also stands in for a Set, which makes a new table every so often: one that has grown old keeps all the
 * tables after it from being collected, until the whole heap is.
 */
export class Fifo<T> {
  #slots: (T | undefined)[] = new Array(8)
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#slots.length) this.#grow()
    this.#slots[this.#slotOf(this.#length)] = item
    this.#length += 1
  }

  /** Puts an item before all others. */
  unshift(item: T): void {
    if (this.#length === this.#slots.length) this.#grow()
    this.#head = (this.#head - 1) & (this.#slots.length - 1)
    this.#slots[this.#head] = item
    this.#length += 1
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#length -= 1
    return item
  }

  has(item: T): boolean {
    return this.#indexOf(item) >= 0
  }

  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#slots[this.#head]
  }

  /** Empties the queue and gives what was in it, oldest first. */
  takeAll(): T[] {
    const all: T[] = []
    for (let item = this.shift(); item !== undefined; item = this.shift()) all.push(item)
    return all
  }

  /** Removes the first occurrence; the sooner it comes, the less that takes. */
  remove(item: T): boolean {
    const found = this.#indexOf(item)
    for (let index = found; index > 0; index -= 1)
      this.#slots[this.#slotOf(index)] = this.#slots[this.#slotOf(index - 1)]
    return found >= 0 && this.shift() !== undefined
  }

  #indexOf(item: T): number {
    for (let index = 0; index < this.#length; index += 1) if (this.#slots[this.#slotOf(index)] === item) return index
    return -1
  }

  #slotOf(index: number): number {
    return (this.#head + index) & (this.#slots.length - 1)
  }

  /** The length stays a power of two, so that a mask does for the remainder. */
  #grow(): void {
    const grown: (T | undefined)[] = new Array(this.#slots.length * 2)
    for (let index = 0; index < this.#length; index += 1) {
      grown[index] = this.#slots[this.#slotOf(index)]
    }
    this.#slots = grown
    this.#head = 0
  }
}
