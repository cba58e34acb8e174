import type { RequestSubject } from './error-mapping.ts'

/** A request that waits for its receipt. */
interface Pending {
  readonly subject: RequestSubject
  /** Whether brokers answer it before they look at the next frame. */
  readonly isImmediate: boolean
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Requests to the broker whose RECEIPT has not come. */
export class Receipts {
  readonly #pending = new Map<string, Pending>()
  #last = 0

  /** The id for the next request's `receipt`. */
  next(): string {
    this.#last += 1
    return String(this.#last)
  }

  /** Settles when the broker answers, or the connection ends. */
  wait(id: string, subject: RequestSubject, isImmediate: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { subject, isImmediate, resolve, reject })
    })
  }

  /** The broker has done it. */
  received(id: string): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.resolve()
  }

  /**
   * Which request an ERROR frame answers. RabbitMQ does not say: the one whose destination it names; else the oldest
   * that would have been answered before the next one was looked at; else the oldest.
   */
  culprit(id: string | undefined, text: string): string | undefined {
    if (id !== undefined && this.#pending.has(id)) return id
    const entries = [...this.#pending]
    const named = entries.find(([, { subject }]) => subject.name !== undefined && text.includes(`'${subject.name}'`))
    return (named ?? entries.find(([, { isImmediate }]) => isImmediate) ?? entries[0])?.[0]
  }

  /** Rejects one with what `describe` makes of its subject. */
  refuse(id: string, describe: (subject: RequestSubject) => Error): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.reject(describe(pending.subject))
  }

  /** Rejects all: the connection has ended. */
  fail(error: Error): void {
    const all = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of all) reject(error)
  }
}
