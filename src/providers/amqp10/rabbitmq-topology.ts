import { randomUUID } from 'node:crypto'
import { AuthorizationError, InvalidClientIdError, InvalidDestinationError, TimeoutError } from '../../errors.ts'
import {
  argumentsOfQueue,
  argumentsOfSubscription,
  demandsOnQueue,
  otherArgument,
} from '../../interop/rabbitmq-arguments.ts'
import { DEAD_LETTER_QUEUE, isReserved, RABBITMQ_TEMPORARY_PREFIX } from '../../interop/rabbitmq-names.ts'
import { claimOf, queueOfSubscription, queuesOfDurableSubscription } from '../../interop/rabbitmq-owners.ts'
import { TOPIC_ARGUMENT, TOPIC_EXCHANGE } from '../../interop/rabbitmq-queues.ts'
import { hashWildcard } from '../../interop/wildcards.ts'
import { type Destination, isTopic } from '../../message/destination.ts'
import type { ArgumentTable } from '../../options/queue-arguments.ts'
import type {
  ConnectionInfo,
  ConsumerInfo,
  SubscriptionInfo,
  TemporaryDestinationInfo,
} from '../../provider/resources.ts'
import { addressOf } from './address-cache.ts'
import { encodeSegment } from './addresses.ts'
import type { BrokerProfile } from './broker-profile.ts'
import type { AmqpConnection } from './connection.ts'
import { ManagementClient } from './management.ts'
import { sleep } from './promises.ts'
import type { Attachment, TemporaryResource, Topology } from './topology.ts'

const CREATED = 201
const EXISTS = 200
const NO_CONTENT = 204
const DIFFERENT = 409

/** For how often, and in ms how long, a queue is looked at that has no leader yet. An election takes no longer. */
const MOST_LOOKS = 50
const PAUSE_BETWEEN_LOOKS = 20

interface QueueDefinition {
  readonly durable: boolean
  readonly exclusive: boolean
  readonly auto_delete: boolean
  readonly arguments: ArgumentTable
}

/** Arguments of a queue that was there before; undefined when it was not. */
type FoundArguments = Readonly<Record<string, unknown>> | undefined

/** Asks the management node, over one pair of links or another. */
type Ask = ManagementClient['request']

const DURABLE_QUEUE = { durable: true, exclusive: false, auto_delete: false } as const
const EXCLUSIVE_QUEUE = { durable: false, exclusive: true, auto_delete: false, arguments: {} } as const

/**
 * RabbitMQ attaches only to queues that exist: queues are declared, and queues of subscriptions bound, over its
 * management node. A queue that is there already is taken as it is.
 */
export class RabbitmqTopology implements Topology {
  private readonly connection: AmqpConnection
  private readonly profile: BrokerProfile
  private readonly clientId: string | undefined
  private readonly timeout: number
  private readonly options: ConnectionInfo['rabbitmq']
  /** Whether each queue that is known to exist has a dead-letter exchange. */
  private readonly queues = new Map<string, boolean>()
  private readonly declaring = new Map<string, Promise<void>>()
  private claimed: string | undefined
  private management: Promise<ManagementClient> | undefined
  private deadLetterQueue: Promise<FoundArguments> | undefined

  constructor(
    connection: AmqpConnection,
    profile: BrokerProfile,
    { clientId, requestTimeout, rabbitmq }: Pick<ConnectionInfo, 'clientId' | 'requestTimeout' | 'rabbitmq'>,
  ) {
    this.connection = connection
    this.profile = profile
    this.clientId = clientId
    this.timeout = requestTimeout
    this.options = rabbitmq
  }

  /**
   * Takes the client id for this connection: an exclusive queue of its name, which no other connection may declare.
   *
   * @throws InvalidClientIdError when another connection has it
   */
  async claimClientId(clientId: string): Promise<void> {
    try {
      await this.put(claimOf(clientId), EXCLUSIVE_QUEUE)
      this.claimed = clientId
    } catch (error) {
      if (!(error instanceof InvalidDestinationError)) throw error
      throw new InvalidClientIdError(
        `the client id ${JSON.stringify(clientId)} is in use by another connection to ${this.connection.endpoint}; ` +
          'choose another, or close that connection',
        { cause: error },
      )
    }
  }

  targetOf(destination: Destination): object {
    return { address: addressOf(this.profile.mapping, destination) }
  }

  prepare(destination: Destination): Promise<void> | undefined {
    const { kind, name } = destination
    if (kind !== 'queue' || isReserved(name) || this.queues.has(name)) return undefined
    return this.declareQueue(name)
  }

  forget(destination: Destination): void {
    this.queues.delete(destination.name)
  }

  async attach(consumer: ConsumerInfo): Promise<Attachment> {
    const { destination, subscription } = consumer
    if (subscription !== undefined) return this.attachSubscription(consumer, subscription)
    if (isTopic(destination)) return this.attachTopic(consumer)
    await this.prepare(destination)
    // A temporary one may have another name here than the application knows.
    const address = addressOf(this.profile.mapping, destination)
    return this.attachment(consumer, address, this.queues.get(destination.name) ?? false)
  }

  /** By the name that it had before, so that answers on their way to it arrive. */
  async createTemporary({ kind, name: known }: TemporaryDestinationInfo): Promise<TemporaryResource> {
    if (kind === 'temporary-topic') return { name: known ?? temporaryName(), delete: async () => {} }
    const name = known !== undefined && (await this.claim(known)) ? known : temporaryName()
    if (name !== known) await this.put(name, EXCLUSIVE_QUEUE)
    return { name, delete: () => this.deleteQueue(name) }
  }

  /** Takes the name of an exclusive queue, unless the broker has not noticed yet that the connection before is gone. */
  private async claim(name: string): Promise<boolean> {
    try {
      await this.put(name, EXCLUSIVE_QUEUE)
      return true
    } catch (error) {
      if (error instanceof InvalidDestinationError) return false
      throw error
    }
  }

  async unsubscribe(name: string): Promise<void> {
    let found = false
    for (const queue of queuesOfDurableSubscription(this.clientId, name)) {
      const { status } = await this.ask('GET', queuePath(queue), undefined, [EXISTS, 404])
      if (status !== EXISTS) continue
      found = true
      await this.deleteQueue(queue)
    }
    if (found) return
    throw new InvalidDestinationError(
      `there is no durable subscription ${name} at ${this.connection.endpoint}` +
        `${this.clientId === undefined ? '' : ` for the client id ${this.clientId}`}; check its name and the clientId`,
    )
  }

  /** RabbitMQ deletes exclusive queues only some time after their connection: the client id has to be free at once. */
  async close(): Promise<void> {
    if (this.claimed !== undefined) await this.deleteQueue(claimOf(this.claimed))
  }

  /** An exclusive queue, bound to the topic and gone with its consumer. */
  private async attachTopic(consumer: ConsumerInfo): Promise<Attachment> {
    const name = `polymq.topic.${randomUUID()}`
    await this.put(name, EXCLUSIVE_QUEUE)
    await this.bind(name, consumer.destination.name)
    return { ...this.attachment(consumer, queuePath(name), false), release: () => this.deleteQueue(name) }
  }

  private async attachSubscription(consumer: ConsumerInfo, subscription: SubscriptionInfo): Promise<Attachment> {
    const { durable } = subscription
    const queue = queueOfSubscription(this.clientId, subscription)
    await this.declareSubscription(queue, consumer.destination.name, durable)
    return this.attachment(consumer, queuePath(queue), durable)
  }

  /** One that has moved to another topic begins anew (JMS 3.1 §4.2.3.1). */
  private async declareSubscription(queue: string, topic: string, durable: boolean): Promise<void> {
    await this.declareDeadLetterQueue()
    if (durable) {
      const definition = { ...DURABLE_QUEUE, arguments: argumentsOfSubscription(this.options, topic) }
      await this.declareBound(queue, topic, definition, this.ask)
    } else {
      const definition = { durable: true, exclusive: false, auto_delete: true, arguments: { [TOPIC_ARGUMENT]: topic } }
      await this.declareOnOneNode(queue, topic, definition)
    }
  }

  private async declareBound(queue: string, topic: string, definition: QueueDefinition, ask: Ask): Promise<void> {
    const found = await this.put(queue, definition, ask)
    const bound = found === undefined ? topic : (found[TOPIC_ARGUMENT] ?? topic)
    if (bound !== topic) {
      await this.deleteQueue(queue)
      await this.put(queue, definition, ask)
    }
    await this.bind(queue, topic, ask)
  }

  /**
   * A queue that is not replicated. While its node is away, RabbitMQ answers nothing that concerns the queue, nor what is
   * asked behind it; but it deletes the queue, which can then be on another node.
   */
  private async declareOnOneNode(queue: string, topic: string, definition: QueueDefinition): Promise<void> {
    const limit = this.timeout / 2
    const apart = await ManagementClient.attach(this.connection, limit)
    try {
      await this.declareBound(queue, topic, definition, (...request) => apart.request(...request))
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error
      await this.deleteQueue(queue)
      await this.declareBound(queue, topic, definition, this.ask)
    } finally {
      // What is not answered keeps its links from being closed.
      void apart.close(limit)
    }
  }

  private attachment(consumer: ConsumerInfo, address: string, deadLetters: boolean): Attachment {
    return {
      linkName: consumer.id,
      source: { address },
      desiredCapabilities: [],
      ending: 'close',
      deadLetters,
      release: async () => {},
    }
  }

  private declareQueue(name: string): Promise<void> {
    let declaration = this.declaring.get(name)
    if (declaration === undefined) {
      declaration = this.declareQueueNow(name).finally(() => this.declaring.delete(name))
      this.declaring.set(name, declaration)
    }
    return declaration
  }

  private async declareQueueNow(name: string): Promise<void> {
    if (name === DEAD_LETTER_QUEUE) {
      this.requireDemands(name, await this.declareDeadLetterQueue())
      return
    }
    let found: FoundArguments
    try {
      await this.declareDeadLetterQueue()
      found = await this.put(name, { ...DURABLE_QUEUE, arguments: argumentsOfQueue(this.options, name) })
    } catch (error) {
      // Who may not declare may still use what others declared: attaching tells.
      if (!(error instanceof AuthorizationError || error instanceof InvalidDestinationError)) throw error
      this.queues.set(name, false)
      return
    }
    this.requireDemands(name, found)
    this.queues.set(name, found === undefined || 'x-dead-letter-exchange' in found)
  }

  /** @throws InvalidDestinationError when the queue is there, and not as the options of the connection have it */
  private requireDemands(name: string, found: FoundArguments): void {
    if (found === undefined) return
    for (const [argument, asked] of Object.entries(demandsOnQueue(this.options, name) ?? {})) {
      if (String(found[argument]) === String(asked)) continue
      throw otherArgument(name, this.connection.endpoint, { name: argument, asked, found: found[argument] })
    }
  }

  private declareDeadLetterQueue(): Promise<FoundArguments> {
    this.deadLetterQueue ??= this.put(DEAD_LETTER_QUEUE, {
      ...DURABLE_QUEUE,
      arguments: argumentsOfQueue(this.options, DEAD_LETTER_QUEUE),
    }).then(
      (found) => {
        this.queues.set(DEAD_LETTER_QUEUE, found !== undefined && 'x-dead-letter-exchange' in found)
        return found
      },
      (error) => {
        this.deadLetterQueue = undefined
        throw error
      },
    )
    return this.deadLetterQueue
  }

  /** Declares a queue; gives the arguments of the one that was there before, if it was. */
  private async put(name: string, definition: QueueDefinition, ask: Ask = this.ask): Promise<FoundArguments> {
    const look = async (): Promise<unknown> => (await ask('GET', queuePath(name), undefined, [EXISTS])).body
    const response = await ask('PUT', queuePath(name), { ...definition }, [CREATED, EXISTS, DIFFERENT])
    if (response.status === CREATED) return undefined
    let body = response.status === EXISTS ? response.body : await look()
    for (let looks = 1; lacksLeader(body) && looks < MOST_LOOKS; looks += 1) {
      await sleep(PAUSE_BETWEEN_LOOKS)
      body = await look()
    }
    return argumentsOf(body)
  }

  private async bind(queue: string, topic: string, ask: Ask = this.ask): Promise<void> {
    const binding = {
      source: TOPIC_EXCHANGE,
      destination_queue: queue,
      binding_key: hashWildcard(topic),
      arguments: {},
    }
    await ask('POST', '/bindings', binding, [NO_CONTENT])
  }

  private async deleteQueue(name: string): Promise<void> {
    if (!this.connection.isOpen) return
    await this.ask('DELETE', queuePath(name), undefined, [EXISTS, NO_CONTENT, 404])
  }

  private readonly ask: Ask = async (...request) => {
    let client = await this.managementClient()
    if (!client.isAttached) {
      this.management = undefined
      client = await this.managementClient()
    }
    return client.request(...request)
  }

  private managementClient(): Promise<ManagementClient> {
    this.management ??= ManagementClient.attach(this.connection, this.timeout).catch((error) => {
      this.management = undefined
      throw error
    })
    return this.management
  }
}

function queuePath(name: string): string {
  return `/queues/${encodeSegment(name)}`
}

function temporaryName(): string {
  return RABBITMQ_TEMPORARY_PREFIX + randomUUID()
}

/** Whether it is a quorum queue that another connection is just declaring: it would refuse consumers and messages. */
function lacksLeader(body: unknown): boolean {
  const { type, leader } = (body ?? {}) as { readonly type?: unknown; readonly leader?: unknown }
  return type === 'quorum' && leader === undefined
}

function argumentsOf(body: unknown): Readonly<Record<string, unknown>> {
  const found = (body as { readonly arguments?: unknown } | null | undefined)?.arguments
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {}
}
