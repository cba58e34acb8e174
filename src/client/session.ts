import {
  IllegalStateError,
  InvalidClientIdError,
  InvalidDestinationError,
  TransactionRolledBackError,
} from '../errors.ts'
import {
  type Destination,
  describeDestination,
  hasWildcard,
  isTemporary,
  type Queue,
  type TemporaryQueue,
  type TemporaryTopic,
  type Topic,
} from '../message/destination.ts'
import type { ResolvedRedeliveryPolicy } from '../options/connect-options.ts'
import type { Logger } from '../options/logger.ts'
import type { Feature } from '../provider/capabilities.ts'
import type { Delivery, Provider } from '../provider/provider.ts'
import type {
  AcknowledgeMode,
  ConsumerInfo,
  ProducerInfo,
  SessionInfo,
  SubscriptionInfo,
} from '../provider/resources.ts'
import type { Consumer, ConsumerOptions, Producer, ProducerOptions, QueueBrowser, Session } from './api.ts'
import { ClientQueueBrowser } from './browser.ts'
import type { ClientConnection } from './connection.ts'
import { ClientConsumer } from './consumer.ts'
import { checkConsumerOptions, checkName, checkSelector } from './consumer-options.ts'
import { Dispatcher } from './dispatcher.ts'
import { requireFeature } from './features.ts'
import { ClientProducer } from './producer.ts'
import { SendGroup } from './send-window.ts'
import { ClientTemporaryDestination } from './temporary-destination.ts'

/** What a session asks of its producers. */
interface SessionProducer {
  readonly info: ProducerInfo
  failed(error: Error): void
  close(): Promise<void>
}

/** What a session asks of its consumers. */
interface SessionConsumer {
  readonly info: ConsumerInfo
  readonly destination: Destination
  takeDelivered(): Delivery[]
  settle(deliveries: readonly Delivery[], outcome: 'accepted'): Promise<void>
  redeliver(): void
  resume(): void
  quiet(): Promise<void>
  arrived(delivery: Delivery): void
  failed(error: Error): void
  close(): Promise<void>
}

/** What a session asks of its browsers. */
interface SessionBrowser {
  failed(error: Error): void
  close(): Promise<void>
}

/** A session of the client: a context of order, acknowledgement and transactions. */
export class ClientSession implements Session {
  readonly acknowledgeMode: AcknowledgeMode
  readonly transacted: boolean
  readonly connection: ClientConnection
  readonly provider: Provider
  readonly info: SessionInfo
  readonly dispatcher: Dispatcher = new Dispatcher()
  readonly redelivery: ResolvedRedeliveryPolicy
  readonly logger: Logger
  readonly closeTimeout: number
  /** Sends of the open transaction; undefined when the session is not transacted. */
  readonly transactionSends: SendGroup | undefined
  /**
   * Whether credit goes back to the broker when a message is handed over. Where many messages are acknowledged at
   * once, it must: an application may collect more of them than the prefetch.
   */
  readonly creditOnDelivery: boolean
  readonly #consumers = new Set<SessionConsumer>()
  readonly #producers = new Set<SessionProducer>()
  readonly #browsers = new Set<SessionBrowser>()
  #owner: unknown
  #onFailure: ((error: Error) => void) | undefined
  #state: 'open' | 'closing' | 'closed' = 'open'
  #failure: Error | undefined
  #closed: Promise<void> | undefined
  /** Commit, rollback and recover run one at a time, and nothing is handed over meanwhile. */
  #turn: Promise<unknown> | undefined

  constructor(connection: ClientConnection, info: SessionInfo) {
    this.connection = connection
    this.provider = connection.provider
    this.info = info
    this.acknowledgeMode = info.acknowledgeMode
    this.transacted = info.acknowledgeMode === 'transacted'
    this.creditOnDelivery = this.transacted || info.acknowledgeMode === 'client'
    this.redelivery = connection.options.redelivery
    this.logger = connection.options.logger
    this.closeTimeout = connection.options.closeTimeout
    this.transactionSends = this.transacted ? new SendGroup() : undefined
  }

  async open(): Promise<void> {
    if (this.transacted) this.require('transactions')
    if (this.acknowledgeMode === 'individual') this.require('individualAcknowledge')
    await this.bounded(this.provider.create(this.info), () => 'creating a session')
    if (this.transacted) await this.bounded(this.provider.begin(this.info), () => 'beginning a transaction')
  }

  // --- producers, consumers, destinations ------------------------------------------------------------------------

  async createProducer<T>(destination?: Destination<T>, options?: ProducerOptions): Promise<Producer<T>> {
    this.requireOpen()
    if (destination !== undefined) this.#requireKind(destination)
    const info = {
      resource: 'producer',
      id: this.connection.nextId(),
      session: this.info,
      destination,
    } as const
    const producer = new ClientProducer<T>(this, info, destination, options)
    await this.#register<SessionProducer>(producer, this.#producers, () => producer.open())
    return producer
  }

  createConsumer<T>(destination: Destination<T>, options?: ConsumerOptions<T>): Promise<Consumer<T>> {
    return this.#createConsumer(destination, options, undefined)
  }

  async createDurableConsumer<T>(topic: Topic<T>, name: string, options?: ConsumerOptions<T>): Promise<Consumer<T>> {
    this.require('durableSubscriptions')
    if (this.connection.clientId === undefined) {
      throw new InvalidClientIdError(
        `the durable subscription ${name} needs a clientId: give connect() one that stays the same, or use createSharedDurableConsumer`,
      )
    }
    return this.#createConsumer(topic, options, { name: checkName(name), durable: true, shared: false })
  }

  async createSharedConsumer<T>(topic: Topic<T>, name: string, options?: ConsumerOptions<T>): Promise<Consumer<T>> {
    this.require('sharedSubscriptions')
    return this.#createConsumer(topic, options, { name: checkName(name), durable: false, shared: true })
  }

  async createSharedDurableConsumer<T>(
    topic: Topic<T>,
    name: string,
    options?: ConsumerOptions<T>,
  ): Promise<Consumer<T>> {
    this.require('sharedDurableSubscriptions')
    return this.#createConsumer(topic, options, { name: checkName(name), durable: true, shared: true })
  }

  async createBrowser<T>(queue: Queue<T>, options?: { readonly selector?: string }): Promise<QueueBrowser<T>> {
    this.requireOpen()
    this.require('queueBrowser')
    if (queue.kind !== 'queue' && !isTemporary(queue)) {
      throw new InvalidDestinationError(`${describeDestination(queue)} cannot be browsed; only queues can`)
    }
    if (options?.selector !== undefined) this.require('selectors')
    const browser = new ClientQueueBrowser<T>(this, queue, checkSelector(options?.selector))
    this.#browsers.add(browser)
    return browser
  }

  async createTemporaryQueue(): Promise<TemporaryQueue> {
    this.requireOpen()
    this.require('temporaryQueues')
    return (await ClientTemporaryDestination.create(this.connection, this, 'temporary-queue')) as TemporaryQueue
  }

  async createTemporaryTopic(): Promise<TemporaryTopic> {
    this.requireOpen()
    this.require('temporaryTopics')
    return (await ClientTemporaryDestination.create(this.connection, this, 'temporary-topic')) as TemporaryTopic
  }

  async unsubscribe(name: string): Promise<void> {
    this.requireOpen()
    await this.bounded(this.provider.unsubscribe(checkName(name)), () => `unsubscribing ${name}`)
  }

  // --- acknowledgement -------------------------------------------------------------------------------------------

  async acknowledge(): Promise<void> {
    this.requireOpen()
    if (this.acknowledgeMode !== 'client' && this.acknowledgeMode !== 'individual') return
    await Promise.all([...this.#consumers].map((consumer) => consumer.settle(consumer.takeDelivered(), 'accepted')))
  }

  async recover(): Promise<void> {
    this.requireOpen()
    if (this.transacted) throw new IllegalStateError('recover(): the session is transacted; use rollback()')
    for (const consumer of this.#consumers) consumer.redeliver()
  }

  commit(): Promise<void> {
    return this.#inTurn('commit()', async () => {
      const failedSend = await this.transactionSends?.settled()
      if (failedSend !== undefined) {
        await this.#rollback()
        throw new TransactionRolledBackError(
          `the transaction was rolled back because a send in it failed (${failedSend.message}); do its work again`,
          { cause: failedSend },
        )
      }
      const taken = [...this.#consumers].map((consumer): [SessionConsumer, Delivery[]] => [
        consumer,
        consumer.takeDelivered(),
      ])
      try {
        await Promise.all(taken.map(([consumer, deliveries]) => consumer.settle(deliveries, 'accepted')))
        await this.bounded(this.provider.commit(this.info), () => 'committing')
      } catch (cause) {
        await this.#begin()
        throw cause instanceof TransactionRolledBackError
          ? cause
          : new TransactionRolledBackError(
              `the commit failed and its outcome is not known (${cause instanceof Error ? cause.message : String(cause)}); do its work again, if need be refusing what was done already`,
              { cause },
            )
      }
      await this.#begin()
    })
  }

  rollback(): Promise<void> {
    return this.#inTurn('rollback()', async () => {
      await this.transactionSends?.settled()
      await this.#rollback()
    })
  }

  /** What was delivered is delivered again by the client; what closed consumers settled in the transaction, by the broker. */
  async #rollback(): Promise<void> {
    await this.bounded(this.provider.rollback(this.info), () => 'rolling back')
    for (const consumer of this.#consumers) consumer.redeliver()
    await this.#begin()
  }

  async #begin(): Promise<void> {
    if (this.#state !== 'open' || this.#failure !== undefined) return
    await this.bounded(this.provider.begin(this.info), () => 'beginning a transaction')
  }

  async #inTurn(call: string, action: () => Promise<void>): Promise<void> {
    this.requireOpen()
    if (!this.transacted) {
      throw new IllegalStateError(`${call}: the session is not transacted; create it with { transacted: true }`)
    }
    const before = this.#turn
    const turn = (before ?? Promise.resolve()).then(action)
    const done = turn.then(noop, noop)
    this.#turn = done
    try {
      await turn
    } finally {
      if (this.#turn === done) {
        this.#turn = undefined
        this.resume()
      }
    }
  }

  // --- closing ---------------------------------------------------------------------------------------------------

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    if (this.#state !== 'open') return
    await this.#turn
    this.#state = 'closing'
    try {
      await Promise.all([...this.#browsers].map((browser) => browser.close()))
      await Promise.all([...this.#consumers].map((consumer) => consumer.close()))
      if (this.transacted) await this.bounded(this.provider.rollback(this.info), () => 'rolling back')
      await Promise.all([...this.#producers].map((producer) => producer.close()))
      await this.bounded(this.provider.destroy(this.info), () => 'closing a session')
    } finally {
      this.#state = 'closed'
      this.connection.sessionClosed(this)
      this.#onFailure?.(new IllegalStateError('the session was closed'))
    }
  }

  // --- for its own producers and consumers -----------------------------------------------------------------------

  /** Whether messages may be handed over. */
  get flowing(): boolean {
    return this.#state === 'open' && this.#turn === undefined && this.connection.started
  }

  /** Delivery may go on. */
  resume(): void {
    for (const consumer of this.#consumers) consumer.resume()
  }

  /** Resolves once no listener runs. */
  async quiet(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.quiet()))
  }

  /** Closes the session once this consumer has closed. */
  closeWith(consumer: unknown): void {
    this.#owner = consumer
  }

  /** Calls back when the connection is lost or the session closes. */
  onFailure(callback: (error: Error) => void): void {
    this.#onFailure = callback
  }

  /** The connection is gone. */
  failed(error: Error): void {
    if (this.#state === 'closed') return
    this.#failure = error
    this.#state = 'closed'
    for (const consumer of this.#consumers) consumer.failed(error)
    for (const producer of this.#producers) producer.failed(error)
    for (const browser of this.#browsers) browser.failed(error)
    this.#onFailure?.(error)
  }

  requireOpen(): void {
    this.connection.requireOpen()
    if (this.#state !== 'open') throw this.#failure ?? new IllegalStateError('the session is closed; create a new one')
  }

  /** Sends are refused while a commit or rollback runs: they would fall between two transactions. */
  requireSendable(): void {
    if (this.#state !== 'open')
      throw this.#failure ?? new IllegalStateError('send(): the session is closed; create a new one')
    if (this.transacted && this.#turn !== undefined) {
      throw new IllegalStateError('send(): a commit or rollback of this session is under way; await it first')
    }
  }

  /** @throws UnsupportedFeatureError when the broker lacks the feature */
  require(feature: Feature): void {
    requireFeature(feature, this.connection.capabilities, this.connection.peer)
  }

  /** A request to the broker, with its limit in time. */
  bounded<R>(promise: Promise<R>, describe: () => string): Promise<R> {
    return this.connection.bounded(promise, describe)
  }

  /** Work whose failure no call can report. */
  background(promise: Promise<void>): void {
    this.connection.background(promise)
  }

  report(error: Error): void {
    this.connection.report(error)
  }

  /** Consumers that take from this destination, for its deletion. */
  consumersOf(destination: Destination): number {
    return [...this.#consumers].filter((consumer) => consumer.destination === destination).length
  }

  consumerClosed(consumer: SessionConsumer): void {
    this.#consumers.delete(consumer)
    this.connection.unregister(consumer.info.id)
    if (this.#owner === consumer) this.background(this.close())
  }

  producerClosed(producer: SessionProducer): void {
    this.#producers.delete(producer)
    this.connection.unregister(producer.info.id)
  }

  browserClosed(browser: SessionBrowser): void {
    this.#browsers.delete(browser)
  }

  async #createConsumer<T>(
    destination: Destination<T>,
    given: ConsumerOptions<T> | undefined,
    subscription: SubscriptionInfo | undefined,
  ): Promise<Consumer<T>> {
    this.requireOpen()
    this.#requireKind(destination)
    const options = checkConsumerOptions(given)
    if (options.selector !== undefined) this.require('selectors')
    if (options.noLocal) this.require('noLocal')
    if (destination.kind === 'topic' && hasWildcard(destination.name)) this.require('wildcards')
    if (isTemporary(destination)) this.connection.requireOwnTemporary(destination)
    const info = {
      resource: 'consumer',
      id: this.connection.nextId(),
      session: this.info,
      destination,
      selector: options.selector,
      noLocal: options.noLocal,
      subscription,
      browser: false,
      prefetch: options.prefetch ?? this.connection.options.prefetch,
    } as const
    const consumer = new ClientConsumer<T>(this, info, destination, options.schema ?? destination.schema)
    await this.#register<SessionConsumer>(consumer, this.#consumers, () => consumer.open())
    return consumer
  }

  /** Known before it is created, because messages may come before the answer. */
  async #register<R extends SessionProducer | SessionConsumer>(
    resource: R,
    resources: Set<R>,
    open: () => Promise<unknown>,
  ): Promise<void> {
    const { id } = resource.info
    resources.add(resource)
    this.connection.register(id, resource)
    try {
      await open()
    } catch (error) {
      resources.delete(resource)
      this.connection.unregister(id)
      resource.failed(error as Error)
      throw error
    }
  }

  #requireKind(destination: Destination): void {
    switch (destination?.kind) {
      case 'queue':
        return this.require('queues')
      case 'topic':
        return this.require('topics')
      case 'temporary-queue':
        return this.require('temporaryQueues')
      case 'temporary-topic':
        return this.require('temporaryTopics')
      default:
        throw new InvalidDestinationError('a destination is made by queue(name) or topic(name)')
    }
  }
}

function noop(): void {}
