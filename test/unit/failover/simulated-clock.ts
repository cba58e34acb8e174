/** A clock and timers that stand still until the test lets time pass, and may find that much has passed at once. */

import { vi } from 'vitest'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

export class SimulatedClock {
  /** ms since it was installed. */
  now = 0
  readonly #timers = new Map<number, Timer>()
  #lastId = 0

  /** In the place of the real one, until `vi.unstubAllGlobals()` and `vi.restoreAllMocks()`. */
  static install(): SimulatedClock {
    const clock = new SimulatedClock()
    const begin = Date.now()
    vi.stubGlobal('setTimeout', (callback: () => void, delay = 0) => clock.#add(callback, delay))
    vi.stubGlobal('clearTimeout', (id: number | undefined) => clock.#timers.delete(id ?? 0))
    vi.spyOn(performance, 'now').mockImplementation(() => clock.now)
    vi.spyOn(Date, 'now').mockImplementation(() => begin + clock.now)
    return clock
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size
  }

  /** Time passes, and each timer fires when it is due. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    await settled()
    for (let next = this.#next(); next !== undefined && next[1].at <= end; next = this.#next()) {
      this.now = Math.max(this.now, next[1].at)
      await this.#fire(next)
    }
    this.now = end
  }

  /** The process stands still meanwhile, as does a machine that sleeps; each timer that is due by then fires afterwards. */
  async freeze(ms: number): Promise<void> {
    this.now += ms
    const due = [...this.#timers].filter(([, { at }]) => at <= this.now).toSorted(([, a], [, b]) => a.at - b.at)
    for (const timer of due) if (this.#timers.has(timer[0])) await this.#fire(timer)
  }

  #add(callback: () => void, delay: number): number {
    this.#lastId += 1
    this.#timers.set(this.#lastId, { at: this.now + Math.max(1, delay), callback })
    return this.#lastId
  }

  #next(): [number, Timer] | undefined {
    let first: [number, Timer] | undefined
    for (const timer of this.#timers) if (first === undefined || timer[1].at < first[1].at) first = timer
    return first
  }

  async #fire([id, { callback }]: [number, Timer]): Promise<void> {
    this.#timers.delete(id)
    callback()
    await settled()
  }
}

/** What needs no time is done. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate)
}
