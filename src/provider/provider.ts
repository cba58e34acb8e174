import type { MessageData } from '../message/message-data.ts'
import type { Credentials } from '../options/credentials.ts'
import type { PeerCertificate } from '../options/tls-options.ts'
import type { Capabilities } from './capabilities.ts'
import type { ConnectionInfo, ConsumerInfo, ProducerInfo, ResourceInfo, SessionInfo } from './resources.ts'

/** Who answered at the other end. */
export interface PeerInfo {
  /** Protocol in use: `memory`, `amqp10` … */
  readonly protocol: string
  /** `scheme://host:port`, without credentials. */
  readonly endpoint: string
  /** Product name as the broker announced it. */
  readonly product?: string
  /** Version of the product, as the broker announced it. */
  readonly version?: string
  /** The broker's certificate; missing without TLS, and in browsers, which do not show it. */
  readonly certificate?: PeerCertificate
}

/** One message handed to a consumer. A provider adds what it needs to settle it in a subclass of its own. */
export interface Delivery {
  readonly message: MessageData
  /** The broker has delivered it before. */
  readonly redelivered: boolean
  /** 1 for the first delivery; where the broker does not count, 2 when `redelivered`. */
  readonly deliveryCount: number
}

/**
 * What becomes of a delivery.
 * - `accepted`: consumed.
 * - `released`: back to the queue as if it had never been delivered, its count not raised.
 * - `modified`: back to the queue after a failed delivery, its count raised where the broker counts.
 * - `rejected`: to the broker's dead-letter destination, never retried.
 */
export type Outcome = 'accepted' | 'released' | 'modified' | 'rejected'

/** More about an outcome. */
export interface OutcomeDetail {
  /** Why a delivery was rejected; kept with the dead letter where the broker can. */
  readonly reason?: string
  /** ms before a released or modified message may be delivered again, where the broker can. */
  readonly delay?: number
}

/** What `create` learnt from the broker. */
export interface CreatedResource {
  /** The name the broker gave to a temporary destination. */
  readonly name?: string
}

/**
 * Something done to what only one kind of broker has, such as an exchange of RabbitMQ. None but its provider looks inside;
 * what stays at the broker is kept under a name, and done again on the next one.
 */
export interface BrokerAction {
  /** As the beginning of a sentence: `declaring the exchange invoices`. */
  readonly action: string
  /** What it is kept under, in the place of an earlier one; undefined for what is done once. */
  readonly keptAs?: string
  /** What else it needs: it is kept no longer than these. */
  readonly needs?: readonly string[]
  /** What it puts an end to, with all that needs that. */
  readonly ends?: string
}

/** The settled promise a provider may return where nothing was left to wait for, so that the caller need not wait either. */
export const DONE: Promise<void> = Promise.resolve()

/**
 * One wire protocol. A provider moves messages and settles them; it knows nothing of failover or of JMS sessions'
 * rules. Every method rejects with an error of `errors.ts` that names the endpoint and the destination.
 */
export interface Provider {
  /**
   * Opens the connection: transport, handshake, authentication. Once it resolves, {@link capabilities} are known.
   * Aborting `signal` ends the attempt and frees all it holds.
   */
  open(connection: ConnectionInfo, listener: ProviderListener, signal: AbortSignal): Promise<PeerInfo>
  readonly capabilities: Capabilities

  /** Creates a resource. A feature the broker lacks is an UnsupportedFeatureError here. */
  create(resource: ResourceInfo): Promise<CreatedResource>
  /** Destroys it. For a durable consumer the subscription stays. Deliveries settled as `released` right before, once credit is drained, go to any consumer, whether or not the broker has {@link Capabilities} `release`. Unsettled deliveries go back to the broker as `modified` where the protocol can tell, else by its own rule. */
  destroy(resource: ResourceInfo): Promise<void>

  /**
   * Sends one message; settles when the broker has taken responsibility, or refused it. Order on one producer is
   * the order of the calls. The message is read before the call returns: the caller may change its bytes afterwards.
   * In a `transaction` the message belongs to the open transaction of that session.
   */
  send(producer: ProducerInfo, message: MessageData, transaction?: SessionInfo): Promise<void>

  /**
   * Gives up a send that {@link send} promised: it is not sent again, and the promise rejects with `error` unless a broker has
   * it. Says whether a broker may have taken it; undefined when it is settled. A provider that sends once does not need this.
   */
  withdraw?(send: Promise<void>, error: Error): boolean | undefined

  /**
   * Whether the broker confirms a message before it has it while it ends, so that the last confirmation of a connection is worth
   * nothing. A failover sends that message again, which must be one that the broker knows when it has it. Missing where every
   * confirmation is true.
   */
  confirmsEarly?(message: MessageData): boolean

  /** Why the broker takes no messages at the moment, where it says so; undefined while it does. Sends wait meanwhile. */
  readonly backPressure?: string | undefined

  /** Lets the broker deliver `credit` more messages to the consumer. What it has sent ahead may come before this returns. */
  grant(consumer: ConsumerInfo, credit: number): void
  /**
   * Takes unused credit back; resolves when every message the broker had sent under it has been handed to the listener. For a
   * browser: when all that was in the queue has been delivered.
   *
   * @param isLast - the consumer is about to be closed: what has not come yet may stay with the broker
   */
  drain(consumer: ConsumerInfo, isLast?: boolean): Promise<void>

  /** Settles deliveries of one consumer, oldest first. In a `transaction` (only `accepted`), when that commits. */
  settle(
    consumer: ConsumerInfo,
    deliveries: readonly Delivery[],
    outcome: Outcome,
    transaction?: SessionInfo,
    detail?: OutcomeDetail,
  ): Promise<void>

  /** Begins a transaction on a transacted session; one at a time. */
  begin(session: SessionInfo): Promise<void>
  /** Commits it. Rejects with TransactionRolledBackError when the broker rolled it back instead. */
  commit(session: SessionInfo): Promise<void>
  /** Rolls it back: its sends never happened; deliveries settled in it are delivered again. */
  rollback(session: SessionInfo): Promise<void>

  /** Deletes a durable or shared durable subscription of this name. */
  unsubscribe(name: string): Promise<void>

  /** Does what the protocol of its broker alone has; missing where that is nothing. Doing it twice is the same as once. */
  readonly perform?: ((action: BrokerAction) => Promise<unknown>) | undefined

  /**
   * Tells the broker new credentials, over the connection that is there; false where these take a new connection. Missing where the
   * protocol cannot.
   *
   * @throws ConnectionLostError when the broker ends the connection over them
   */
  renew?(credentials: Credentials): Promise<boolean>

  /** Closes everything in order, in bounded time; never rejects. No listener call follows. */
  close(): Promise<void>
}

/** What a provider reports of its own accord. None of its methods throws. */
export interface ProviderListener {
  message(consumerId: string, delivery: Delivery): void
  /** The broker closed one resource; the connection lives. */
  resourceClosed(resourceId: string, error: Error): void
  /**
   * The broker has taken back what it delivered to a consumer, or to all of a session, which is stale: it comes again once that is
   * {@link resourceResumed}, save answers to requests, which are lost.
   */
  resourceInterrupted?(resourceId: string, error: Error): void
  /** The consumer is there again, without credit; or all of the session are. */
  resourceResumed?(resourceId: string): void
  /** The broker takes no messages for this reason, or takes them again. Nobody is told of it where this is missing. */
  blocked?(reason: string | undefined): void
  /** The broker tells of others that clients can go on with. Only a failover has a use for it. */
  advised?(advice: BrokerAdvice): void
  /** The connection is gone; nothing more comes from this provider. */
  connectionLost(error: Error): void
}

/** What a broker says of the brokers that a client can go on with. */
export interface BrokerAdvice {
  /** URIs of all brokers that have the same destinations, the one to take first; empty when it says nothing of them. */
  readonly brokers: readonly string[]
  /** Whether clients are to spread over them. */
  readonly isRebalancing: boolean
  /** The one to go on with now; undefined to stay. */
  readonly moveTo: string | undefined
}
