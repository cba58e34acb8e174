import { TimeoutError } from '../../errors.ts'
import type { RequestSubject } from './error-mapping.ts'

/** A request that waits for its receipt. */
interface Pending {
  readonly subject: RequestSubject
  /** When it is given up, by `performance.now()`; undefined for a send, which brokers answer in their own time. */
  readonly deadline: number | undefined
  readonly isSubscribe: boolean
  /** Of a message, in bytes or characters; 0 for other requests. */
  readonly size: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Requests that an ERROR may be about which does not say so. */
export type Suspects = 'any' | 'SUBSCRIBE' | 'none'

/** ERROR texts about a message that was acknowledged: no send was refused by them. */
const ABOUT_ACKNOWLEDGING =
  /subscription not found|has no subscription|no current subscription|delivery tag|N?ACK must/i

/** Requests to the broker whose RECEIPT has not come. */
export class Receipts {
  readonly #pending = new Map<string, Pending>()
  readonly #endpoint: string
  readonly #timeout: number
  #last = 0
  /** One for all requests: they have the same time, so the oldest comes first. */
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param timeout - ms that a request may take */
  constructor(endpoint: string, timeout: number) {
    this.#endpoint = endpoint
    this.#timeout = timeout
  }

  /** The id for the next request's `receipt`. */
  next(): string {
    this.#last += 1
    return String(this.#last)
  }

  /** Settles when the broker has carried out a request, which it does before it looks at the next frame; rejects in time. */
  request(id: string, subject: RequestSubject, isSubscribe = false): Promise<void> {
    this.#timer ??= setTimeout(this.#expire, this.#timeout)
    return this.#wait(id, subject, performance.now() + this.#timeout, isSubscribe, 0)
  }

  /** Settles when the broker has a message, which may be after later frames. Whoever sends it says how long it may take. */
  confirmation(id: string, subject: RequestSubject, size: number): Promise<void> {
    return this.#wait(id, subject, undefined, false, size)
  }

  /** The broker has done it. */
  received(id: string): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.resolve()
  }

  /**
   * Which request an ERROR frame answers.
   *
   * @param id - its `receipt-id`
   * @param suspects - which it may be about when it has none
   */
  culprit(id: string | undefined, text: string, suspects: Suspects): string | undefined {
    if (id !== undefined) return this.#pending.has(id) ? id : undefined
    if (suspects === 'none') return undefined
    if (suspects === 'any') return this.#suspect(text)
    for (const [subscribe, { isSubscribe }] of this.#pending) if (isSubscribe) return subscribe
    return undefined
  }

  /** The largest message that has no answer. */
  get largest(): string | undefined {
    let largest: readonly [string, Pending] | undefined
    for (const entry of this.#pending) if (entry[1].size > (largest?.[1].size ?? 0)) largest = entry
    return largest?.[0]
  }

  /** Rejects one with what `describe` makes of its subject. */
  refuse(id: string, describe: (subject: RequestSubject) => Error): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.reject(describe(pending.subject))
  }

  /** Rejects all: the connection has ended. */
  fail(error: Error): void {
    clearTimeout(this.#timer)
    const all = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of all) reject(error)
  }

  #wait(
    id: string,
    subject: RequestSubject,
    deadline: number | undefined,
    isSubscribe: boolean,
    size: number,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { subject, deadline, isSubscribe, size, resolve, reject })
    })
  }

  /**
   * RabbitMQ does not say which: the one whose destination it names; else the oldest that would have been answered before
   * the next one was looked at; else the oldest send, unless it was no send that was refused.
   */
  #suspect(text: string): string | undefined {
    const entries = [...this.#pending]
    const named = entries.find(([, { subject }]) => subject.name !== undefined && text.includes(`'${subject.name}'`))
    const suspect = named ?? entries.find(([, { deadline }]) => deadline !== undefined)
    return (suspect ?? (ABOUT_ACKNOWLEDGING.test(text) ? undefined : entries[0]))?.[0]
  }

  readonly #expire = (): void => {
    this.#timer = undefined
    const now = performance.now()
    for (const [id, { subject, deadline }] of [...this.#pending]) {
      if (deadline === undefined) continue
      // Timers may come a fraction of a millisecond early.
      if (deadline - now > 1) {
        this.#timer = setTimeout(this.#expire, deadline - now)
        return
      }
      this.refuse(id, () => this.#lateError(subject))
    }
  }

  #lateError({ action }: RequestSubject): TimeoutError {
    return new TimeoutError(
      `${action} was not answered by ${this.#endpoint} within ${this.#timeout} ms; check the broker, or raise requestTimeout`,
      { inDoubt: true },
    )
  }
}
