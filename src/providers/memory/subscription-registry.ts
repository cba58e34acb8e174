import { IllegalStateError, InvalidClientIdError, InvalidDestinationError } from '../../errors.ts'
import type { Destination } from '../../message/destination.ts'
import { describeDestination } from '../../message/destination.ts'
import type { StoreHost } from './queue-store.ts'
import { Subscription, type SubscriptionTerms } from './subscription.ts'
import type { TopicExchange } from './topic-exchange.ts'

/** The subscriptions of a broker and the rules by which a consumer gets the one it asks for (JMS 3.1 §4.2.3, §8.3). */
export class SubscriptionRegistry {
  readonly #host: StoreHost
  readonly #exchangeOf: (topic: Destination) => TopicExchange
  /** Durable ones, shared or not, have one name space for each client id; shared ones that are not durable another. */
  readonly #durable = new Map<string, Subscription>()
  readonly #sharedNonDurable = new Map<string, Subscription>()
  #created = 0

  constructor(host: StoreHost, exchangeOf: (topic: Destination) => TopicExchange) {
    this.#host = host
    this.#exchangeOf = exchangeOf
  }

  /** The subscription for a new consumer, made if need be. */
  open(terms: SubscriptionTerms, clientId: string | undefined): Subscription {
    if (terms.name === undefined) return this.#make(terms)
    if (terms.durable && !terms.shared && clientId === undefined) {
      throw new InvalidClientIdError(
        `the durable subscription ${terms.name} needs a connection with a client id; set clientId`,
      )
    }
    const subscriptions = terms.durable ? this.#durable : this.#sharedNonDurable
    const key = keyOf(terms.name, clientId)
    const known = subscriptions.get(key)
    if (known !== undefined) {
      assertAvailable(known, terms)
      if (known.agreesWith(terms)) return known
      // JMS 3.1 §4.2.4: asking for an inactive one with another topic or selector deletes it and makes it anew.
      this.#assertUnused(known, 'changed')
      this.#end(known)
    }
    const subscription = this.#make(terms)
    subscriptions.set(key, subscription)
    return subscription
  }

  /** A consumer has gone; a subscription that is not durable ends with its last one. */
  left(subscription: Subscription): void {
    if (!subscription.terms.durable && !subscription.isActive) this.#end(subscription)
  }

  delete(name: string, clientId: string | undefined): void {
    const subscription = this.#durable.get(keyOf(name, clientId))
    if (subscription === undefined) {
      throw new InvalidDestinationError(
        `there is no durable subscription ${name} of this client id; check its name and the clientId`,
      )
    }
    this.#assertUnused(subscription, 'deleted')
    this.#end(subscription)
  }

  #make(terms: SubscriptionTerms): Subscription {
    this.#created += 1
    const subscription = new Subscription(terms, this.#created, this.#host)
    this.#exchangeOf(terms.destination).add(subscription)
    return subscription
  }

  #end(subscription: Subscription): void {
    for (const subscriptions of [this.#durable, this.#sharedNonDurable]) {
      for (const [key, other] of subscriptions) if (other === subscription) subscriptions.delete(key)
    }
    this.#exchangeOf(subscription.terms.destination).remove(subscription)
  }

  #assertUnused(subscription: Subscription, change: 'changed' | 'deleted'): void {
    const { name } = subscription.terms
    if (subscription.isActive) {
      throw new IllegalStateError(
        `the subscription ${name} has an active consumer and cannot be ${change}; close it first`,
      )
    }
    if (subscription.store.unacknowledged > 0) {
      throw new IllegalStateError(
        `the subscription ${name} has messages in an open transaction and cannot be ${change}; commit or roll back first`,
      )
    }
  }
}

function assertAvailable(known: Subscription, terms: SubscriptionTerms): void {
  const { name, destination, shared } = known.terms
  if (shared !== terms.shared) {
    const kind = shared ? 'shared' : 'unshared'
    throw new IllegalStateError(
      `the durable subscription ${name} exists and is ${kind}; delete it with unsubscribe() or use another name`,
    )
  }
  if (!known.isActive) return
  if (!shared) {
    throw new IllegalStateError(
      `the durable subscription ${name} has an active consumer; close it first, or share the subscription`,
    )
  }
  if (!known.agreesWith(terms)) {
    throw new IllegalStateError(
      `the shared subscription ${name} is in use on ${describeDestination(destination)}; give the same topic and selector, or another name`,
    )
  }
}

function keyOf(name: string, clientId: string | undefined): string {
  return JSON.stringify([clientId ?? null, name])
}
