import { IllegalStateError, InvalidClientIdError, InvalidDestinationError, TimeoutError } from '../../errors.ts'
import {
  claimOf,
  DEAD_LETTER_QUEUE,
  isReserved,
  queueOfSubscription,
  queuesOfDurableSubscription,
  RABBITMQ_TEMPORARY_PREFIX,
} from '../../interop/rabbitmq-names.ts'
import { DEAD_LETTER_QUEUE_ARGUMENTS } from '../../interop/rabbitmq-queues.ts'
import { type Destination, isTemporary, isTopic } from '../../message/destination.ts'
import type { ConsumerInfo, TemporaryDestinationInfo } from '../../provider/resources.ts'
import type { StompConnection } from './connection.ts'
import type { HeaderList } from './dialect.ts'
import { QUEUE_HEADERS, subscriptionHeaders } from './rabbitmq-dialect.ts'
import type { Topology } from './topology.ts'

/** ms for a connection that was opened for one question. */
const CLOSE_TIMEOUT = 2_000

const DEAD_LETTER_QUEUE_HEADERS: HeaderList = [
  ['durable', 'true'],
  ['auto-delete', 'false'],
  ...Object.entries(DEAD_LETTER_QUEUE_ARGUMENTS),
]
/** A queue that nobody has: what is sent to it is confirmed, and gone. */
const NOWHERE = `/amq/queue/polymq.nowhere.${crypto.randomUUID()}`
/** Gone with the connection; no other may use it. */
const EXCLUSIVE_HEADERS: HeaderList = [
  ['durable', 'false'],
  ['auto-delete', 'false'],
  ['exclusive', 'true'],
]

/** RabbitMQ: queues are declared before they are used, with the arguments that other protocols give them. */
export class RabbitmqTopology implements Topology {
  readonly #connection: StompConnection
  readonly #clientId: string | undefined
  readonly #connectAgain: () => Promise<StompConnection>
  /** Consumers of this connection on the queue of each subscription. */
  readonly #users = new Map<string, number>()
  readonly #declared = new Map<string, Promise<void> | undefined>()
  /** Were declared over this connection, and deleted since. */
  readonly #deleted = new Set<string>()
  #deadLetterQueue: Promise<void> | undefined

  /** @param connectAgain - opens another connection with the same settings */
  constructor(connection: StompConnection, clientId: string | undefined, connectAgain: () => Promise<StompConnection>) {
    this.#connection = connection
    this.#connectAgain = connectAgain
    this.#clientId = clientId
  }

  /**
   * Takes the client id for this connection: an exclusive queue of its name, which no other connection may declare.
   *
   * @throws InvalidClientIdError when another connection has it
   */
  async claimClientId(clientId: string): Promise<void> {
    try {
      await this.#subscribe('claim', `/queue/${claimOf(clientId)}`, EXCLUSIVE_HEADERS)
    } catch (cause) {
      // It was not the broker that refused it.
      if (!(cause instanceof InvalidDestinationError)) throw cause
      throw new InvalidClientIdError(
        `the client id ${JSON.stringify(clientId)} is in use by another connection to ${this.#connection.endpoint}; choose another, or close that connection`,
        { cause },
      )
    }
  }

  prepare(destination: Destination): Promise<void> | undefined {
    const { name } = destination
    if (isTopic(destination) || isTemporary(destination) || isReserved(name)) return undefined
    if (this.#declared.has(name)) return this.#declared.get(name)
    const declaration = this.#declareWithDeadLetters(name).then(
      () => void this.#declared.set(name, undefined),
      (error) => {
        this.#declared.delete(name)
        throw error
      },
    )
    this.#declared.set(name, declaration)
    return declaration
  }

  prepareConsumer(consumer: ConsumerInfo): Promise<void> | undefined {
    const { destination, subscription } = consumer
    if (subscription === undefined) return this.prepare(destination)
    const queue = queueOfSubscription(this.#clientId, subscription)
    const users = this.#users.get(queue) ?? 0
    if (users > 0 && !subscription.shared) return Promise.reject(inUse(subscription.name))
    this.#users.set(queue, users + 1)
    return this.#declareDeadLetterQueue().catch((error) => {
      this.closing(consumer)
      throw error
    })
  }

  async createTemporary({ kind, name }: TemporaryDestinationInfo): Promise<string> {
    const temporary = name ?? RABBITMQ_TEMPORARY_PREFIX + crypto.randomUUID()
    // It is new, and so empty: nothing is delivered before the subscription that declares it ends.
    if (kind === 'temporary-queue') {
      const id = `declare-${temporary}`
      await this.#subscribe(id, `/queue/${temporary}`, EXCLUSIVE_HEADERS).catch((error) => {
        throw name !== undefined && error instanceof InvalidDestinationError ? stillInUse(temporary, error) : error
      })
      await this.#connection.request('UNSUBSCRIBE', [['id', id]], { action: 'creating a temporary queue' })
    }
    return temporary
  }

  /** It goes with the connection. */
  async deleteTemporary(_: string): Promise<void> {}

  /** Deletes the queue: that is what UNSUBSCRIBE does when it says `durable`. */
  async unsubscribe(name: string): Promise<void> {
    const queues = queuesOfDurableSubscription(this.#clientId, name)
    if (queues.some((queue) => (this.#users.get(queue) ?? 0) > 0)) throw inUse(name)
    const found = await this.#existing(queues)
    if (found.length === 0) {
      throw new InvalidDestinationError(
        `there is no durable subscription ${name} at ${this.#connection.endpoint}; check its name and the clientId`,
      )
    }
    for (const queue of found) {
      const headers = subscriptionHeaders(queue, true)
      const id = `unsubscribe-${this.#connection.nextReceipt()}`
      await this.#subscribe(id, `/topic/${id}`, headers)
      await this.#connection.request('UNSUBSCRIBE', [['id', id], ...headers], {
        action: `deleting the durable subscription ${name}`,
      })
    }
  }

  /** The plugin declares a queue once for each connection: from now on another one has to. */
  lost({ name }: Destination): void {
    if (this.#declared.delete(name)) this.#deleted.add(name)
  }

  closing({ subscription }: ConsumerInfo): HeaderList {
    if (subscription === undefined) return []
    const queue = queueOfSubscription(this.#clientId, subscription)
    this.#users.set(queue, (this.#users.get(queue) ?? 1) - 1)
    return []
  }

  /** Those of the queues that exist. Who asks for one that does not loses the connection, so another one asks. */
  async #existing(queues: readonly string[]): Promise<readonly string[]> {
    const existing: string[] = []
    for (const queue of queues) {
      const connection = await this.#connectAgain()
      try {
        await connection.request(
          'SUBSCRIBE',
          [
            ['id', 'existing'],
            ['destination', `/amq/queue/${queue}`],
            ['ack', 'client-individual'],
            ['prefetch-count', '1'],
          ],
          { action: `looking for the queue ${queue}` },
        )
        existing.push(queue)
      } catch (error) {
        if (!(error instanceof InvalidDestinationError)) throw error
      } finally {
        await connection.close(CLOSE_TIMEOUT)
      }
    }
    return existing
  }

  async #subscribe(id: string, destination: string, headers: HeaderList): Promise<void> {
    await this.#connection.subscribe(
      id,
      [['destination', destination], ['ack', 'client-individual'], ['prefetch-count', '1'], ...headers],
      { action: `consuming from ${destination}` },
    )
  }

  async #declareWithDeadLetters(name: string): Promise<void> {
    await this.#declareDeadLetterQueue()
    if (name === DEAD_LETTER_QUEUE) return
    if (!this.#deleted.has(name)) return this.#declare(this.#connection, name, QUEUE_HEADERS)
    const connection = await this.#connectAgain()
    try {
      await this.#declare(connection, name, QUEUE_HEADERS)
    } finally {
      await connection.close(CLOSE_TIMEOUT)
    }
  }

  #declareDeadLetterQueue(): Promise<void> {
    this.#deadLetterQueue ??= this.#declare(this.#connection, DEAD_LETTER_QUEUE, DEAD_LETTER_QUEUE_HEADERS).catch(
      (error) => {
        this.#deadLetterQueue = undefined
        throw error
      },
    )
    return this.#deadLetterQueue
  }

  /**
   * A SEND declares its queue as its headers say, also in a transaction that never commits. The broker does not wait for
   * the queue; the receipt of a message that goes nowhere comes after it.
   */
  async #declare(connection: StompConnection, name: string, headers: HeaderList): Promise<void> {
    const transaction = `declare-${connection.nextReceipt()}`
    const destination = `/queue/${name.replaceAll('/', '%2F')}`
    connection.send('BEGIN', [['transaction', transaction]])
    connection.send('SEND', [['destination', destination], ['transaction', transaction], ...headers])
    connection.send('ABORT', [['transaction', transaction]])
    await connection.request('SEND', [['destination', NOWHERE]], { action: `declaring queue ${name}`, name })
  }
}

/** The broker has not noticed yet that the connection before is gone; it will. */
function stillInUse(name: string, cause: Error): TimeoutError {
  return new TimeoutError(`the connection that was lost still has the temporary queue ${name} at the broker`, { cause })
}

function inUse(name: string): IllegalStateError {
  return new IllegalStateError(`the durable subscription ${name} has a consumer; close that one first`)
}
