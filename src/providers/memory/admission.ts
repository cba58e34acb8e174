import { Fifo } from '../../collections/fifo.ts'
import type { Destination } from '../../message/destination.ts'
import type { Dispatchable } from './dispatch-loop.ts'
import type { StoredMessage } from './mapping.ts'

/** A queue or topic as messages are sent to it. */
export interface Target {
  readonly destination: Destination
  /** Sends that wait for room. */
  readonly admission: Admission
  /** Deleted, or forgotten because it was idle: whoever kept it must look it up again. */
  readonly isGone: boolean
  /** Whether there is room now; if not, `admission` is tried again when there is more. */
  admits(message: StoredMessage): boolean
  /** Stores it, room or not. */
  accept(message: StoredMessage): void
}

/** Something that waits for room. */
export interface Waiter {
  /** Goes ahead if it can; true when it no longer waits. */
  tryAgain(): boolean
}

/** The line before a full destination: who came first goes first, so the order on one producer is kept. */
export class Admission implements Dispatchable {
  scheduled = false
  readonly #waiting = new Fifo<Waiter>()

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  add(waiter: Waiter): void {
    this.#waiting.push(waiter)
  }

  dispatch(): void {
    for (let waiter = this.#waiting.peek(); waiter?.tryAgain(); waiter = this.#waiting.peek()) this.#waiting.shift()
  }
}

/** Whether a message may be stored at once: there is room and nobody waits for it. */
export function admitsAtOnce(target: Target, message: StoredMessage): boolean {
  return target.admission.isEmpty && target.admits(message)
}

/** One message that waits for room; its promise settles when it is stored, or cannot be any more. */
export class PendingSend implements Waiter {
  readonly promise: Promise<void>
  readonly #goAhead: () => 'done' | 'blocked'
  readonly #giveUp: () => void
  #isSettled = false
  #resolve: () => void = () => {}
  #reject: (error: Error) => void = () => {}

  /** `goAhead` stores the message if there is room, and what it throws rejects the send; `giveUp` follows a rejection. */
  constructor(goAhead: () => 'done' | 'blocked', giveUp: () => void = () => {}) {
    this.#goAhead = goAhead
    this.#giveUp = giveUp
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  tryAgain(): boolean {
    if (this.#isSettled) return true
    try {
      if (this.#goAhead() === 'blocked') return false
      this.finish()
    } catch (error) {
      this.fail(error as Error)
    }
    return true
  }

  finish(): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#resolve()
  }

  fail(error: Error): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#reject(error)
    this.#giveUp()
  }
}
