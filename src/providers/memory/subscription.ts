import type { MessageSelector } from '../../interop/message-selector.ts'
import { type Destination, isSameDestination } from '../../message/destination.ts'
import type { StoredMessage } from './mapping.ts'
import { QueueStore, type StoreHost } from './queue-store.ts'

/** What makes a subscription the one it is (JMS 3.1 §4.2.3). */
export interface SubscriptionTerms {
  /** Its topic, which may hold wildcards. */
  readonly destination: Destination
  readonly name: string | undefined
  readonly durable: boolean
  readonly shared: boolean
  readonly selector: MessageSelector | undefined
  /** Messages of this publisher are left out. */
  readonly noLocalFor: string | undefined
}

/** A subscription: what it lets in, and the store that its consumers share. */
export class Subscription {
  readonly terms: SubscriptionTerms
  readonly store: QueueStore
  /** Order of creation, in which messages are stored and so delivered. */
  readonly number: number

  constructor(terms: SubscriptionTerms, number: number, host: StoreHost) {
    this.terms = terms
    this.number = number
    this.store = new QueueStore(host)
  }

  lets(message: StoredMessage): boolean {
    const { selector, noLocalFor } = this.terms
    if (noLocalFor !== undefined && message.publisher === noLocalFor) return false
    return selector === undefined || selector.matches(message.data, 1)
  }

  get isActive(): boolean {
    return this.store.consumers.size > 0
  }

  /** Whether someone asking for `terms` asks for this one as it is. */
  agreesWith(terms: SubscriptionTerms): boolean {
    return (
      isSameDestination(this.terms.destination, terms.destination) &&
      this.terms.selector?.text === terms.selector?.text &&
      this.terms.noLocalFor === terms.noLocalFor
    )
  }
}
