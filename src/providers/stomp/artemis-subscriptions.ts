import { IllegalStateError, InvalidDestinationError } from '../../errors.ts'
import { describeDestination } from '../../message/destination.ts'
import type { ConsumerInfo, SubscriptionInfo } from '../../provider/resources.ts'
import type { ArtemisManagement } from './artemis-management.ts'
import type { StompConnection } from './connection.ts'
import type { HeaderList } from './dialect.ts'

/** The client id behind shared subscriptions of connections that have none. */
const EVERYBODY = 'polymq-shared'
/** ms for a connection that was opened for one queue. */
const CLOSE_TIMEOUT = 2_000

/** What subscriptions have to do with. */
export interface SubscriptionsContext {
  readonly connection: StompConnection
  readonly clientId: string | undefined
  /** Undefined where the broker gives this user no answers. */
  readonly management: ArtemisManagement | undefined
  /** Opens another connection with the same settings and this client id. */
  readonly connectAs: (clientId: string) => Promise<StompConnection>
}

/** What a subscription takes from, in the broker's own words. */
export interface SubscribedTo {
  readonly address: string
  readonly selector: string | undefined
}

/** What Artemis tells of a queue. */
interface QueueFacts {
  readonly address: string
  /** Its selector; empty without one. */
  readonly filter: string
  readonly consumers: number
}

/** Subscriptions with a name are queues `CLIENT.NAME` on Artemis. */
export class ArtemisSubscriptions {
  readonly #context: SubscriptionsContext
  /** Consumers of this connection on the queue of each subscription. */
  readonly #users = new Map<string, number>()

  constructor(context: SubscriptionsContext) {
    this.#context = context
  }

  /** The headers that lead to the queue, and the name where that is another one than the address. */
  sourceOf(name: string, address: string): { readonly destination?: string; readonly headers: HeaderList } {
    if (this.#context.clientId !== undefined) return { headers: [['durable-subscription-name', escaped(name)]] }
    return { destination: `${address}::${this.#queueOf(name)}`, headers: [] }
  }

  async prepare(
    consumer: ConsumerInfo,
    { name, shared, durable }: SubscriptionInfo,
    source: SubscribedTo,
  ): Promise<void> {
    const { clientId, connection } = this.#context
    if (!durable) throw new IllegalStateError(`${connection.endpoint} has no shared subscriptions that are not durable`)
    if (this.#usersOf(name) > 0 && !shared) throw inUse(name)
    this.#count(name, 1)
    try {
      const isThere = await this.#renew(name, source)
      if (clientId === undefined && !isThere) await this.#makeForEverybody(consumer, name, source)
    } catch (error) {
      this.closing(name)
      throw error
    }
  }

  closing(name: string): void {
    this.#count(name, -1)
  }

  async unsubscribe(name: string): Promise<void> {
    const facts = await this.#factsOf(name)
    if (facts === null) {
      throw new InvalidDestinationError(
        `there is no durable subscription ${name} at ${this.#context.connection.endpoint}; check its name and the clientId`,
      )
    }
    if (this.#usersOf(name) > 0 || (facts?.consumers ?? 0) > 0) throw inUse(name)
    await this.#delete(name)
  }

  #queueOf(name: string): string {
    return `${this.#context.clientId ?? EVERYBODY}.${escaped(name)}`
  }

  #usersOf(name: string): number {
    return this.#users.get(name) ?? 0
  }

  #count(name: string, change: number): void {
    this.#users.set(name, this.#usersOf(name) + change)
  }

  /** Whether it is there. One of this name to another topic, or with another selector, is deleted (JMS 3.1 §8.3.3). */
  async #renew(name: string, { address, selector = '' }: SubscribedTo): Promise<boolean> {
    const facts = await this.#factsOf(name)
    if (facts === null || facts === undefined) return false
    if (facts.address === address && facts.filter === selector) return true
    if (facts.consumers > 0) throw inUse(name)
    await this.#delete(name)
    return false
  }

  /** Null when there is no such queue, undefined when the broker does not tell. */
  async #factsOf(name: string): Promise<QueueFacts | null | undefined> {
    const queue = this.#queueOf(name)
    const filter = JSON.stringify({ field: 'name', operation: 'EQUALS', value: queue })
    const list = (await this.#context.management?.invoke('listQueues', filter, 1, 10)) as
      | { readonly data?: unknown }
      | undefined
    if (!Array.isArray(list?.data)) return undefined
    const found = list.data.find((other: Record<string, unknown>) => other.name === queue)
    if (found === undefined) return null
    return {
      address: String(found.address),
      filter: String(found.filter ?? ''),
      consumers: Number(found.consumerCount),
    }
  }

  /** The name alone makes a queue that stays, and only with a client id. */
  async #makeForEverybody(consumer: ConsumerInfo, name: string, { address, selector }: SubscribedTo): Promise<void> {
    const subject = {
      action: `subscribing to ${describeDestination(consumer.destination)}`,
      selector: consumer.selector,
    }
    await this.#asEverybody(async (connection) => {
      await connection.request(
        'SUBSCRIBE',
        [
          ['id', 'make'],
          ['destination', address],
          ['subscription-type', 'MULTICAST'],
          ['ack', 'client-individual'],
          ['consumer-window-size', '1'],
          ['durable-subscription-name', escaped(name)],
          ...(selector === undefined ? [] : ([['selector', selector]] satisfies HeaderList)),
        ],
        subject,
      )
      await connection.request('UNSUBSCRIBE', [['id', 'make']], subject)
    })
  }

  #delete(name: string): Promise<void> {
    const remove = (connection: StompConnection): Promise<void> =>
      connection.request(
        'UNSUBSCRIBE',
        [
          ['id', `delete-${connection.nextReceipt()}`],
          ['durable-subscription-name', escaped(name)],
        ],
        { action: `deleting the durable subscription ${name}` },
      )
    const { clientId, connection } = this.#context
    return clientId === undefined ? this.#asEverybody(remove) : remove(connection)
  }

  async #asEverybody(action: (connection: StompConnection) => Promise<void>): Promise<void> {
    const connection = await this.#context.connectAs(EVERYBODY)
    try {
      await action(connection)
    } finally {
      await connection.close(CLOSE_TIMEOUT)
    }
  }
}

/** As JMS clients of Artemis write it, so that a client id and a name are never taken for others. */
function escaped(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('.', '\\.').replaceAll('::', ':\\:')
}

function inUse(name: string): IllegalStateError {
  return new IllegalStateError(`the durable subscription ${name} has a consumer; close that one first`)
}
