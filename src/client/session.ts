import { IllegalStateError, InvalidClientIdError } from '../errors.ts'
import type { Destination, Queue, TemporaryQueue, TemporaryTopic, Topic } from '../message/destination.ts'
import type { ResolvedRedeliveryPolicy } from '../options/connect-options.ts'
import type { Logger } from '../options/logger.ts'
import { part } from '../part.ts'
import type { Feature } from '../provider/capabilities.ts'
import type { Provider } from '../provider/provider.ts'
import type { AcknowledgeMode, SessionInfo, SubscriptionInfo } from '../provider/resources.ts'
import type { Consumer, ConsumerOptions, Producer, ProducerOptions, QueueBrowser, Session } from './api.ts'
import type { ClientConnection } from './connection.ts'
import { checkName } from './consumer-options.ts'
import { Dispatcher } from './dispatcher.ts'
import {
  type EarlyProducer,
  type SessionBrowser,
  type SessionConsumer,
  type SessionProducer,
  SessionResources,
} from './session-resources.ts'
import type { Transactions } from './transactions.ts'

const withTransactions = part('transactions', () => import('./transactions.ts'))

/** A session of the client: a context of order, acknowledgement and transactions. */
export class ClientSession implements Session {
  readonly acknowledgeMode: AcknowledgeMode
  readonly transacted: boolean
  readonly info: SessionInfo
  readonly dispatcher: Dispatcher = new Dispatcher()
  /** Undefined when the session is not transacted. */
  transactions: Transactions | undefined
  /**
   * Whether credit goes back to the broker when a message is handed over. Where many messages are acknowledged at
   * once, it must: an application may collect more of them than the prefetch.
   */
  readonly creditOnDelivery: boolean
  readonly #connection: ClientConnection
  readonly #provider: Provider
  readonly #resources: SessionResources
  #owner: SessionConsumer | undefined
  #onFailure: ((error: Error) => void) | undefined
  #onResumed: (() => void) | undefined
  #state: 'open' | 'closing' | 'closed' = 'open'
  #failure: Error | undefined
  #closed: Promise<void> | undefined

  constructor(connection: ClientConnection, info: SessionInfo) {
    this.#connection = connection
    this.#provider = connection.provider
    this.info = info
    this.acknowledgeMode = info.acknowledgeMode
    this.transacted = info.acknowledgeMode === 'transacted'
    this.creditOnDelivery = this.transacted || info.acknowledgeMode === 'client'
    this.#resources = new SessionResources(this)
  }

  async open(): Promise<void> {
    if (this.transacted) await this.#loadTransactions()
    if (this.acknowledgeMode === 'individual') this.require('individualAcknowledge')
    await this.bounded(this.#provider.create(this.info), () => 'creating a session')
    await this.transactions?.begin()
  }

  // --- producers, consumers, destinations ------------------------------------------------------------------------

  async createProducer<T>(destination?: Destination<T>, options?: ProducerOptions): Promise<Producer<T>> {
    this.requireOpen()
    return this.#resources.createProducer(destination, options)
  }

  async createConsumer<T>(destination: Destination<T>, options?: ConsumerOptions<T>): Promise<Consumer<T>> {
    this.requireOpen()
    return this.#resources.createConsumer(destination, options, undefined)
  }

  async createDurableConsumer<T>(topic: Topic<T>, name: string, options?: ConsumerOptions<T>): Promise<Consumer<T>> {
    this.require('durableSubscriptions')
    if (this.#connection.clientId === undefined) {
      throw new InvalidClientIdError(
        `the durable subscription ${name} needs a clientId: give connect() one that stays the same, or use createSharedDurableConsumer`,
      )
    }
    return this.#subscribe(topic, options, { name: checkName(name), durable: true, shared: false })
  }

  async createSharedConsumer<T>(topic: Topic<T>, name: string, options?: ConsumerOptions<T>): Promise<Consumer<T>> {
    this.require('sharedSubscriptions')
    return this.#subscribe(topic, options, { name: checkName(name), durable: false, shared: true })
  }

  async createSharedDurableConsumer<T>(
    topic: Topic<T>,
    name: string,
    options?: ConsumerOptions<T>,
  ): Promise<Consumer<T>> {
    this.require('sharedDurableSubscriptions')
    return this.#subscribe(topic, options, { name: checkName(name), durable: true, shared: true })
  }

  async createBrowser<T>(queue: Queue<T>, options?: { readonly selector?: string }): Promise<QueueBrowser<T>> {
    this.requireOpen()
    return this.#resources.createBrowser(queue, options?.selector)
  }

  async createTemporaryQueue(): Promise<TemporaryQueue> {
    this.requireOpen()
    this.require('temporaryQueues')
    return this.#connection.temporaries.create('temporary-queue')
  }

  async createTemporaryTopic(): Promise<TemporaryTopic> {
    this.requireOpen()
    this.require('temporaryTopics')
    return this.#connection.temporaries.create('temporary-topic')
  }

  async unsubscribe(name: string): Promise<void> {
    this.requireOpen()
    await this.bounded(this.#provider.unsubscribe(checkName(name)), () => `unsubscribing ${name}`)
  }

  // --- acknowledgement -------------------------------------------------------------------------------------------

  async acknowledge(): Promise<void> {
    this.requireOpen()
    if (this.acknowledgeMode !== 'client' && this.acknowledgeMode !== 'individual') return
    await this.#resources.acceptDelivered()
  }

  async recover(): Promise<void> {
    this.requireOpen()
    if (this.transacted) throw new IllegalStateError('recover(): the session is transacted; use rollback()')
    this.#resources.redeliver()
  }

  async commit(): Promise<void> {
    await this.#requireTransactions('commit()').commit()
  }

  async rollback(): Promise<void> {
    await this.#requireTransactions('rollback()').rollback()
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
    this.#state = 'closing'
    // A commit that is under way is carried out; no other can begin.
    await this.transactions?.ending
    try {
      await this.#resources.closeReceivers()
      await this.transactions?.abandon()
      await this.#resources.closeProducers()
      await this.bounded(this.#provider.destroy(this.info), () => 'closing a session')
    } finally {
      this.#state = 'closed'
      this.#connection.sessionClosed(this)
      this.#onFailure?.(this.#owner?.failure ?? new IllegalStateError('the session was closed'))
    }
  }

  // --- for its own producers and consumers -----------------------------------------------------------------------

  get connection(): ClientConnection {
    return this.#connection
  }

  get provider(): Provider {
    return this.#provider
  }

  get redelivery(): ResolvedRedeliveryPolicy {
    return this.#connection.options.redelivery
  }

  get logger(): Logger {
    return this.#connection.options.logger
  }

  get closeTimeout(): number {
    return this.#connection.options.closeTimeout
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Whether messages may be handed over. */
  get flowing(): boolean {
    return this.#state === 'open' && this.transactions?.ending === undefined && this.#connection.started
  }

  /** Delivery may go on. */
  resume(): void {
    this.#resources.resume()
  }

  /** Resolves once no listener runs. */
  async quiet(): Promise<void> {
    await this.#resources.quiet()
  }

  /** A producer without a destination, usable at once; `opened` is when the session is. */
  createProducerEarly<T>(opened: Promise<void>): EarlyProducer<T> {
    return this.#resources.createProducerEarly(opened)
  }

  /** Closes the session once this consumer has closed, or was closed by the broker. */
  closeWith(consumer: unknown): void {
    this.#owner = consumer as SessionConsumer
  }

  /** Calls back when the connection is lost or the session closes. */
  onFailure(callback: (error: Error) => void): void {
    this.#onFailure = callback
  }

  /** Calls back when there is a broker again after one was lost. */
  onResumed(callback: () => void): void {
    this.#onResumed = callback
  }

  /** The broker is lost; another one is looked for. */
  interrupted(error: Error): void {
    this.transactions?.interrupted()
    this.#resources.interrupted(error)
  }

  /** There is a broker again, which has all that this session had. */
  resumed(): void {
    this.#resources.resumed()
    this.#onResumed?.()
  }

  /** The connection is gone. */
  failed(error: Error): void {
    if (this.#state === 'closed') return
    this.#failure = error
    this.#state = 'closed'
    this.#resources.failed(error)
    this.#onFailure?.(error)
  }

  requireOpen(): void {
    this.#connection.requireOpen()
    if (this.#state !== 'open') throw this.#failure ?? new IllegalStateError('the session is closed; create a new one')
  }

  /** Sends are refused while a commit or rollback runs: they would fall between two transactions. */
  requireSendable(): void {
    if (this.#state !== 'open')
      throw this.#failure ?? new IllegalStateError('send(): the session is closed; create a new one')
    if (this.transactions?.ending !== undefined) {
      throw new IllegalStateError('send(): a commit or rollback of this session is under way; await it first')
    }
  }

  /** @throws UnsupportedFeatureError when the broker lacks the feature */
  require(feature: Feature): void {
    this.#connection.require(feature)
  }

  /** A request to the broker, with its limit in time. */
  bounded<R>(promise: Promise<R>, describe: () => string): Promise<R> {
    return this.#connection.bounded(promise, describe)
  }

  /** Work whose failure no call can report. */
  background(promise: Promise<void>): void {
    this.#connection.background(promise)
  }

  report(error: Error): void {
    this.#connection.report(error)
  }

  /** Consumers that take from this destination, for its deletion. */
  consumersOf(destination: Destination): number {
    return this.#resources.consumersOf(destination)
  }

  consumerClosed(consumer: SessionConsumer): void {
    this.#resources.removeConsumer(consumer)
    if (this.#owner === consumer) this.background(this.close())
  }

  producerClosed(producer: SessionProducer): void {
    this.#resources.removeProducer(producer)
  }

  browserClosed(browser: SessionBrowser): void {
    this.#resources.removeBrowser(browser)
  }

  #subscribe<T>(
    topic: Topic<T>,
    options: ConsumerOptions<T> | undefined,
    subscription: SubscriptionInfo,
  ): Promise<Consumer<T>> {
    this.requireOpen()
    return this.#resources.createConsumer(topic, options, subscription)
  }

  async #loadTransactions(): Promise<void> {
    this.require('transactions')
    this.transactions = await withTransactions(({ Transactions }) => new Transactions(this, this.#resources))
    this.requireOpen()
  }

  #requireTransactions(call: string): Transactions {
    this.requireOpen()
    if (this.transactions !== undefined) return this.transactions
    throw new IllegalStateError(`${call}: the session is not transacted; create it with { transacted: true }`)
  }
}
