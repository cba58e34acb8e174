const SMALLEST = 64

/**
 * Values by numbers that count up from 1, of which the oldest are taken away first, more or less. Unlike a Map it makes nothing
 * as values come and go: the tables that a Map leaves behind keep what was in them from being collected.
 */
export class SequenceMap<T> {
  /** As many as a power of two. */
  #slots: (T | undefined)[] = new Array<T | undefined>(SMALLEST).fill(undefined)
  /** The lowest number that may have a value. */
  #first = 1
  #next = 1

  /** Gives it the next number. */
  add(value: T): number {
    if (this.#next - this.#first === this.#slots.length) this.#grow()
    const number = this.#next
    this.#slots[number & (this.#slots.length - 1)] = value
    this.#next += 1
    return number
  }

  /** Takes the value of a number away. */
  take(number: number): T | undefined {
    if (!(number >= this.#first && number < this.#next)) return undefined
    const mask = this.#slots.length - 1
    const value = this.#slots[number & mask]
    this.#slots[number & mask] = undefined
    while (this.#first < this.#next && this.#slots[this.#first & mask] === undefined) this.#first += 1
    return value
  }

  /** Takes the first one away, unless its number is higher than this. */
  takeUpTo(number: number): T | undefined {
    return this.#first <= number ? this.take(this.#first) : undefined
  }

  /** By their numbers. */
  *values(): IterableIterator<T> {
    for (let number = this.#first; number < this.#next; number += 1) {
      const value = this.#slots[number & (this.#slots.length - 1)]
      if (value !== undefined) yield value
    }
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Array<T | undefined>(before.length * 2).fill(undefined)
    for (let number = this.#first; number < this.#next; number += 1) {
      this.#slots[number & (this.#slots.length - 1)] = before[number & (before.length - 1)]
    }
  }
}
