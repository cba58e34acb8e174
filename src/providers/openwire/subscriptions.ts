import { InvalidDestinationError } from '../../errors.ts'
import { makeDestination } from '../../message/destination.ts'
import { wireDestination } from './addresses.ts'
import type { Dispatch } from './codec/incoming.ts'
import { WireReader } from './codec/reader.ts'
import { readObject } from './codec/structures.ts'
import { type Structure, TYPE } from './codec/types.ts'
import type { OpenWireConnection } from './connection.ts'
import { isOfSubscription, queuePrefix } from './virtual-topics.ts'

/** Tells each queue that there is to whoever asks, before it answers (AdvisoryBroker.addConsumer). */
const ALL_QUEUES = makeDestination('topic', 'ActiveMQ.Advisory.Queue')
/** Queues that are told of before the first of them is acknowledged. */
const MOST_QUEUES = 32_766
/** The session that each connection has of its own. */
const OWN_SESSION = -1
const REMOVE = 1

/** Ends subscriptions: durable ones, which are the client's, and shared durable ones, which are queues. */
export class Subscriptions {
  readonly #connection: OpenWireConnection
  readonly #clientId: string | undefined
  /** What asks for queues at the moment, by the number of its consumer. */
  readonly #listings = new Map<number, string[]>()
  #lastListing = 0

  /** @param clientId - that of the application */
  constructor(connection: OpenWireConnection, clientId: string | undefined) {
    this.#connection = connection
    this.#clientId = clientId
  }

  /** @throws InvalidDestinationError when there is none of either kind; IllegalStateError while it has a consumer */
  async unsubscribe(name: string, mayBeShared: boolean): Promise<void> {
    const queues = mayBeShared ? await this.#queuesOf(name) : []
    for (const queue of queues) await this.#delete(queue)
    if (queues.length > 0) return
    if (this.#clientId !== undefined || !mayBeShared) return this.#forgetDurable(name)
    throw new InvalidDestinationError(
      `there is no subscription ${name} on ${this.#connection.endpoint}; check the name, and give connect() the clientId that it was made with`,
    )
  }

  /** Whether a dispatch is an answer to a question of its own. */
  received({ consumer, message }: Dispatch): boolean {
    const names = this.#listings.get(consumer)
    if (names === undefined) return false
    if (message === undefined) return true
    const { start, end } = message.dataStructure
    const { version } = this.#connection.agreement
    const info = readObject(new WireReader(message.frame, start, end), version) as DestinationStructure | null
    const name = info?.destination?.physicalName
    if (name !== undefined) names.push(name)
    return true
  }

  async #forgetDurable(subscriptionName: string): Promise<void> {
    const { ids, clientId } = this.#connection
    await this.#connection.request(
      { type: TYPE.REMOVE_SUBSCRIPTION_INFO, connectionId: ids.connection, subscriptionName, clientId },
      { action: `deleting the durable subscription ${subscriptionName}` },
    )
  }

  async #delete(queue: string): Promise<void> {
    await this.#connection.request(
      {
        ...{ type: TYPE.DESTINATION_INFO, connectionId: this.#connection.ids.connection, operationType: REMOVE },
        destination: wireDestination(makeDestination('queue', queue)),
      },
      { action: `deleting the subscription that is the queue ${queue}` },
    )
  }

  async #queuesOf(name: string): Promise<readonly string[]> {
    const prefix = queuePrefix(name, this.#clientId)
    this.#lastListing -= 1
    const number = this.#lastListing
    const names: string[] = []
    this.#listings.set(number, names)
    const consumerId = {
      ...{ type: TYPE.CONSUMER_ID, connectionId: this.#connection.ids.name, sessionId: OWN_SESSION, value: number },
    }
    const subject = { action: `looking for the subscription ${name}` }
    try {
      await this.#connection.request(
        {
          ...{ type: TYPE.CONSUMER_INFO, consumerId, destination: wireDestination(ALL_QUEUES) },
          ...{ prefetchSize: MOST_QUEUES, dispatchAsync: false },
        },
        subject,
      )
      await this.#connection.request({ type: TYPE.REMOVE_INFO, objectId: consumerId }, subject)
    } finally {
      this.#listings.delete(number)
    }
    return names.filter((queue) => isOfSubscription(queue, prefix))
  }
}

interface DestinationStructure extends Structure {
  readonly destination: (Structure & { readonly physicalName: string }) | null
}
