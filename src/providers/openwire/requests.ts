import { TimeoutError } from '../../errors.ts'
import type { Structure } from './codec/types.ts'
import type { RequestSubject } from './error-mapping.ts'
import type { ProducerWindow } from './producer-window.ts'

/** A command that waits for its response. */
interface Pending {
  readonly subject: RequestSubject
  /** When it is given up, by `performance.now()`; undefined for a send, which brokers answer in their own time. */
  readonly deadline: number | undefined
  /** Of the producer, and how much of it the message takes; undefined for all but messages. */
  readonly window: ProducerWindow | undefined
  readonly size: number
  readonly resolve: (response: Structure | undefined) => void
  readonly reject: (error: Error) => void
}

/** Commands whose response has not come. */
export class Requests {
  readonly #pending = new Map<number, Pending>()
  readonly #endpoint: string
  readonly #timeout: number
  /** One for all requests: they have the same time, so the oldest comes first. */
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param timeout - ms that a request may take */
  constructor(endpoint: string, timeout: number) {
    this.#endpoint = endpoint
    this.#timeout = timeout
  }

  /** Settles when the broker has carried out a request, or refused it; rejects in time. */
  request(id: number, subject: RequestSubject): Promise<Structure | undefined> {
    this.#timer ??= setTimeout(this.#expire, this.#timeout)
    return this.#wait(id, subject, performance.now() + this.#timeout, undefined, 0)
  }

  /** Settles when the broker has a message of this size. Whoever sends it says how long that may take. */
  confirmation(id: number, subject: RequestSubject, window: ProducerWindow, size: number): Promise<void> {
    return this.#wait(id, subject, undefined, window, size) as Promise<void>
  }

  /** The broker has done it; what it says is of interest where it is more than that. */
  answered(id: number, response?: Structure): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    pending.resolve(response)
    pending.window?.answered(pending.size)
  }

  /** Rejects one with what `describe` makes of its subject. */
  refuse(id: number, describe: (subject: RequestSubject) => Error): boolean {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.reject(describe(pending.subject))
    pending?.window?.answered(pending.size)
    return pending !== undefined
  }

  /** Rejects all: the connection has ended. */
  fail(error: Error): void {
    clearTimeout(this.#timer)
    const all = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of all) reject(error)
  }

  #wait(
    id: number,
    subject: RequestSubject,
    deadline: number | undefined,
    window: ProducerWindow | undefined,
    size: number,
  ): Promise<Structure | undefined> {
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { subject, deadline, window, size, resolve, reject })
    })
  }

  readonly #expire = (): void => {
    this.#timer = undefined
    const now = performance.now()
    for (const [id, { deadline }] of [...this.#pending]) {
      if (deadline === undefined) continue
      // Timers may come a fraction of a millisecond early.
      if (deadline - now > 1) {
        this.#timer = setTimeout(this.#expire, deadline - now)
        return
      }
      this.refuse(id, (subject) => this.#lateError(subject))
    }
  }

  #lateError({ action }: RequestSubject): TimeoutError {
    return new TimeoutError(
      `${action} was not answered by ${this.#endpoint} within ${this.#timeout} ms; check the broker, or raise requestTimeout`,
      { inDoubt: true },
    )
  }
}
