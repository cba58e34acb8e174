import type { SubscriptionRequest } from './codec/encode.ts'
import type { Publish } from './codec/packets.ts'
import type { MqttConnection } from './connection.ts'
import { unwrapped } from './envelope.ts'
import type { RequestSubject } from './error-mapping.ts'
import { Incoming } from './incoming.ts'
import { isExpired } from './mapping.ts'
import { filtersOverlap, hasWildcards, matchesFilter } from './topics.ts'

/** Who gets the messages of a subscription. */
export interface Subscriber {
  arrived(incoming: Incoming): void
}

/** What a subscriber asks for. */
export interface LaneRequest extends SubscriptionRequest {
  /** The filter that topics match, where `filter` has more before it: `$share/NAME/`. */
  readonly topics: string
}

/** A filter that the broker knows of. A session has each one once (MQTT 5 §4.8.1), so consumers share it. */
interface Subscription {
  readonly request: LaneRequest
  /** Comes with each message; 0 for none. */
  readonly id: number
  readonly subscribers: Set<Subscriber>
  /** The same, made anew when one comes or goes: most messages go to all of it. */
  list: readonly Subscriber[]
  /** Who joined when the broker was told last: for them are the retained messages that come for it. */
  newest: ReadonlySet<Subscriber>
}

/** Topics whose subscriptions are remembered. */
const MOST_ROUTES = 16_384
const LARGEST_ID = 268_435_455

/** A connection, and the consumers whose messages come over it. */
export class Lane {
  readonly connection: MqttConnection
  readonly #byFilter = new Map<string, Subscription>()
  readonly #byId = new Map<number, Subscription>()
  /** By topic; emptied when a subscription comes or goes. */
  readonly #routes = new Map<string, readonly Subscription[]>()
  readonly #hasIds: boolean
  #lastId = 0
  #isReceiving = false

  /** @param withIds - whether the broker is to say which subscription a message is for; left out for a session that it has kept */
  constructor(connection: MqttConnection, withIds: boolean) {
    this.connection = connection
    this.#hasIds = withIds && connection.level === 5 && connection.limits.subscriptionIdsAvailable !== 0
  }

  /**
   * Whether the messages of one more subscription can be told from those of the others. Where the broker does not say which
   * one a message is for, filters that overlap cannot: some brokers send a message once for each, some once for all.
   */
  accepts({ filter, topics, noLocal }: LaneRequest): boolean {
    const same = this.#byFilter.get(filter)
    if (same !== undefined) return same.request.noLocal === noLocal
    if (this.#hasIds) return true
    const isPattern = hasWildcards(topics)
    for (const { request } of this.#byFilter.values()) {
      if ((isPattern || hasWildcards(request.topics)) && filtersOverlap(request.topics, topics)) return false
    }
    return true
  }

  /** Subscribes, and resolves when the broker has it. Messages may come before. */
  async join(subscriber: Subscriber, request: LaneRequest, subject: RequestSubject): Promise<void> {
    const { filter } = request
    const subscription = this.#byFilter.get(filter) ?? this.#added(request)
    subscription.subscribers.add(subscriber)
    subscription.list = [...subscription.subscribers]
    subscription.newest = new Set([subscriber])
    // A session that the broker has kept has messages already, and they are for whoever comes first.
    if (!this.#isReceiving) this.connection.startReceiving((publish) => this.#received(publish))
    this.#isReceiving = true
    // Also when the broker has it: what is retained is for the newcomer, too.
    try {
      await this.connection.subscribe(request, subscription.id, subject)
    } catch (error) {
      this.#remove(subscription, subscriber)
      throw error
    }
  }

  /** Unsubscribes where nobody else has the filter. */
  async leave(subscriber: Subscriber, subject: RequestSubject): Promise<void> {
    for (const subscription of this.#byFilter.values()) {
      if (!subscription.subscribers.has(subscriber)) continue
      if (this.#remove(subscription, subscriber)) {
        await this.connection.unsubscribe(subscription.request.filter, subject)
      }
    }
  }

  #added(request: LaneRequest): Subscription {
    if (this.#hasIds) this.#lastId = this.#lastId === LARGEST_ID ? 1 : this.#lastId + 1
    const subscription: Subscription = {
      request,
      id: this.#lastId,
      subscribers: new Set(),
      list: [],
      newest: new Set(),
    }
    this.#byFilter.set(request.filter, subscription)
    if (this.#hasIds) this.#byId.set(subscription.id, subscription)
    this.#routes.clear()
    return subscription
  }

  /** True when nobody is left. */
  #remove(subscription: Subscription, subscriber: Subscriber): boolean {
    subscription.subscribers.delete(subscriber)
    subscription.list = [...subscription.subscribers]
    if (subscription.subscribers.size > 0) return false
    this.#byFilter.delete(subscription.request.filter)
    this.#byId.delete(subscription.id)
    this.#routes.clear()
    return true
  }

  // --- messages --------------------------------------------------------------------------------------------------

  #received(received: Publish): void {
    const publish = this.connection.usesEnvelope ? unwrapped(received) : received
    const subscribers = this.#subscribersFor(publish)
    if (subscribers.length === 0) {
      this.connection.acknowledge(publish)
      return
    }
    const now = Date.now()
    const incoming = new Incoming(this.connection, publish, subscribers.length, now)
    if (isExpired(publish, incoming.message, now)) {
      this.connection.acknowledge(publish)
      return
    }
    for (const subscriber of subscribers) subscriber.arrived(incoming)
  }

  #subscribersFor(publish: Publish): readonly Subscriber[] {
    const subscriptions = this.#subscriptionsFor(publish)
    if (subscriptions.length === 1 && !publish.retain) return (subscriptions[0] as Subscription).list
    const subscribers: Subscriber[] = []
    for (const { list: all, newest } of subscriptions) {
      for (const subscriber of all) if (!publish.retain || newest.has(subscriber)) subscribers.push(subscriber)
    }
    return subscribers
  }

  #subscriptionsFor({ topic, properties: { subscriptionIds } }: Publish): readonly Subscription[] {
    if (this.#hasIds && subscriptionIds !== undefined) {
      const [only] = subscriptionIds
      if (subscriptionIds.length === 1) {
        const subscription = this.#byId.get(only as number)
        return subscription === undefined ? [] : [subscription]
      }
      return [...new Set(subscriptionIds)].flatMap((id) => this.#byId.get(id) ?? [])
    }
    const known = this.#routes.get(topic)
    if (known !== undefined) return known
    const route = [...this.#byFilter.values()].filter(({ request }) => matchesFilter(request.topics, topic))
    if (this.#routes.size >= MOST_ROUTES) this.#routes.clear()
    this.#routes.set(topic, route)
    return route
  }
}
