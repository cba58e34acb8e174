import { ListenerError, MessagingError } from '../errors.ts'
import { type Destination, describeDestination } from '../message/destination.ts'
import type { Delivery } from '../provider/provider.ts'
import type { Acknowledgements } from './acknowledgements.ts'
import type { DeliveryQueue } from './delivery-queue.ts'
import { HeldDelivery, isExhausted, redeliveryDelay } from './redelivery.ts'
import type { ClientSession } from './session.ts'

/** What failed deliveries ask of their consumer. */
export interface FailingConsumer {
  readonly destination: Destination
  readonly state: 'open' | 'closing' | 'closed'
}

/** Delivers again what the application did not manage, by the redelivery policy, and then gives it to the dead letters. */
export class FailedDeliveries {
  readonly #consumer: FailingConsumer
  readonly #session: ClientSession
  readonly #queue: DeliveryQueue
  readonly #acknowledgements: Acknowledgements

  constructor(
    consumer: FailingConsumer,
    session: ClientSession,
    queue: DeliveryQueue,
    acknowledgements: Acknowledgements,
  ) {
    this.#consumer = consumer
    this.#session = session
    this.#queue = queue
    this.#acknowledgements = acknowledgements
  }

  /** A listener threw. Where the application acknowledges, or a transaction is open, the message stays delivered. */
  listenerFailed(delivery: Delivery, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error)
    this.#session.report(
      new ListenerError(
        `the listener on ${this.#where} failed on delivery ${delivery.deliveryCount} of message ${idOf(delivery)}: ${text}`,
        { cause: error },
      ),
    )
    const mode = this.#session.acknowledgeMode
    if (mode === 'client' || mode === 'transacted' || !this.#acknowledgements.withdraw(delivery)) return
    this.#deliverAgain(delivery, `the listener failed: ${text}`)
  }

  /** The body does not fit the schema and never will: it goes to the dead letters at once. */
  bodyFailed(delivery: Delivery, error: Error): void {
    this.#session.report(error)
    this.#deadLetter(delivery, error.message)
  }

  /** Whether a delivery is one too many; if so, it goes to the dead letters. */
  refuses(delivery: Delivery): boolean {
    if (!isExhausted(this.#session.redelivery, delivery.deliveryCount)) return false
    this.#deadLetter(delivery, `delivered ${delivery.deliveryCount - 1} times without being acknowledged`)
    return true
  }

  /** Delivers all that is unacknowledged again, oldest first (JMS 3.1 §6.2.11). */
  deliverAllAgain(): void {
    const deliveries = this.#acknowledgements.withdrawAll()
    let longest = 0
    for (const delivery of deliveries.reverse()) {
      const again = HeldDelivery.again(delivery)
      this.#queue.putBack(again)
      longest = Math.max(longest, redeliveryDelay(this.#session.redelivery, again.deliveryCount))
    }
    if (deliveries.length > 0) this.#queue.pauseFor(longest)
  }

  #deliverAgain(delivery: Delivery, reason: string): void {
    const again = HeldDelivery.again(delivery)
    if (isExhausted(this.#session.redelivery, again.deliveryCount)) {
      this.#deadLetter(delivery, reason)
      return
    }
    this.#queue.putBack(again)
    this.#queue.pauseFor(redeliveryDelay(this.#session.redelivery, again.deliveryCount))
  }

  /** By the broker's own means; where there is none the message must not be lost, and comes again. */
  #deadLetter(delivery: Delivery, reason: string): void {
    const canDeadLetter = this.#session.connection.capabilities.deadLetter !== 'unsupported'
    const moved = canDeadLetter
      ? this.#acknowledgements.settleUnseen(delivery, 'rejected', { reason })
      : Promise.reject(new MessagingError('ERR_NO_DEAD_LETTER', 'there is no dead-letter destination'))
    moved.catch((cause: Error) => {
      this.#session.report(
        new MessagingError(
          'ERR_NO_DEAD_LETTER',
          `message ${idOf(delivery)} from ${this.#where} failed for good (${reason}) but could not be dead-lettered (${cause.message}); it will be delivered again. Name a dead-letter queue`,
          { cause },
        ),
      )
      if (this.#consumer.state !== 'open') return
      this.#queue.putBack(HeldDelivery.again(delivery))
      this.#queue.pauseFor(this.#session.redelivery.maximumDelay)
    })
  }

  get #where(): string {
    return describeDestination(this.#consumer.destination)
  }
}

function idOf(delivery: Delivery): string {
  return delivery.message.messageId ?? '(without id)'
}
