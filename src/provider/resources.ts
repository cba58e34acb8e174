import type { Destination } from '../message/destination.ts'
import type { Credentials } from '../options/credentials.ts'
import type { Logger } from '../options/logger.ts'
import type { ResolvedRabbitMqOptions } from '../options/rabbitmq-options.ts'
import type { TlsOptions } from '../options/tls-options.ts'

/**
 * Resources are plain immutable records with an id that the client gives. A provider creates and destroys them by
 * record; a failover keeps the records and creates them again on another broker.
 */

/** How received messages are acknowledged (JMS 3.1 §6.2.10, and `individual` for one by one). */
export type AcknowledgeMode = 'auto' | 'client' | 'dups-ok' | 'individual' | 'transacted'

/** What a provider needs to open its connection. */
export interface ConnectionInfo {
  /** Unique for each connection of this process. */
  readonly id: string
  /** What it has in common with the ones whose place it takes, and that take its place: the id is this with a number behind it, from 1 on. */
  readonly origin?: string | undefined
  /** One endpoint, credentials removed. */
  readonly uri: URL
  /** How often this endpoint was tried before; of several addresses of its host, another one is tried first each time. */
  readonly attempt: number
  readonly credentials: Credentials
  /** JMS client identifier; undefined lets the provider choose a unique one. */
  readonly clientId: string | undefined
  readonly tls: TlsOptions
  /** ms between liveness checks; 0 turns them off. */
  readonly heartbeat: number
  /** ms for every request to the broker that has no time of its own. */
  readonly requestTimeout: number
  /** ms that an orderly close may take before the transport is cut. */
  readonly closeTimeout: number
  /** What queues on RabbitMQ are to be like, and how answers come there; undefined when nothing is said of it. */
  readonly rabbitmq?: ResolvedRabbitMqOptions | undefined
  readonly logger: Logger
}

export interface SessionInfo {
  readonly resource: 'session'
  readonly id: string
  readonly acknowledgeMode: AcknowledgeMode
}

export interface ProducerInfo {
  readonly resource: 'producer'
  readonly id: string
  readonly session: SessionInfo
  /** Undefined for a producer that names the destination of each message. */
  readonly destination: Destination | undefined
}

/** A topic subscription with a name (JMS 3.1 §4.2.3). */
export interface SubscriptionInfo {
  readonly name: string
  readonly durable: boolean
  readonly shared: boolean
}

export interface ConsumerInfo {
  readonly resource: 'consumer'
  readonly id: string
  readonly session: SessionInfo
  readonly destination: Destination
  readonly selector: string | undefined
  readonly noLocal: boolean
  readonly subscription: SubscriptionInfo | undefined
  /** A browser reads copies and never consumes; `drain` ends once all that was there has been delivered. */
  readonly browser: boolean
  /** Credit the client intends to give at most; a provider may size buffers by it. */
  readonly prefetch: number
}

export interface TemporaryDestinationInfo {
  readonly resource: 'temporary-destination'
  readonly id: string
  readonly kind: 'temporary-queue' | 'temporary-topic'
  /** The name the application knows it by from an earlier broker; undefined when it is new. */
  readonly name: string | undefined
  /** Nothing but the answers to requests of this connection comes there: a provider may have something cheaper for that than a queue. */
  readonly purpose?: 'answers' | undefined
}

export type ResourceInfo = SessionInfo | ProducerInfo | ConsumerInfo | TemporaryDestinationInfo
