import { TimeoutError } from '../errors.ts'

/** Something that a broker has been asked, and has not answered. */
export interface Question {
  /** Doing what: `closing the consumer of queue orders`. */
  readonly subject: { readonly action: string }
  /** When it is given up, by {@link Unanswered.deadline}; undefined for what brokers answer in their own time. */
  readonly deadline: number | undefined
  readonly reject: (error: Error) => void
}

/** What a broker has not answered yet, oldest first. */
export class Unanswered<Id, Asked extends Question> {
  readonly #questions = new Map<Id, Asked>()
  readonly #endpoint: string
  readonly #timeout: number
  /** One for all: they have the same time, so the oldest comes first. */
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param timeout - ms that a request may take */
  constructor(endpoint: string, timeout: number) {
    this.#endpoint = endpoint
    this.#timeout = timeout
  }

  /** When what is asked now is given up, by `performance.now()`. */
  deadline(): number {
    this.#timer ??= setTimeout(this.#expire, this.#timeout)
    return performance.now() + this.#timeout
  }

  add(id: Id, question: Asked): void {
    this.#questions.set(id, question)
  }

  has(id: Id): boolean {
    return this.#questions.has(id)
  }

  /** It is answered. */
  take(id: Id): Asked | undefined {
    const question = this.#questions.get(id)
    this.#questions.delete(id)
    return question
  }

  [Symbol.iterator](): IterableIterator<[Id, Asked]> {
    return this.#questions[Symbol.iterator]()
  }

  /** Rejects all: the connection has ended. */
  fail(error: Error): void {
    clearTimeout(this.#timer)
    const all = [...this.#questions.values()]
    this.#questions.clear()
    for (const { reject } of all) reject(error)
  }

  readonly #expire = (): void => {
    this.#timer = undefined
    const now = performance.now()
    for (const [id, { deadline, subject, reject }] of [...this.#questions]) {
      if (deadline === undefined) continue
      // Timers may come a fraction of a millisecond early.
      if (deadline - now > 1) {
        this.#timer = setTimeout(this.#expire, deadline - now)
        return
      }
      this.#questions.delete(id)
      reject(
        new TimeoutError(
          `${subject.action} was not answered by ${this.#endpoint} within ${this.#timeout} ms; check the broker, or raise requestTimeout`,
          { inDoubt: true },
        ),
      )
    }
  }
}
