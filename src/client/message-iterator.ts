import type { Delivery } from '../provider/provider.ts'
import type { Acknowledgements } from './acknowledgements.ts'
import type { ReceivedMessage } from './api.ts'
import type { PendingReceives } from './pending-receives.ts'

/** What iterating asks of its consumer. */
export interface IteratedConsumer<T> {
  readonly state: 'open' | 'closing' | 'closed'
  /** Why it ended without having been closed. */
  readonly failure: Error | undefined
  toMessage(delivery: Delivery): ReceivedMessage<T>
}

/** Gives message after message; each is acknowledged when the loop comes back for the next one or is left (design rule 6). */
export class MessageIterator<T> implements AsyncIterator<ReceivedMessage<T>, undefined> {
  readonly #consumer: IteratedConsumer<T>
  readonly #receives: PendingReceives
  readonly #acknowledgements: Acknowledgements
  #current: Delivery | undefined

  constructor(consumer: IteratedConsumer<T>, receives: PendingReceives, acknowledgements: Acknowledgements) {
    this.#consumer = consumer
    this.#receives = receives
    this.#acknowledgements = acknowledgements
  }

  async next(): Promise<IteratorResult<ReceivedMessage<T>, undefined>> {
    await this.#finish()
    // A loop whose body was running when the consumer failed must not end as if all was well.
    if (this.#consumer.failure !== undefined) throw this.#consumer.failure
    if (this.#consumer.state !== 'open') return { done: true, value: undefined }
    const delivery = await this.#receives.next({})
    if (delivery === null) return { done: true, value: undefined }
    this.#current = delivery
    return { done: false, value: this.#consumer.toMessage(delivery) }
  }

  async return(): Promise<IteratorResult<ReceivedMessage<T>, undefined>> {
    await this.#finish()
    return { done: true, value: undefined }
  }

  async #finish(): Promise<void> {
    const finished = this.#current
    this.#current = undefined
    if (finished !== undefined) await this.#acknowledgements.handled(finished)
  }
}
