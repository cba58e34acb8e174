import type { BodySchema, Destination, Queue, TemporaryQueue, TemporaryTopic, Topic } from '../message/destination.ts'
import type { Message } from '../message/message.ts'
import type { DeliveryMode, PropertyValue } from '../message/message-data.ts'
import type { Capabilities } from '../provider/capabilities.ts'
import type { PeerInfo } from '../provider/provider.ts'
import type { ReconnectAttempt } from '../provider/reconnection.ts'
import type { AcknowledgeMode } from '../provider/resources.ts'

/** Options of a send; as options of a producer they are its defaults. */
export interface ProducerOptions {
  /** `persistent` by default: the message survives a restart of the broker. */
  readonly deliveryMode?: DeliveryMode
  /** 0 lowest … 9 highest; 4 by default. */
  readonly priority?: number
  /** ms that the message lives; 0, the default, for ever. */
  readonly timeToLive?: number
  /** ms before which it is not delivered; 0 by default. */
  readonly deliveryDelay?: number
  /** Sends without a message id, which saves its bytes; false by default. */
  readonly disableMessageId?: boolean
  /** Sends without a timestamp; false by default. */
  readonly disableTimestamp?: boolean
}

/** Options of one send. */
export interface SendOptions extends ProducerOptions {
  /** Stops waiting for the broker's confirmation; the broker may have taken the message all the same. */
  readonly signal?: AbortSignal
}

/** Options of a request. */
export interface RequestOptions extends SendOptions {
  /** ms to wait for the answer; the connection's `requestTimeout` by default. */
  readonly timeout?: number
}

/** Options of a session. */
export interface SessionOptions {
  /** `auto` by default. */
  readonly acknowledgeMode?: AcknowledgeMode
  /** Short for `acknowledgeMode: 'transacted'`. */
  readonly transacted?: boolean
}

/** Options of a consumer. */
export interface ConsumerOptions<T = unknown> {
  /** Only messages that match are delivered (JMS 3.1 §3.8). */
  readonly selector?: string
  /** Leaves out messages sent by the same connection; topics only. */
  readonly noLocal?: boolean
  /** Messages this consumer may hold ahead of the application, instead of the connection's `prefetch`. */
  readonly prefetch?: number
  /** Checks bodies, instead of the destination's own schema. */
  readonly schema?: BodySchema<T>
  /**
   * Message ids that the consumer remembers: a message that comes once more under one of them is acknowledged and not
   * handed over, unless the application gave it back. For what a failover may duplicate where the broker does not recognise it
   * (`capabilities.duplicateDetection`). 0, the default, for none; at most 1,000,000.
   */
  readonly duplicateWindow?: number
}

/** Options of a listener. */
export interface ListenOptions {
  /** Calls of this listener that may run at the same time; 1, the default, keeps the order of messages and takes turns with the session's other listeners. */
  readonly concurrency?: number
}

/** Options of {@link Consumer.receive}. */
export interface ReceiveOptions {
  /** ms to wait for a message; without it the call waits until there is one, the consumer closes, or the signal aborts. */
  readonly timeout?: number
  /** Ends the wait with an AbortedError; no message is lost. */
  readonly signal?: AbortSignal
}

/** Options of a release. */
export interface ReleaseOptions {
  /** ms before which the message is not delivered again. */
  readonly delay?: number
}

/** A message that was received; read-only. */
export interface ReceivedMessage<T = unknown> extends Message<T> {
  /** Application properties, plain and frozen; `readProperty` reads one as a given JMS type (JMS 3.1 §3.5.4). */
  readonly properties: Readonly<Record<string, PropertyValue>>
  /**
   * Acknowledges: in an `individual` session this message, in a `client` session all that the session delivered so far
   * (JMS 3.1 §6.2.10). In the other modes the session acknowledges by itself and this does nothing. Twice is fine.
   */
  acknowledge(): Promise<void>
  /**
   * Gives the message back to the queue, for any consumer.
   *
   * @throws UnsupportedFeatureError where the broker cannot
   * @throws IllegalStateError when it is acknowledged already, or in a transaction (roll that back instead)
   */
  release(options?: ReleaseOptions): Promise<void>
  /**
   * Moves the message to the broker's dead-letter destination; it is not delivered again. Takes effect at once, also
   * in a transacted session, whatever becomes of the transaction.
   *
   * @param reason kept with the dead letter where the broker can
   * @throws UnsupportedFeatureError where the queue has no dead-letter destination
   * @throws IllegalStateError when it is acknowledged already
   */
  deadLetter(reason?: string): Promise<void>
}

/** Called with each message of a consumer. */
export type Listener<T = unknown> = (message: ReceivedMessage<T>) => unknown

/** What a sender may give: a message, or a bare body (string → text, Uint8Array → bytes, undefined → none, else JSON). */
export type Sendable<T = unknown> = T | Message<T>

/** Sends messages. */
export interface Producer<T = unknown> extends AsyncDisposable {
  /** Where it sends to; undefined when each send names its destination. */
  readonly destination: Destination<T> | undefined
  /**
   * Sends, and resolves once the broker has taken responsibility. Sends need not be awaited one by one: their order
   * is kept. At `maxPendingSends` unconfirmed ones the call waits.
   *
   * @throws MessageFormatError for a body that cannot be encoded
   * @throws InvalidOptionError naming the option
   * @throws TimeoutError after `sendTimeout`; the broker may have taken the message
   * @throws ResourceLimitError, AuthorizationError, InvalidDestinationError, MessageTooLargeError when the broker refuses
   * @throws ConnectionLostError when the connection ends first; the broker may have taken the message
   * @throws IllegalStateError after close
   */
  send(body: Sendable<T>, options?: SendOptions): Promise<void>
  /** The same, for a producer made without a destination. */
  send<U>(destination: Destination<U>, body: Sendable<U>, options?: SendOptions): Promise<void>
  /** Waits for unconfirmed sends, then frees the producer. */
  close(): Promise<void>
}

/** Receives messages. */
export interface Consumer<T = unknown> extends AsyncIterable<ReceivedMessage<T>>, AsyncDisposable {
  /** Where it consumes from. */
  readonly destination: Destination<T>
  /**
   * The next message; null after `timeout`, and when the consumer closes. In an `auto` session it is acknowledged as
   * it is returned.
   *
   * @throws InvalidOptionError for a time-out that is no integer of ms up to 2,147,483,647
   * @throws AbortedError when the signal aborts; no message is lost
   * @throws ConnectionLostError when the connection ends
   * @throws IllegalStateError after close, or when the consumer has a listener
   */
  receive(options?: ReceiveOptions): Promise<ReceivedMessage<T> | null>
  /**
   * The next message if there is one now, else null; asks the broker where none is here.
   *
   * @throws TimeoutError when the broker does not answer within `requestTimeout`
   * @throws IllegalStateError after close, or when the consumer has a listener
   */
  receiveNoWait(): Promise<ReceivedMessage<T> | null>
  /**
   * Calls the listener with each message. In an `auto` session the message is acknowledged once the listener's
   * promise resolves; when it throws, the message is delivered again by the redelivery policy and then dead-lettered,
   * and the connection emits `error` with a ListenerError.
   *
   * @throws IllegalStateError when there is a listener or a pending receive already, and after close
   * @throws InvalidOptionError for a concurrency that is no positive integer
   */
  listen(listener: Listener<T>, options?: ListenOptions): void
  /** Waits for running listener calls, gives prefetched messages back to the broker, and frees the consumer. A durable subscription stays. */
  close(): Promise<void>
}

/** Looks through a queue without consuming; each iteration is a fresh look. */
export interface QueueBrowser<T = unknown> extends AsyncIterable<Message<T>>, AsyncDisposable {
  /** What it looks through. */
  readonly queue: Queue<T>
  /** Ends running iterations and frees the browser. */
  close(): Promise<void>
}

/** A single-threaded context of producing and consuming (JMS 3.1 §6.2). */
export interface Session extends AsyncDisposable {
  /**
   * How received messages are acknowledged (JMS 3.1 §6.2.10):
   * - `auto`: one by one, as `receive()` returns or the listener's promise resolves.
   * - `dups-ok`: as `auto`, but in batches, so that a failure may deliver some again.
   * - `client`: all that the session delivered so far, when the application calls `acknowledge()`.
   * - `individual`: each message by its own `acknowledge()`.
   * - `transacted`: with `commit()`.
   */
  readonly acknowledgeMode: AcknowledgeMode
  /** Whether sends and acknowledgements take effect with `commit()`. */
  readonly transacted: boolean
  /**
   * Creates a producer; without a destination, each send names its own.
   *
   * @param options defaults for its sends
   * @throws InvalidOptionError naming the option
   * @throws InvalidDestinationError, AuthorizationError when the broker refuses
   * @throws UnsupportedFeatureError for a destination or an option that the broker lacks
   * @throws IllegalStateError after close
   */
  createProducer<T = unknown>(destination?: Destination<T>, options?: ProducerOptions): Promise<Producer<T>>
  /**
   * Creates a consumer. On a topic it gets what is sent while it is open (JMS 3.1 §4.2.2).
   *
   * @throws InvalidOptionError naming the option
   * @throws InvalidSelectorError pointing at the column
   * @throws InvalidDestinationError, AuthorizationError when the broker refuses, or for another connection's temporary destination
   * @throws UnsupportedFeatureError for a destination or an option that the broker lacks
   * @throws IllegalStateError after close
   */
  createConsumer<T = unknown>(destination: Destination<T>, options?: ConsumerOptions<T>): Promise<Consumer<T>>
  /**
   * A subscription that keeps messages while nobody consumes; belongs to the connection's `clientId` (JMS 3.1 §4.2.4).
   *
   * @param name 1 to 128 characters, none of them a control character
   * @throws InvalidClientIdError when the connection has no `clientId`
   * @throws IllegalStateError while the subscription has a consumer
   * @throws UnsupportedFeatureError, and what {@link Session.createConsumer} throws
   */
  createDurableConsumer<T = unknown>(topic: Topic<T>, name: string, options?: ConsumerOptions<T>): Promise<Consumer<T>>
  /**
   * A subscription whose messages are shared among its consumers (JMS 3.1 §4.2.5).
   *
   * @param name 1 to 128 characters, none of them a control character
   * @throws UnsupportedFeatureError, and what {@link Session.createConsumer} throws
   */
  createSharedConsumer<T = unknown>(topic: Topic<T>, name: string, options?: ConsumerOptions<T>): Promise<Consumer<T>>
  /**
   * Shared among its consumers, and kept while there is none (JMS 3.1 §4.2.6).
   *
   * @param name 1 to 128 characters, none of them a control character
   * @throws UnsupportedFeatureError, and what {@link Session.createConsumer} throws
   */
  createSharedDurableConsumer<T = unknown>(
    topic: Topic<T>,
    name: string,
    options?: ConsumerOptions<T>,
  ): Promise<Consumer<T>>
  /**
   * Creates a browser, which looks through a queue without consuming (JMS 3.1 §4.1.6).
   *
   * @throws InvalidSelectorError, InvalidDestinationError for what is no queue, UnsupportedFeatureError, IllegalStateError
   */
  createBrowser<T = unknown>(queue: Queue<T>, options?: { readonly selector?: string }): Promise<QueueBrowser<T>>
  /**
   * Creates a queue that lives as long as the connection (JMS 3.1 §4.1.4); only this connection may consume from it.
   *
   * @throws UnsupportedFeatureError where the broker has none
   * @throws IllegalStateError after close
   */
  createTemporaryQueue(): Promise<TemporaryQueue>
  /**
   * Creates a topic that lives as long as the connection (JMS 3.1 §4.1.4); only this connection may consume from it.
   *
   * @throws UnsupportedFeatureError where the broker has none
   * @throws IllegalStateError after close
   */
  createTemporaryTopic(): Promise<TemporaryTopic>
  /** Deletes a durable subscription. @throws IllegalStateError while it has a consumer */
  unsubscribe(name: string): Promise<void>
  /**
   * Commits the sends and acknowledgements since the last commit or rollback, all or none.
   *
   * @throws TransactionRolledBackError when the broker rolled back instead, or the outcome is unknown
   * @throws IllegalStateError when the session is not transacted
   */
  commit(): Promise<void>
  /** Undoes the sends and acknowledgements since the last commit or rollback; messages are delivered again. @throws IllegalStateError when the session is not transacted */
  rollback(): Promise<void>
  /** Delivers all unacknowledged messages again, oldest first. @throws IllegalStateError when the session is transacted */
  recover(): Promise<void>
  /** Acknowledges all that the session delivered so far; for `client` and `individual` sessions. */
  acknowledge(): Promise<void>
  /** Closes its producers and consumers; rolls an open transaction back. */
  close(): Promise<void>
}

/** What a connection tells of its own accord. */
export interface ConnectionEvents {
  /** Something failed that no call could report: a listener, or a consumer that the broker closed. Never crashes the process. */
  error: [error: Error]
  /** The broker is lost, and another one is looked for; what was sent meanwhile waits. */
  interrupted: [error: Error]
  /** An attempt to reach an endpoint, after the delay it names. */
  reconnecting: [attempt: ReconnectAttempt]
  /** A broker is there again, with all sessions, producers and consumers; what was not confirmed goes out. */
  resumed: [to: { readonly endpoint: string }]
  /**
   * The broker takes no messages for now, for want of memory or disk: sends wait, up to `sendTimeout`. RabbitMQ tells, over AMQP 0-9-1,
   * each connection that sends.
   */
  blocked: [reason: string]
  /** The broker takes messages again after it did not, or is lost. */
  unblocked: []
  /** The connection is closed; with an error when it was not asked for. */
  closed: [error?: Error]
}

/** A connection to a broker. */
export interface Connection extends AsyncDisposable {
  /** JMS client identifier as given to `connect`; undefined when none was. */
  readonly clientId?: string | undefined
  /**
   * `interrupted` while the broker is lost and another one is looked for; `closed` from when `close()` has closed the
   * sessions, or the connection is lost for good.
   */
  readonly state: 'connected' | 'interrupted' | 'closed'
  /** Who answered: protocol, endpoint without credentials, product and version. */
  readonly peer: PeerInfo
  /** What the connected broker can do over the protocol in use. */
  readonly capabilities: Capabilities
  /** Lets messages flow to consumers, when `autoStart` is false or after `stop()`. */
  start(): Promise<void>
  /**
   * Pauses delivery to consumers; waits for running listener calls.
   *
   * @throws TimeoutError when one is still running after `closeTimeout`; delivery is paused all the same
   */
  stop(): Promise<void>
  /** Closes all sessions, then the connection. Twice is fine. */
  close(): Promise<void>
  /**
   * Creates a session; `auto` by default.
   *
   * @throws InvalidOptionError for an unknown mode, or a `transacted` that contradicts it
   * @throws UnsupportedFeatureError for `transacted` or `individual` where the broker lacks it
   * @throws IllegalStateError, ConnectionLostError after the connection has ended
   */
  createSession(options?: SessionOptions): Promise<Session>
  /** Calls the listener at each event of this name. One that throws does not stop the others; its error surfaces as an uncaught one. */
  on<Name extends keyof ConnectionEvents>(name: Name, listener: (...args: ConnectionEvents[Name]) => void): this
  /** The same, for the next such event only. */
  once<Name extends keyof ConnectionEvents>(name: Name, listener: (...args: ConnectionEvents[Name]) => void): this
  /** Takes a listener away that `on` or `once` added. */
  off<Name extends keyof ConnectionEvents>(name: Name, listener: (...args: ConnectionEvents[Name]) => void): this
  /** Sends on an `auto` session that the connection keeps for this; throws what {@link Producer.send} throws. */
  send<T>(destination: Destination<T>, body: Sendable<T>, options?: SendOptions): Promise<void>
  /** Consumes on an `auto` session of its own, which closes with the consumer. */
  consume<T>(
    destination: Destination<T>,
    listener: Listener<T>,
    options?: ConsumerOptions<T> & ListenOptions,
  ): Promise<Consumer<T>>
  /**
   * Sends a request and resolves with its answer.
   *
   * @throws TimeoutError when no answer comes in time; an answer that comes later is dropped
   */
  request<T>(destination: Destination<T>, body: Sendable<T>, options?: RequestOptions): Promise<ReceivedMessage>
  /**
   * Answers requests: the handler's value goes to `replyTo` with the correlation id of the request. An answer to whom is
   * gone, with its temporary queue, is dropped: the connection emits `error`, and the request is not handled again.
   */
  reply<T>(
    destination: Destination<T>,
    handler: Listener<T>,
    options?: ConsumerOptions<T> & ListenOptions,
  ): Promise<Consumer<T>>
}
