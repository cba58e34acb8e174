import {
  AuthorizationError,
  IllegalStateError,
  InvalidClientIdError,
  InvalidDestinationError,
  TimeoutError,
} from '../../errors.ts'
import {
  argumentsOfQueue,
  argumentsOfSubscription,
  demandsOnQueue,
  otherArgument,
} from '../../interop/rabbitmq-arguments.ts'
import { DEAD_LETTER_QUEUE, isReserved, RABBITMQ_TEMPORARY_PREFIX } from '../../interop/rabbitmq-names.ts'
import type { Binding, QueueDefinition } from '../../interop/rabbitmq-objects.ts'
import { claimOf, queueOfSubscription, queuesOfDurableSubscription } from '../../interop/rabbitmq-owners.ts'
import { TOPIC_ARGUMENT, TOPIC_EXCHANGE } from '../../interop/rabbitmq-queues.ts'
import { TemporaryNames } from '../../interop/temporary-names.ts'
import { hashWildcard } from '../../interop/wildcards.ts'
import { type Destination, isTopic } from '../../message/destination.ts'
import type {
  ConnectionInfo,
  ConsumerInfo,
  SubscriptionInfo,
  TemporaryDestinationInfo,
} from '../../provider/resources.ts'
import { routeOf } from './addresses.ts'
import type { Administration } from './administration.ts'
import { DIRECT_REPLY_TO } from './direct-replies.ts'
import { deadLettersOf, differenceFrom } from './existing-queue.ts'
import { NOT_FOUND, PRECONDITION_FAILED, RESOURCE_LOCKED } from './reply.ts'
import { replyCodeOf } from './request-channel.ts'
import { answered } from './time-limits.ts'

const EXCLUSIVE_QUEUE: QueueDefinition = { durable: false, exclusive: true, autoDelete: false, arguments: {} }

/** What a consumer takes from. */
export interface Source {
  readonly queue: string
  /** Frees what was made for this consumer alone. */
  release(): Promise<void>
}

/**
 * Queues are declared before they are used, with the arguments that other protocols give them. One that is there already
 * is taken as it is; whoever may not declare may still use what others declared.
 */
export class Topology {
  readonly temporaryNames: TemporaryNames = new TemporaryNames()
  readonly #administration: Administration
  readonly #clientId: string | undefined
  readonly #options: ConnectionInfo['rabbitmq']
  readonly #requestTimeout: number
  /** Queues that are known to exist, or are being looked for. */
  readonly #queues = new Map<string, Promise<void> | undefined>()
  /** Whether what is rejected in a queue goes to the dead letters. */
  readonly #deadLetters = new Map<string, Promise<boolean>>()
  /** Consumers of this connection on the queue of each subscription. */
  readonly #users = new Map<string, number>()
  #claimed: string | undefined
  #deadLetterQueue: Promise<void> | undefined

  constructor(
    administration: Administration,
    { clientId, rabbitmq, requestTimeout }: Pick<ConnectionInfo, 'clientId' | 'rabbitmq' | 'requestTimeout'>,
  ) {
    this.#administration = administration
    this.#clientId = clientId
    this.#options = rabbitmq
    this.#requestTimeout = requestTimeout
  }

  /**
   * Takes the client id for this connection: an exclusive queue of its name, which no other connection may declare.
   *
   * @throws InvalidClientIdError when another connection has it
   */
  async claimClientId(clientId: string): Promise<void> {
    try {
      await this.#administration.declare(claimOf(clientId), EXCLUSIVE_QUEUE)
      this.#claimed = clientId
    } catch (cause) {
      if (replyCodeOf(cause) !== RESOURCE_LOCKED) throw cause
      throw new InvalidClientIdError(
        `the client id ${JSON.stringify(clientId)} is in use by another connection to ${this.#administration.endpoint}; choose another, or close that connection`,
        { cause },
      )
    }
  }

  /** Sees to it that the destination exists; undefined when there is nothing to wait for. */
  prepare(destination: Destination): Promise<void> | undefined {
    const { kind, name } = destination
    if (kind !== 'queue' || isReserved(name)) return undefined
    if (this.#queues.has(name)) return this.#queues.get(name)
    routeOf(destination)
    const preparation = this.#prepareQueue(name).then(
      () => void this.#queues.set(name, undefined),
      (error) => {
        this.#queues.delete(name)
        throw error
      },
    )
    this.#queues.set(name, preparation)
    return preparation
  }

  /** It has turned out not to be there any more. */
  forget(queue: string): void {
    this.#queues.delete(queue)
    this.#deadLetters.delete(queue)
  }

  async sourceOf({ destination, subscription }: ConsumerInfo): Promise<Source> {
    routeOf(destination)
    if (subscription !== undefined) return this.#subscriptionOf(subscription, destination)
    if (isTopic(destination)) return this.#topicSource(destination)
    await this.prepare(destination)
    const queue = destination.kind === 'queue' ? destination.name : this.temporaryNames.nameHere(destination.name)
    return { queue, release: async () => {} }
  }

  /** Whether the broker keeps what is rejected by this consumer; otherwise it would be gone. */
  canDeadLetter({ destination, subscription }: ConsumerInfo): Promise<boolean> {
    if (subscription !== undefined) return Promise.resolve(subscription.durable)
    if (destination.kind !== 'queue') return Promise.resolve(false)
    const { name } = destination
    let answer = this.#deadLetters.get(name)
    if (answer === undefined) {
      answer = deadLettersOf(this.#administration, name)
      this.#deadLetters.set(name, answer)
      answer.catch(() => this.#deadLetters.delete(name))
    }
    return answer
  }

  /** By the name that it had before, so that answers on their way to it arrive; the application is told that one in any case. */
  async createTemporary({ kind, name: known, purpose }: TemporaryDestinationInfo): Promise<string> {
    if (kind === 'temporary-topic') return known ?? temporaryName()
    const isDirect = purpose === 'answers' && this.#options?.directReplyTo === true
    const name = isDirect ? DIRECT_REPLY_TO : await this.#declareTemporary(known)
    if (known !== undefined) this.temporaryNames.add(known, name)
    return known ?? name
  }

  async deleteTemporary(kind: TemporaryDestinationInfo['kind'], name: string): Promise<void> {
    if (kind !== 'temporary-queue') return
    const here = this.temporaryNames.nameHere(name)
    this.temporaryNames.delete(name)
    if (here !== DIRECT_REPLY_TO) await this.#administration.delete(here)
  }

  /** Whether what comes there is sent without a queue. */
  isDirect({ kind, name }: Destination): boolean {
    return kind === 'temporary-queue' && this.temporaryNames.nameHere(name) === DIRECT_REPLY_TO
  }

  async #declareTemporary(known: string | undefined): Promise<string> {
    if (known !== undefined && (await this.#claims(known))) return known
    const name = temporaryName()
    await this.#administration.declare(name, EXCLUSIVE_QUEUE)
    return name
  }

  /** Takes the name of an exclusive queue, unless the broker has not noticed yet that the connection before is gone. */
  async #claims(name: string): Promise<boolean> {
    try {
      await this.#administration.declare(name, EXCLUSIVE_QUEUE)
      return true
    } catch (error) {
      if (replyCodeOf(error) === RESOURCE_LOCKED) return false
      throw error
    }
  }

  async unsubscribe(name: string): Promise<void> {
    const queues = queuesOfDurableSubscription(this.#clientId, name)
    if (queues.some((queue) => (this.#users.get(queue) ?? 0) > 0)) throw inUse(name)
    let found = false
    for (const queue of queues) {
      if (!(await this.#administration.exists(queue))) continue
      found = true
      await this.#administration.delete(queue)
    }
    if (found) return
    throw new InvalidDestinationError(
      `there is no durable subscription ${name} at ${this.#administration.endpoint}` +
        `${this.#clientId === undefined ? '' : ` for the client id ${this.#clientId}`}; check its name and the clientId`,
    )
  }

  /** The queue of a subscription is still bound to the topic that it had before, as this message of it shows. */
  async leave(queue: string, topic: string): Promise<void> {
    await this.#administration.unbind(topicBinding(queue, topic))
  }

  /** RabbitMQ deletes exclusive queues only some time after their connection: the client id has to be free at once. */
  async close(): Promise<void> {
    if (this.#claimed !== undefined) await this.#administration.delete(claimOf(this.#claimed))
  }

  async #prepareQueue(name: string): Promise<void> {
    await this.#declareDeadLetterQueue()
    if (name === DEAD_LETTER_QUEUE) return
    if (await this.#administration.exists(name)) return this.#requireDemands(name)
    const isDeclared = await this.#declareMissing(name, argumentsOfQueue(this.#options, name))
    if (isDeclared) this.#deadLetters.set(name, Promise.resolve(true))
  }

  /** @throws InvalidDestinationError when the queue is there, and not as the options of the connection have it */
  async #requireDemands(name: string): Promise<void> {
    const asked = demandsOnQueue(this.#options, name)
    if (asked === undefined) return
    const difference = await differenceFrom(this.#administration, name, asked)
    if (difference === undefined || difference === 'unknown') return
    throw otherArgument(name, this.#administration.endpoint, { ...difference, asked: asked[difference.name] })
  }

  #declareDeadLetterQueue(): Promise<void> {
    this.#deadLetterQueue ??= this.#makeDeadLetterQueue().catch((error) => {
      this.#deadLetterQueue = undefined
      throw error
    })
    return this.#deadLetterQueue
  }

  async #makeDeadLetterQueue(): Promise<void> {
    if (await this.#administration.exists(DEAD_LETTER_QUEUE)) return this.#requireDemands(DEAD_LETTER_QUEUE)
    await this.#declareMissing(DEAD_LETTER_QUEUE, argumentsOfQueue(this.#options, DEAD_LETTER_QUEUE))
  }

  /** Whether it could be declared. Otherwise sending or consuming tells what is wrong. */
  async #declareMissing(name: string, table: QueueDefinition['arguments']): Promise<boolean> {
    try {
      await this.#administration.declare(name, { durable: true, exclusive: false, autoDelete: false, arguments: table })
      return true
    } catch (error) {
      if (!(error instanceof AuthorizationError || error instanceof InvalidDestinationError)) throw error
      return false
    }
  }

  /** An exclusive queue, bound to the topic and gone with its consumer. */
  async #topicSource({ name }: Destination): Promise<Source> {
    const queue = `polymq.topic.${crypto.randomUUID()}`
    await this.#administration.declare(queue, EXCLUSIVE_QUEUE)
    await this.#administration.bind(topicBinding(queue, hashWildcard(name)))
    return { queue, release: async () => void (await this.#administration.delete(queue)) }
  }

  async #subscriptionOf(subscription: SubscriptionInfo, { name: topic }: Destination): Promise<Source> {
    const queue = queueOfSubscription(this.#clientId, subscription)
    const users = this.#users.get(queue) ?? 0
    if (users > 0 && !subscription.shared) throw inUse(subscription.name)
    this.#users.set(queue, users + 1)
    const release = async (): Promise<void> => {
      this.#users.set(queue, (this.#users.get(queue) ?? 1) - 1)
    }
    try {
      await this.#declareSubscription(queue, topic, subscription.durable)
    } catch (error) {
      await release()
      throw error
    }
    return { queue, release }
  }

  async #declareSubscription(queue: string, topic: string, durable: boolean): Promise<void> {
    await this.#declareDeadLetterQueue()
    const table = durable ? argumentsOfSubscription(this.#options, topic) : { [TOPIC_ARGUMENT]: topic }
    const definition = { durable: true, exclusive: false, autoDelete: !durable, arguments: table }
    try {
      if (durable) await this.#administration.declare(queue, definition)
      else await this.#declareOnOneNode(queue, definition)
    } catch (error) {
      // One that was made otherwise is taken as it is.
      if (replyCodeOf(error) !== PRECONDITION_FAILED) throw error
    }
    await this.#administration.bind(topicBinding(queue, hashWildcard(topic)))
  }

  /**
   * A queue that is not replicated. While its node is away, RabbitMQ says that it is not there, or where the node was cut off
   * nothing at all, also to what is asked behind that; but it deletes the queue, which can then be on another node.
   */
  async #declareOnOneNode(queue: string, definition: QueueDefinition): Promise<void> {
    const apart = this.#administration.apart()
    const limit = this.#requestTimeout / 2
    try {
      await answered(apart.declare(queue, definition), limit, () => `declaring the queue ${queue} on ${apart.endpoint}`)
    } catch (error) {
      if (!(error instanceof TimeoutError) && replyCodeOf(error) !== NOT_FOUND) throw error
      await this.#administration.delete(queue)
      await this.#administration.declare(queue, definition)
    } finally {
      apart.close()
    }
  }
}

function topicBinding(queue: string, routingKey: string): Binding {
  return { from: TOPIC_EXCHANGE, to: { kind: 'queue', name: queue }, routingKey, arguments: {} }
}

function temporaryName(): string {
  return RABBITMQ_TEMPORARY_PREFIX + crypto.randomUUID()
}

function inUse(name: string): IllegalStateError {
  return new IllegalStateError(`the durable subscription ${name} has a consumer; close that one first`)
}
