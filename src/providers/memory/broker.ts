import { InvalidClientIdError, InvalidDestinationError, InvalidUriError } from '../../errors.ts'
import type { Destination } from '../../message/destination.ts'
import { describeDestination, hasWildcard, isTemporary, isTopic } from '../../message/destination.ts'
import type { ProviderListener } from '../../provider/provider.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import type { Target } from './admission.ts'
import { BrokerConnection } from './connection.ts'
import { DispatchLoop } from './dispatch-loop.ts'
import { DuplicateWindow } from './duplicate-window.ts'
import { ExpiryClock } from './expiry-clock.ts'
import { QueueNode } from './queue-node.ts'
import type { StoreHost, StoreLimits } from './queue-store.ts'
import { SubscriptionRegistry } from './subscription-registry.ts'
import { TemporaryDestinations } from './temporary-destinations.ts'
import { TopicExchange } from './topic-exchange.ts'
import { BROKER_OPTION_NAMES, type BrokerOptions } from './uri-options.ts'

const DEFAULT_LIMITS: StoreLimits = { maxMessages: 100_000, maxBytes: 64 * 1024 * 1024 }

/** Idle queues are forgotten when this many queues are known, and then whenever their number has doubled. */
const SWEEP_AT = 4_096

/** One embedded broker: its destinations, its subscriptions and the connections to it. */
export class Broker implements StoreHost {
  readonly name: string
  readonly loop: DispatchLoop = new DispatchLoop()
  readonly clock: ExpiryClock = new ExpiryClock(this.loop)
  readonly duplicates: DuplicateWindow = new DuplicateWindow()
  readonly connections: Set<BrokerConnection> = new Set()
  readonly topics: TopicExchange = new TopicExchange()
  readonly temporaryTopics: TopicExchange = new TopicExchange()
  readonly temporary: TemporaryDestinations = new TemporaryDestinations(this)
  readonly subscriptions: SubscriptionRegistry
  limits: StoreLimits = DEFAULT_LIMITS
  #options: BrokerOptions = {}
  readonly #queues = new Map<string, QueueNode>()
  #sweepAt = SWEEP_AT

  constructor(name: string) {
    this.name = name
    this.subscriptions = new SubscriptionRegistry(this, ({ kind }) =>
      kind === 'temporary-topic' ? this.temporaryTopics : this.topics,
    )
  }

  /** How errors name it. */
  get endpoint(): string {
    return `memory:${this.name}`
  }

  connect(info: ConnectionInfo, options: BrokerOptions, listener: ProviderListener): BrokerConnection {
    for (const { clientId } of this.connections) {
      if (clientId === undefined || clientId !== info.clientId) continue
      throw new InvalidClientIdError(
        `the client id ${clientId} is in use by another connection to ${this.endpoint}; choose another`,
      )
    }
    this.#configure(options)
    const connection = new BrokerConnection(this, info, listener)
    this.connections.add(connection)
    this.clock.hold()
    return connection
  }

  disconnected(connection: BrokerConnection): void {
    if (this.connections.delete(connection)) this.clock.release()
  }

  /** Where to send to. */
  target(destination: Destination): Target {
    if (isTemporary(destination)) return this.temporary.target(destination)
    if (!isTopic(destination)) return this.queue(destination)
    if (hasWildcard(destination.name)) {
      throw new InvalidDestinationError(
        `${describeDestination(destination)} holds a wildcard and cannot be sent to; name one topic`,
      )
    }
    return this.topics.target(destination)
  }

  /** The queue of this name, made at its first use. */
  queue(destination: Destination): QueueNode {
    const known = this.#queues.get(destination.name)
    if (known !== undefined) return known
    if (hasWildcard(destination.name)) {
      throw new InvalidDestinationError(
        `${describeDestination(destination)} holds a wildcard, which only topics have; name one queue`,
      )
    }
    if (this.#queues.size >= this.#sweepAt) this.#forgetIdleQueues()
    const queue = new QueueNode(destination, this)
    this.#queues.set(destination.name, queue)
    return queue
  }

  /** Without making it. */
  findQueue(name: string): QueueNode | undefined {
    return this.#queues.get(name)
  }

  allQueues(): readonly QueueNode[] {
    return [...this.#queues.values(), ...this.temporary.all()]
  }

  /** Ends every connection as a failing network would; what they held goes back, so that it may be delivered again. */
  disconnectAll(error: Error): void {
    const ended = [...this.connections]
    this.loop.atomically(() => {
      for (const connection of ended) connection.end(error)
    })
    for (const connection of ended) connection.reportLost(error)
  }

  /** The options of the first connection that gives any hold for the broker's life: it cannot have two bounds. */
  #configure(options: BrokerOptions): void {
    for (const option of BROKER_OPTION_NAMES) {
      const given = options[option]
      const current = this.#options[option]
      if (given === undefined || current === undefined || given === current) continue
      throw new InvalidUriError(
        `${this.endpoint} already runs with ${option}=${current}, this URI says ${given}; give all its connections the same value`,
      )
    }
    this.#options = { ...this.#options, ...options }
    this.limits = {
      maxMessages: this.#options.maxMessagesPerDestination ?? DEFAULT_LIMITS.maxMessages,
      maxBytes: this.#options.maxBytesPerDestination ?? DEFAULT_LIMITS.maxBytes,
    }
  }

  #forgetIdleQueues(): void {
    for (const [name, queue] of this.#queues) {
      if (!queue.isIdle) continue
      queue.isGone = true
      this.#queues.delete(name)
    }
    this.#sweepAt = Math.max(SWEEP_AT, this.#queues.size * 2)
  }
}
