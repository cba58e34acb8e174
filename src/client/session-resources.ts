import { InvalidDestinationError, TimeoutError } from '../errors.ts'
import {
  type BodySchema,
  checkSchema,
  type Destination,
  describeDestination,
  hasWildcard,
  isSameDestination,
  isTemporary,
  type Queue,
} from '../message/destination.ts'
import { part } from '../part.ts'
import type { Delivery } from '../provider/provider.ts'
import type { ConsumerInfo, ProducerInfo, SubscriptionInfo } from '../provider/resources.ts'
import type { Consumer, ConsumerOptions, Producer, ProducerOptions, QueueBrowser } from './api.ts'
import type { MakeBodyChecks } from './body-checks.ts'
import type { ClientConnection } from './connection.ts'
import { ClientConsumer } from './consumer.ts'
import { checkConsumerOptions, checkSelector } from './consumer-options.ts'
import { featureOf, requireTarget } from './features.ts'
import { ClientProducer } from './producer.ts'
import type { ClientSession } from './session.ts'

const schemas = part('schemas', () => import('./body-checks.ts'))
const queueBrowsers = part('queue browsers', () => import('./browser.ts'))

/** What a session asks of its producers. */
export interface SessionProducer {
  readonly info: ProducerInfo
  readonly state: 'open' | 'closing' | 'closed'
  open(): Promise<unknown>
  failed(error: Error): void
  close(): Promise<void>
}

/** What a session asks of its consumers. */
export interface SessionConsumer {
  readonly info: ConsumerInfo
  readonly destination: Destination
  readonly state: 'open' | 'closing' | 'closed'
  /** Why it ended without having been closed. */
  readonly failure: Error | undefined
  open(): Promise<unknown>
  acceptDelivered(): Promise<void>
  committed(): void
  redeliver(): void
  /** Whether the application has messages that are not acknowledged. */
  readonly hasUnacknowledged: boolean
  interrupted(): void
  resumed(): void
  resume(): void
  quiet(): Promise<void>
  arrived(delivery: Delivery): void
  failed(error: Error): void
  close(): Promise<void>
}

/** A producer that may be used before it is open. */
export interface EarlyProducer<T> {
  readonly producer: ClientProducer<T>
  /** Rejects when it could not be opened. */
  readonly opened: Promise<void>
}

/** What a session asks of its browsers. */
export interface SessionBrowser {
  interrupted(error: Error): void
  failed(error: Error): void
  close(): Promise<void>
}

/** The producers, consumers and browsers of one session: makes them, and passes on what concerns all of them. */
export class SessionResources {
  readonly #session: ClientSession
  readonly #connection: ClientConnection
  readonly #consumers = new Set<SessionConsumer>()
  readonly #producers = new Set<SessionProducer>()
  readonly #browsers = new Set<SessionBrowser>()

  constructor(session: ClientSession) {
    this.#session = session
    this.#connection = session.connection
  }

  async createProducer<T>(
    destination: Destination<T> | undefined,
    options: ProducerOptions | undefined,
  ): Promise<Producer<T>> {
    const session = this.#session
    if (destination !== undefined) requireTarget(session, destination)
    const info = { resource: 'producer', id: this.#connection.nextId(), session: session.info, destination } as const
    const producer = new ClientProducer<T>(session, info, destination, options)
    await this.#open<SessionProducer>(producer, this.#producers)
    return producer
  }

  /** A producer that takes sends at once, which go out when the session is open and the broker has it. */
  createProducerEarly<T>(opened: Promise<void>): EarlyProducer<T> {
    const session = this.#session
    const info = {
      resource: 'producer',
      id: this.#connection.nextId(),
      session: session.info,
      destination: undefined,
    } as const
    const producer = new ClientProducer<T>(session, info, undefined, undefined)
    producer.openLater()
    this.#producers.add(producer)
    return { producer, opened: opened.then(() => this.#open<SessionProducer>(producer, this.#producers)) }
  }

  async createConsumer<T>(
    destination: Destination<T>,
    given: ConsumerOptions<T> | undefined,
    subscription: SubscriptionInfo | undefined,
  ): Promise<Consumer<T>> {
    const session = this.#session
    session.require(featureOf(destination))
    const options = checkConsumerOptions(given)
    const selector = options.selector === undefined ? undefined : await this.#checkSelector(options.selector)
    if (options.noLocal) session.require('noLocal')
    if (destination.kind === 'topic' && hasWildcard(destination.name)) session.require('wildcards')
    if (isTemporary(destination)) this.#connection.temporaries.requireOwn(destination)
    const info = {
      resource: 'consumer',
      id: this.#connection.nextId(),
      session: session.info,
      destination,
      selector,
      noLocal: options.noLocal,
      subscription,
      browser: false,
      prefetch: options.prefetch ?? this.#connection.options.prefetch,
    } as const
    const checks = await this.#checksOf(options.schema ?? destination.schema, destination)
    const consumer = new ClientConsumer<T>(session, info, destination, checks, options.duplicateWindow)
    await this.#open<SessionConsumer>(consumer, this.#consumers)
    return consumer
  }

  async createBrowser<T>(queue: Queue<T>, given: string | undefined): Promise<QueueBrowser<T>> {
    this.#session.require('queueBrowser')
    if (queue.kind !== 'queue' && !isTemporary(queue)) {
      throw new InvalidDestinationError(`${describeDestination(queue)} cannot be browsed; only queues can`)
    }
    const selector = given === undefined ? undefined : await this.#checkSelector(given)
    return queueBrowsers(({ ClientQueueBrowser }) => {
      this.#session.requireOpen()
      const browser = new ClientQueueBrowser<T>(this.#session, queue, selector)
      this.#browsers.add(browser)
      return browser
    })
  }

  removeProducer(producer: SessionProducer): void {
    this.#remove(producer, this.#producers)
  }

  removeConsumer(consumer: SessionConsumer): void {
    this.#remove(consumer, this.#consumers)
  }

  removeBrowser(browser: SessionBrowser): void {
    this.#browsers.delete(browser)
  }

  consumersOf(destination: Destination): number {
    return [...this.#consumers].filter((consumer) => isSameDestination(consumer.destination, destination)).length
  }

  async acceptDelivered(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.acceptDelivered()))
  }

  get hasUnacknowledged(): boolean {
    return [...this.#consumers].some((consumer) => consumer.hasUnacknowledged)
  }

  /** What was delivered is stale, and a browser cannot go on where it was. */
  interrupted(error: Error): void {
    for (const consumer of this.#consumers) consumer.interrupted()
    for (const browser of this.#browsers) browser.interrupted(error)
  }

  resumed(): void {
    for (const consumer of this.#consumers) consumer.resumed()
  }

  committed(): void {
    for (const consumer of this.#consumers) consumer.committed()
  }

  redeliver(): void {
    for (const consumer of this.#consumers) consumer.redeliver()
  }

  resume(): void {
    for (const consumer of this.#consumers) consumer.resume()
  }

  async quiet(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.quiet()))
  }

  failed(error: Error): void {
    for (const consumer of this.#consumers) consumer.failed(error)
    for (const producer of this.#producers) producer.failed(error)
    for (const browser of this.#browsers) browser.failed(error)
  }

  async closeReceivers(): Promise<void> {
    await closeAll(this.#browsers)
    await closeAll(this.#consumers)
  }

  closeProducers(): Promise<void> {
    return closeAll(this.#producers)
  }

  /** The session may have been closed meanwhile. */
  async #checksOf<T>(
    schema: BodySchema<T> | undefined,
    destination: Destination<T>,
  ): Promise<MakeBodyChecks<T> | undefined> {
    if (schema === undefined) return undefined
    const where = describeDestination(destination)
    checkSchema(schema, where)
    const checks = await schemas(({ bodyChecksBy }) => bodyChecksBy(schema, where))
    this.#session.requireOpen()
    return checks
  }

  /** The session may have been closed meanwhile. */
  async #checkSelector(given: string): Promise<string | undefined> {
    this.#session.require('selectors')
    const selector = await checkSelector(given)
    this.#session.requireOpen()
    return selector
  }

  /** Known before it is created, because messages may come before the answer. */
  async #open<R extends SessionProducer | SessionConsumer>(resource: R, resources: Set<R>): Promise<void> {
    resources.add(resource)
    this.#connection.register(resource.info.id, resource)
    let isThere = false
    try {
      await resource.open()
      isThere = true
      if (resource.state === 'closed') this.#session.requireOpen()
    } catch (error) {
      this.#remove(resource, resources)
      resource.failed(error as Error)
      // The broker has made it when it was not wanted any more, or may make it all the same.
      if (isThere || error instanceof TimeoutError)
        this.#session.background(this.#session.provider.destroy(resource.info))
      throw error
    }
  }

  #remove<R extends SessionProducer | SessionConsumer>(resource: R, resources: Set<R>): void {
    resources.delete(resource)
    this.#connection.unregister(resource.info.id)
  }
}

async function closeAll(resources: ReadonlySet<{ close(): Promise<void> }>): Promise<void> {
  await Promise.all([...resources].map((resource) => resource.close()))
}
