import { Fifo } from '../collections/fifo.ts'
import { AbortedError } from '../errors.ts'
import { type Destination, describeDestination } from '../message/destination.ts'
import type { Delivery } from '../provider/provider.ts'
import type { ReceiveOptions } from './api.ts'
import { checkDuration, checkOptionNames } from './option-names.ts'
import { Waiter } from './waiter.ts'

const KNOWN: ReadonlySet<string> = new Set(['timeout', 'signal'])

/** What receiving asks of its consumer. */
export interface ReceivingConsumer {
  readonly destination: Destination
  take(): Delivery | undefined
  /** Somebody waits: makes sure that a message can come. */
  demandOne(): void
}

/** Calls of `receive()`, served in the order of the calls. */
export class PendingReceives {
  readonly #consumer: ReceivingConsumer
  readonly #waiters = new Fifo<Waiter<Delivery | null>>()
  #isServing = false

  constructor(consumer: ReceivingConsumer) {
    this.#consumer = consumer
  }

  get isEmpty(): boolean {
    return this.#waiters.length === 0
  }

  /** The next delivery; null after the time-out, and when the consumer closes. */
  async next(options: ReceiveOptions): Promise<Delivery | null> {
    checkOptionNames('receive', options, KNOWN)
    const { timeout, signal } = options
    if (timeout !== undefined) checkDuration('receive', 'timeout', timeout)
    if (signal?.aborted) throw this.#abortedError(signal)
    const delivery = this.isEmpty ? this.#consumer.take() : undefined
    if (delivery !== undefined) return delivery
    if (timeout === 0) return null
    const waiting = this.#wait(timeout, signal)
    this.#consumer.demandOne()
    return waiting
  }

  /**
   * Gives out deliveries for as long as somebody waits and there is one. To take one may grant credit, by which the next one
   * comes in the midst of it: that one goes to who waits next, and not to whom the first one is for.
   */
  serve(): void {
    if (this.#isServing) return
    this.#isServing = true
    try {
      while (this.#waiters.length > 0) {
        const delivery = this.#consumer.take()
        if (delivery === undefined) return
        this.#waiters.shift()?.resolve(delivery)
      }
    } finally {
      this.#isServing = false
    }
  }

  /** The consumer closes: nothing comes any more. */
  end(): void {
    for (const waiter of this.#waiters.takeAll()) waiter.resolve(null)
  }

  fail(error: Error): void {
    for (const waiter of this.#waiters.takeAll()) waiter.reject(error)
  }

  #wait(timeout: number | undefined, signal: AbortSignal | undefined): Promise<Delivery | null> {
    const waiter = new Waiter<Delivery | null>({
      timeout,
      signal,
      timedOut: () => {
        if (this.#waiters.remove(waiter)) waiter.resolve(null)
      },
      aborted: (by) => {
        if (this.#waiters.remove(waiter)) waiter.reject(this.#abortedError(by))
      },
    })
    this.#waiters.push(waiter)
    return waiter.promise
  }

  #abortedError(signal: AbortSignal): AbortedError {
    return new AbortedError(`receive() on ${describeDestination(this.#consumer.destination)} was aborted`, {
      cause: signal.reason,
    })
  }
}
