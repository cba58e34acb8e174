/** Numbers that a seed decides. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 to 1, 1 excluded (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, both limits included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  /** True in that part of the cases. */
  chance(part: number): boolean {
    return this.next() < part
  }

  /** A random order; the list stays as it is. */
  shuffled<Value>(values: readonly Value[]): Value[] {
    const order = [...values]
    for (let index = order.length - 1; index > 0; index -= 1) {
      const other = this.integer(0, index)
      const [a, b] = [order[index], order[other]] as [Value, Value]
      order[index] = b
      order[other] = a
    }
    return order
  }

  /** Another generator: what is drawn from it does not change what this one draws next. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 2 ** 32))
  }
}

/** A seed that differs from run to run. */
export function anySeed(): number {
  return Math.floor(Math.random() * 1_000_000)
}
