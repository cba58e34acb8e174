import { type Question, Unanswered } from '../../transport/unanswered.ts'
import type { Structure } from './codec/types.ts'
import type { RequestSubject } from './error-mapping.ts'
import type { ProducerWindow } from './producer-window.ts'

/** A command that waits for its response. */
interface Pending extends Question {
  readonly subject: RequestSubject
  /** Of the producer, and how much of it the message takes; undefined for all but messages. */
  readonly window: ProducerWindow | undefined
  readonly size: number
  readonly resolve: (response: Structure | undefined) => void
}

/** Commands whose response has not come. */
export class Requests {
  readonly #pending: Unanswered<number, Pending>

  /** @param timeout - ms that a request may take */
  constructor(endpoint: string, timeout: number) {
    this.#pending = new Unanswered(endpoint, timeout)
  }

  /** Settles when the broker has carried out a request, or refused it; rejects in time. */
  request(id: number, subject: RequestSubject): Promise<Structure | undefined> {
    const deadline = this.#pending.deadline()
    return new Promise((resolve, reject) => {
      this.#pending.add(id, { subject, deadline, window: undefined, size: 0, resolve, reject })
    })
  }

  /** Settles when the broker has a message of this size. Whoever sends it says how long that may take. */
  confirmation(id: number, subject: RequestSubject, window: ProducerWindow, size: number): Promise<void> {
    return new Promise((confirm, reject) => {
      const resolve = confirm as () => void
      this.#pending.add(id, { subject, deadline: undefined, window, size, resolve, reject })
    })
  }

  /** The broker has done it; what it says is of interest where it is more than that. */
  answered(id: number, response?: Structure): void {
    const pending = this.#pending.take(id)
    if (pending === undefined) return
    pending.resolve(response)
    pending.window?.answered(pending.size)
  }

  /** Rejects one with what `describe` makes of its subject. */
  refuse(id: number, describe: (subject: RequestSubject) => Error): boolean {
    const pending = this.#pending.take(id)
    pending?.reject(describe(pending.subject))
    pending?.window?.answered(pending.size)
    return pending !== undefined
  }

  /** Rejects all: the connection has ended. */
  fail(error: Error): void {
    this.#pending.fail(error)
  }
}
