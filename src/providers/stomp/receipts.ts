import { type Question, Unanswered } from '../../transport/unanswered.ts'
import type { RequestSubject } from './error-mapping.ts'

/** A request that waits for its receipt. */
export interface Pending extends Question {
  readonly subject: RequestSubject
  readonly isSubscribe: boolean
  /** Of a message, in bytes or characters; 0 for other requests. */
  readonly size: number
  readonly resolve: () => void
}

/** Finds the request that an ERROR is about which does not say so. All that have no answer, the oldest first. */
export type Suspicion = (
  text: string,
  pending: Iterable<readonly [id: string, request: Readonly<Pending>]>,
) => string | undefined

/** Requests to the broker whose RECEIPT has not come. */
export class Receipts {
  readonly #pending: Unanswered<string, Pending>
  #last = 0

  /** @param timeout - ms that a request may take */
  constructor(endpoint: string, timeout: number) {
    this.#pending = new Unanswered(endpoint, timeout)
  }

  /** The id for the next request's `receipt`. */
  next(): string {
    this.#last += 1
    return String(this.#last)
  }

  /** Settles when the broker has carried out a request, which it does before it looks at the next frame; rejects in time. */
  request(id: string, subject: RequestSubject, isSubscribe = false): Promise<void> {
    return this.#wait(id, subject, this.#pending.deadline(), isSubscribe, 0)
  }

  /** Settles when the broker has a message, which may be after later frames. Whoever sends it says how long it may take. */
  confirmation(id: string, subject: RequestSubject, size: number): Promise<void> {
    return this.#wait(id, subject, undefined, false, size)
  }

  /** The broker has done it. */
  received(id: string): void {
    this.#pending.take(id)?.resolve()
  }

  /**
   * Which request an ERROR frame answers.
   *
   * @param id - its `receipt-id`
   * @param suspicion - who it may be when it has none
   */
  culprit(id: string | undefined, text: string, suspicion: Suspicion): string | undefined {
    if (id === undefined) return suspicion(text, this.#pending)
    return this.#pending.has(id) ? id : undefined
  }

  /** The largest message that has no answer. */
  get largest(): string | undefined {
    let largest: readonly [string, Pending] | undefined
    for (const entry of this.#pending) if (entry[1].size > (largest?.[1].size ?? 0)) largest = entry
    return largest?.[0]
  }

  /** Rejects one with what `describe` makes of its subject. */
  refuse(id: string, describe: (subject: RequestSubject) => Error): void {
    const pending = this.#pending.take(id)
    pending?.reject(describe(pending.subject))
  }

  /** Rejects all: the connection has ended. */
  fail(error: Error): void {
    this.#pending.fail(error)
  }

  #wait(
    id: string,
    subject: RequestSubject,
    deadline: number | undefined,
    isSubscribe: boolean,
    size: number,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.add(id, { subject, deadline, isSubscribe, size, resolve, reject })
    })
  }
}
