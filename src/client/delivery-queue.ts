import { Fifo } from '../collections/fifo.ts'
import type { Delivery } from '../provider/provider.ts'
import { wasHandedOver } from './redelivery.ts'

/** Deliveries of one consumer that came in and are not handed over. */
export class DeliveryQueue {
  readonly #deliveries = new Fifo<Delivery>()
  readonly #resume: () => void
  /** While a redelivery waits for its time, nothing is handed over, so that the order is kept. */
  #pause: ReturnType<typeof setTimeout> | undefined

  /** `resume` is called when a pause is over. */
  constructor(resume: () => void) {
    this.#resume = resume
  }

  get length(): number {
    return this.#deliveries.length
  }

  get paused(): boolean {
    return this.#pause !== undefined
  }

  push(delivery: Delivery): void {
    this.#deliveries.push(delivery)
  }

  shift(): Delivery | undefined {
    return this.#deliveries.shift()
  }

  /** Puts a delivery before all others. */
  putBack(delivery: Delivery): void {
    this.#deliveries.unshift(delivery)
  }

  /** Hands nothing over for this many ms, then goes on. */
  pauseFor(delay: number): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
    if (delay <= 0) {
      queueMicrotask(this.#resume)
      return
    }
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#resume()
    }, delay)
  }

  /** Empties it; gives those that the application has never had. */
  takeUntouched(): Delivery[] {
    return this.#deliveries.takeAll().filter((delivery) => !wasHandedOver(delivery))
  }

  clear(): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
    this.#deliveries.takeAll()
  }
}
