import { type Destination, hasWildcard } from '../../message/destination.ts'
import { Admission, type Target } from './admission.ts'
import type { StoredMessage } from './mapping.ts'
import type { Subscription } from './subscription.ts'

/** Topics kept ready for the next publish; above this, those that nobody waits on are forgotten. */
const MOST_TOPICS = 10_000

/** Finds the subscriptions of each topic that is published to, wildcards included. */
export class TopicExchange {
  /** Changes with the subscriptions, so that a topic knows when to look for its own again. */
  version = 0
  readonly #exact = new Map<string, Set<Subscription>>()
  readonly #patterns = new Map<Subscription, readonly string[]>()
  readonly #topics = new Map<string, TopicNode>()

  target(destination: Destination): TopicNode {
    const known = this.#topics.get(destination.name)
    if (known !== undefined) return known
    if (this.#topics.size >= MOST_TOPICS) this.#forgetIdle()
    const topic = new TopicNode(destination, this)
    this.#topics.set(destination.name, topic)
    return topic
  }

  add(subscription: Subscription): void {
    const { name } = subscription.terms.destination
    this.version += 1
    if (hasWildcard(name)) this.#patterns.set(subscription, name.split('.'))
    else this.#exact.set(name, (this.#exact.get(name) ?? new Set()).add(subscription))
  }

  /** Ends a subscription and forgets its messages. */
  remove(subscription: Subscription): void {
    const { name } = subscription.terms.destination
    this.version += 1
    this.#patterns.delete(subscription)
    const others = this.#exact.get(name)
    if (others?.delete(subscription) && others.size === 0) this.#exact.delete(name)
    subscription.store.close()
  }

  /** In order of creation. */
  subscriptionsOf(topic: string): readonly Subscription[] {
    const found = [...(this.#exact.get(topic) ?? [])]
    const levels = this.#patterns.size === 0 ? [] : topic.split('.')
    for (const [subscription, pattern] of this.#patterns) {
      if (topicMatches(pattern, levels)) found.push(subscription)
    }
    return found.sort((a, b) => a.number - b.number)
  }

  subscriptions(): readonly Subscription[] {
    const all = [...[...this.#exact.values()].flatMap((group) => [...group]), ...this.#patterns.keys()]
    return all.sort((a, b) => a.number - b.number)
  }

  /** Forgets one topic; what waits to be published to it fails. */
  delete(topic: TopicNode): void {
    topic.isGone = true
    this.#topics.delete(topic.destination.name)
  }

  #forgetIdle(): void {
    for (const topic of this.#topics.values()) if (topic.admission.isEmpty) this.delete(topic)
  }
}

/** One topic that is published to. A message is stored once and referred to by every subscription that lets it in. */
export class TopicNode implements Target {
  readonly destination: Destination
  readonly admission: Admission = new Admission()
  isGone = false
  readonly #exchange: TopicExchange
  #known: readonly Subscription[] = []
  #knownVersion = -1

  constructor(destination: Destination, exchange: TopicExchange) {
    this.destination = destination
    this.#exchange = exchange
  }

  /** The slowest subscription sets the pace: none may lose a message, and none may hold more than its bound. */
  admits(message: StoredMessage): boolean {
    for (const subscription of this.#subscriptions()) {
      const { store } = subscription
      if (store.hasRoomFor(message) || !subscription.lets(message)) continue
      store.callWhenRoom(this.admission)
      return false
    }
    return true
  }

  accept(message: StoredMessage): void {
    for (const subscription of this.#subscriptions()) {
      if (subscription.lets(message)) subscription.store.append(message)
    }
  }

  #subscriptions(): readonly Subscription[] {
    if (this.#knownVersion !== this.#exchange.version) {
      this.#known = this.#exchange.subscriptionsOf(this.destination.name)
      this.#knownVersion = this.#exchange.version
    }
    return this.#known
  }
}

/** `*` stands for one level, a final `>` for the rest, which may be nothing. */
export function topicMatches(pattern: readonly string[], topic: readonly string[]): boolean {
  for (const [index, level] of pattern.entries()) {
    if (level === '>') return true
    if (index >= topic.length || (level !== '*' && level !== topic[index])) return false
  }
  return pattern.length === topic.length
}
