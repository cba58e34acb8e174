import { type Delivery, DONE } from '../provider/provider.ts'
import type { CreditWindow } from './credit-window.ts'

/** What asking the broker takes of its consumer. */
export interface InquiringConsumer {
  readonly state: 'open' | 'closing' | 'closed'
  take(): Delivery | undefined
  /** Has all that the broker has sent handed over, and takes the rest of the credit back. */
  drain(): Promise<void>
  /** Credit was taken back, also what somebody waits by. */
  drained(): void
}

/** Questions to the broker whether there is a message now: one after the other, as each takes all credit back for a moment. */
export class Inquiries {
  readonly #consumer: InquiringConsumer
  readonly #credit: CreditWindow
  readonly #prefetch: number
  #last: Promise<unknown> = DONE

  constructor(consumer: InquiringConsumer, credit: CreditWindow, prefetch: number) {
    this.#consumer = consumer
    this.#credit = credit
    this.#prefetch = prefetch
  }

  /** The next message, if there is one. */
  ask(): Promise<Delivery | undefined> {
    const asking = this.#last.then(() => this.#askNow())
    this.#last = asking.catch(() => {})
    return asking
  }

  async #askNow(): Promise<Delivery | undefined> {
    const consumer = this.#consumer
    const delivery = consumer.take()
    if (delivery !== undefined || consumer.state !== 'open') return delivery
    if (this.#prefetch === 0) this.#credit.demand()
    await consumer.drain()
    this.#credit.drained()
    consumer.drained()
    return consumer.take()
  }
}
