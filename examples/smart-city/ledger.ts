import type { Reading, SensorKind, Tally } from './city.ts'

interface Count {
  delivered: number
  late: number
  again: number
  slowest: number
}

/** Which readings have arrived, and how. */
export class Ledger {
  readonly #lateAfter: number
  readonly #counts: Readonly<Record<SensorKind, Count>> = { air: emptyCount(), bus: emptyCount() }
  readonly #arrived = new Map<string, Set<number>>()

  /** @param lateAfter ms from the reading to its arrival */
  constructor(lateAfter: number) {
    this.#lateAfter = lateAfter
  }

  /** A reading counts once, whenever it comes first. */
  note({ kind, sensor, n, at }: Reading): void {
    const count = this.#counts[kind]
    const numbers = this.#arrived.get(sensor) ?? new Set()
    this.#arrived.set(sensor, numbers)
    if (numbers.has(n)) {
      count.again += 1
      return
    }
    numbers.add(n)
    const took = Date.now() - at
    count.delivered += 1
    count.slowest = Math.max(count.slowest, took)
    if (took > this.#lateAfter) count.late += 1
  }

  has(sensor: string, n: number): boolean {
    return this.#arrived.get(sensor)?.has(n) === true
  }

  of(kind: SensorKind): Readonly<Count> & Tally {
    return this.#counts[kind]
  }
}

function emptyCount(): Count {
  return { delivered: 0, late: 0, again: 0, slowest: 0 }
}
