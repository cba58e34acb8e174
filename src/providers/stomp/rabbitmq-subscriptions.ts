import { IllegalStateError, InvalidDestinationError } from '../../errors.ts'
import { queueOfSubscription, queuesOfDurableSubscription } from '../../interop/rabbitmq-owners.ts'
import type { SubscriptionInfo } from '../../provider/resources.ts'
import type { StompConnection } from './connection.ts'
import type { HeaderList } from './dialect.ts'

/** ms for a connection that was opened for one question. */
const CLOSE_TIMEOUT = 2_000

/** What subscriptions have to do with. */
export interface SubscriptionsContext {
  readonly connection: StompConnection
  readonly clientId: string | undefined
  /** Opens another connection with the same settings. */
  readonly connectAgain: () => Promise<StompConnection>
}

/** Subscriptions with a name are queues on RabbitMQ, which SUBSCRIBE declares and binds to the topic. */
export class RabbitmqSubscriptions {
  readonly #context: SubscriptionsContext
  readonly #queueHeaders: HeaderList
  /** Consumers of this connection on the queue of each subscription. */
  readonly #users = new Map<string, number>()

  /** @param queueHeaders - declare a queue that stays */
  constructor(context: SubscriptionsContext, queueHeaders: HeaderList) {
    this.#context = context
    this.#queueHeaders = queueHeaders
  }

  headersOf(subscription: SubscriptionInfo): HeaderList {
    return this.#headersFor(this.#queueOf(subscription), subscription.durable)
  }

  /** @throws IllegalStateError when another consumer of this connection has it */
  opening(subscription: SubscriptionInfo): void {
    const queue = this.#queueOf(subscription)
    if (this.#usersOf(queue) > 0 && !subscription.shared) throw inUse(subscription.name)
    this.#users.set(queue, this.#usersOf(queue) + 1)
  }

  closing(subscription: SubscriptionInfo): void {
    const queue = this.#queueOf(subscription)
    this.#users.set(queue, this.#usersOf(queue) - 1)
  }

  /** Deletes the queue: that is what UNSUBSCRIBE does when it says `durable`. */
  async unsubscribe(name: string): Promise<void> {
    const { connection, clientId } = this.#context
    const queues = queuesOfDurableSubscription(clientId, name)
    if (queues.some((queue) => this.#usersOf(queue) > 0)) throw inUse(name)
    const found = await this.#existing(queues)
    if (found.length === 0) {
      throw new InvalidDestinationError(
        `there is no durable subscription ${name} at ${connection.endpoint}; check its name and the clientId`,
      )
    }
    for (const queue of found) {
      const headers = this.#headersFor(queue, true)
      const id = `unsubscribe-${connection.nextReceipt()}`
      const destination = `/topic/${id}`
      await connection.subscribe(id, [...sourceAt(destination), ...headers], {
        action: `consuming from ${destination}`,
      })
      await connection.request('UNSUBSCRIBE', [['id', id], ...headers], {
        action: `deleting the durable subscription ${name}`,
      })
    }
  }

  #queueOf(subscription: SubscriptionInfo): string {
    return queueOfSubscription(this.#context.clientId, subscription)
  }

  #usersOf(queue: string): number {
    return this.#users.get(queue) ?? 0
  }

  #headersFor(queue: string, isDurable: boolean): HeaderList {
    const name: [string, string] = ['x-queue-name', queue]
    return isDurable
      ? [name, ...this.#queueHeaders]
      : [name, ['durable', 'true'], ['auto-delete', 'true'], ['exclusive', 'false']]
  }

  /** Those of the queues that exist. Who asks for one that does not loses the connection, so another one asks. */
  async #existing(queues: readonly string[]): Promise<readonly string[]> {
    const existing: string[] = []
    for (const queue of queues) {
      const connection = await this.#context.connectAgain()
      try {
        await connection.request('SUBSCRIBE', [['id', 'existing'], ...sourceAt(`/amq/queue/${queue}`)], {
          action: `looking for the queue ${queue}`,
        })
        existing.push(queue)
      } catch (error) {
        if (!(error instanceof InvalidDestinationError)) throw error
      } finally {
        await connection.close(CLOSE_TIMEOUT)
      }
    }
    return existing
  }
}

function sourceAt(destination: string): HeaderList {
  return [
    ['destination', destination],
    ['ack', 'client-individual'],
    ['prefetch-count', '1'],
  ]
}

function inUse(name: string): IllegalStateError {
  return new IllegalStateError(`the durable subscription ${name} has a consumer; close that one first`)
}
