import { Fifo } from '../../collections/fifo.ts'

/** Something that may have messages to hand over. */
export interface Dispatchable {
  /** Whether it already stands in the loop's queue; only the loop changes it. */
  scheduled: boolean
  dispatch(): void
}

/**
 * Runs everything that a call of the provider set off before that call returns, one thing after the other.
 *
 * A listener that sends, settles or grants while it is being handed a message only schedules more work: the loop that
 * is already running takes it up, so no store is ever dispatched from within itself and order cannot break.
 */
export class DispatchLoop {
  readonly #pending = new Fifo<Dispatchable>()
  #running = false

  /** Whether this call comes from inside a listener that the loop has called. */
  get isRunning(): boolean {
    return this.#running
  }

  schedule(work: Dispatchable): void {
    if (work.scheduled) return
    work.scheduled = true
    this.#pending.push(work)
  }

  run(): void {
    if (this.#running) return
    this.#running = true
    try {
      this.#runPending()
    } finally {
      this.#running = false
    }
  }

  /** Makes several changes before any of them is acted upon, so that consumers see all or nothing. */
  atomically<T>(change: () => T): T {
    if (this.#running) return change()
    this.#running = true
    try {
      const result = change()
      this.#runPending()
      return result
    } finally {
      this.#running = false
    }
  }

  #runPending(): void {
    for (let work = this.#pending.shift(); work !== undefined; work = this.#pending.shift()) {
      work.scheduled = false
      work.dispatch()
    }
  }
}
