import { DEAD_LETTER_QUEUE, isReserved, RABBITMQ_TEMPORARY_PREFIX } from '../../interop/rabbitmq-names.ts'
import { DEAD_LETTER_QUEUE_ARGUMENTS, QUEUE_ARGUMENTS } from '../../interop/rabbitmq-queues.ts'
import { type Destination, isTemporary, isTopic } from '../../message/destination.ts'
import { part } from '../../part.ts'
import type { ConsumerInfo, SubscriptionInfo, TemporaryDestinationInfo } from '../../provider/resources.ts'
import type { StompConnection } from './connection.ts'
import type { HeaderList } from './dialect.ts'
import { encodeFrame } from './frame-encoder.ts'
import type { RabbitmqSubscriptions, SubscriptionsContext } from './rabbitmq-subscriptions.ts'
import type { Topology } from './topology.ts'

const subscriptions = part('subscriptions with a name', () => import('./rabbitmq-subscriptions.ts'))
const exclusiveQueues = part('temporary queues', () => import('./rabbitmq-exclusive-queues.ts'))

/** ms for a connection that was opened for one declaration. */
const CLOSE_TIMEOUT = 2_000
/**
 * Up to 4.3 the plugin declares and publishes without waiting for what comes of it. Over a WebSocket it dies of a refusal
 * without a word, unless it waits for something else by then: for this, which needs no permission and brings nothing.
 */
const CONSUME_REPLIES = 'SUBSCRIBE\nid:replies\ndestination:/amq/queue/amq.rabbitmq.reply-to\n'
const AND_NO_MORE = '\0UNSUBSCRIBE\nid:replies\n\n'
/** Destinations; with more, some are asked about again. */
const MOST_REMEMBERED = 1_000
/** From 4.4 on it waits by itself. */
const WAITS = /^(4\.([4-9]|\d\d)|[5-9]|\d\d)/

/** Headers that declare a queue which stays, with these arguments besides. */
function queueHeaders(queueArguments: Readonly<Record<string, string>>): HeaderList {
  return [['durable', 'true'], ['auto-delete', 'false'], ['exclusive', 'false'], ...Object.entries(queueArguments)]
}

/** As this client makes queues over every protocol. */
const QUEUE_HEADERS = queueHeaders(QUEUE_ARGUMENTS)

/** What the topology has to do with. */
export interface TopologyContext extends SubscriptionsContext {
  /** Of the broker. */
  readonly version: string | undefined
  /** Whether queues are declared, or are there. */
  readonly declaresQueues: boolean
}

/** RabbitMQ: queues are declared before they are used, with the arguments that other protocols give them. */
export class RabbitmqTopology implements Topology {
  readonly #context: TopologyContext
  readonly #declared = new Map<string, Promise<void> | undefined>()
  /** Were declared over this connection, and deleted since. */
  readonly #deleted = new Set<string>()
  /** By kind and name: are not declared, and were sent to over this connection. */
  readonly #sentTo = new Set<string>()
  readonly #waits: boolean
  #deadLetterQueue: Promise<void> | undefined
  #subscriptions: RabbitmqSubscriptions | undefined

  constructor(context: TopologyContext) {
    this.#context = context
    this.#waits = WAITS.test(`${context.version}`)
  }

  /**
   * Takes the client id for this connection.
   *
   * @throws InvalidClientIdError when another connection has it
   */
  async claimClientId(clientId: string): Promise<void> {
    await exclusiveQueues(({ claimClientId }) => claimClientId(this.#context.connection, clientId))
  }

  /** What SUBSCRIBE says of a subscription that was prepared. */
  headersOf(subscription: SubscriptionInfo): HeaderList {
    return this.#subscriptions?.headersOf(subscription) ?? []
  }

  prepare(destination: Destination): Promise<void> | undefined {
    const { name } = destination
    if (isTemporary(destination) || isReserved(name)) return undefined
    if (!this.#isDeclared(destination)) return this.#awaitRefusal(destination)
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

  prepareConsumer({ destination, subscription }: ConsumerInfo): Promise<void> | undefined {
    if (subscription !== undefined) return this.#prepareSubscription(subscription)
    return this.#isDeclared(destination) ? this.prepare(destination) : undefined
  }

  async createTemporary({ kind, name }: TemporaryDestinationInfo): Promise<string> {
    const temporary = name ?? RABBITMQ_TEMPORARY_PREFIX + crypto.randomUUID()
    if (kind === 'temporary-queue') {
      const isKnown = name !== undefined
      await exclusiveQueues(({ declareTemporary }) => declareTemporary(this.#context.connection, temporary, isKnown))
    }
    return temporary
  }

  /** It goes with the connection. */
  deleteTemporary(): undefined {}

  async unsubscribe(name: string): Promise<void> {
    await this.#withSubscriptions((named) => named.unsubscribe(name))
  }

  /** The plugin declares a queue once for each connection: from now on another one has to. */
  lost({ name }: Destination): void {
    if (this.#declared.delete(name)) this.#deleted.add(name)
  }

  closing({ subscription }: ConsumerInfo): void {
    if (subscription !== undefined) this.#subscriptions?.closing(subscription)
  }

  #isDeclared(destination: Destination): boolean {
    return this.#context.declaresQueues && !isTopic(destination)
  }

  /** Has the broker wait behind the first message to a destination that is not declared. */
  #awaitRefusal({ kind, name }: Destination): undefined {
    const { connection } = this.#context
    if (this.#waits || !connection.isText) return
    const key = `${kind} ${name}`
    if (this.#sentTo.has(key)) return
    if (this.#sentTo.size === MOST_REMEMBERED) this.#sentTo.clear()
    this.#sentTo.add(key)
    connection.behindNext = `${CONSUME_REPLIES}\n${AND_NO_MORE}\0`
  }

  async #prepareSubscription(subscription: SubscriptionInfo): Promise<void> {
    await this.#withSubscriptions(async (named) => {
      named.opening(subscription)
      try {
        if (this.#context.declaresQueues) await this.#declareDeadLetterQueue()
      } catch (error) {
        named.closing(subscription)
        throw error
      }
    })
  }

  async #withSubscriptions(action: (named: RabbitmqSubscriptions) => Promise<void>): Promise<void> {
    await subscriptions(({ RabbitmqSubscriptions }) => {
      this.#subscriptions ??= new RabbitmqSubscriptions(this.#context, QUEUE_HEADERS)
      return action(this.#subscriptions)
    })
  }

  async #declareWithDeadLetters(name: string): Promise<void> {
    await this.#declareDeadLetterQueue()
    if (name === DEAD_LETTER_QUEUE) return
    if (!this.#deleted.has(name)) return this.#declare(this.#context.connection, name, QUEUE_HEADERS)
    const connection = await this.#context.connectAgain()
    try {
      await this.#declare(connection, name, QUEUE_HEADERS)
    } finally {
      await connection.close(CLOSE_TIMEOUT)
    }
  }

  #declareDeadLetterQueue(): Promise<void> {
    this.#deadLetterQueue ??= this.#declare(
      this.#context.connection,
      DEAD_LETTER_QUEUE,
      queueHeaders(DEAD_LETTER_QUEUE_ARGUMENTS),
    ).catch((error) => {
      this.#deadLetterQueue = undefined
      throw error
    })
    return this.#deadLetterQueue
  }

  /**
   * A SEND declares its queue as its headers say, also in a transaction that never commits. The frames are one message of a
   * WebSocket, so that the broker waits before it hears of a refusal.
   */
  async #declare(connection: StompConnection, name: string, headers: HeaderList): Promise<void> {
    const transaction = `declare-${connection.nextReceipt()}`
    const destination = `/queue/${name.replaceAll('/', '%2F')}`
    const declaring: HeaderList = [['destination', destination], ['transaction', transaction], ...headers]
    const frames =
      `BEGIN\ntransaction:${transaction}\n\n\0` +
      `${encodeFrame('SEND', declaring, connection.version)}ABORT\ntransaction:${transaction}\n`
    const subject = { action: `declaring queue ${name} (left out with stomp.declareQueues=false)`, name }
    if (this.#waits) await connection.requestBy(frames, subject)
    else await connection.requestBy(`${frames}\n\0${CONSUME_REPLIES}`, subject, AND_NO_MORE)
  }
}
