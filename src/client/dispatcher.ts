import { Fifo } from '../collections/fifo.ts'

/** A consumer with a listener, as its session's dispatcher sees it. */
export interface Dispatchable {
  /** Whether its calls take turns with the other listeners of the session. */
  readonly serial: boolean
  /** Whether it already waits for its turn; only the dispatcher changes it. */
  scheduled: boolean
  /** Whether a call could be made now. */
  ready(): boolean
  /** Makes one call; a promise when the listener is not through when it returns. */
  dispatch(): Promise<void> | undefined
}

/** Calls in one go before input and timers get their turn. */
const CALLS_PER_TURN = 256

const nextTurn: (callback: () => void) => void =
  (globalThis as { setImmediate?: (callback: () => void) => void }).setImmediate ??
  ((callback) => setTimeout(callback, 0))

/** Calls the listeners of one session, one at a time, taking turns among its consumers (JMS 3.1 §6.2.6). */
export class Dispatcher {
  readonly #serial = new Fifo<Dispatchable>()
  readonly #concurrent = new Fifo<Dispatchable>()
  #scheduled = false
  #serialBusy = false

  /** A consumer may have something to do. */
  wake(consumer: Dispatchable): void {
    if (!consumer.scheduled) {
      consumer.scheduled = true
      ;(consumer.serial ? this.#serial : this.#concurrent).push(consumer)
    }
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(this.#run)
  }

  readonly #run = (): void => {
    for (let calls = 0; calls < CALLS_PER_TURN; calls += 1) {
      const consumer = this.#concurrent.shift() ?? (this.#serialBusy ? undefined : this.#serial.shift())
      if (consumer === undefined) {
        this.#scheduled = false
        return
      }
      consumer.scheduled = false
      if (consumer.ready()) this.#call(consumer)
    }
    nextTurn(this.#run)
  }

  #call(consumer: Dispatchable): void {
    if (consumer.serial) this.#serialBusy = true
    const running = consumer.dispatch()
    if (running === undefined) {
      this.#finished(consumer)
      return
    }
    // Several calls of a concurrent consumer may run at once.
    if (!consumer.serial && consumer.ready()) this.wake(consumer)
    void running.then(() => this.#finished(consumer))
  }

  #finished(consumer: Dispatchable): void {
    if (consumer.serial) this.#serialBusy = false
    if (consumer.ready()) this.wake(consumer)
    else if (this.#serial.length > 0) this.#schedule()
  }
}
