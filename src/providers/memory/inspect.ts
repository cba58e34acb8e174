import { ConnectionLostError } from '../../errors.ts'
import type { Destination } from '../../message/destination.ts'
import type { MessageKind, PropertyValue } from '../../message/message-data.ts'
import type { Broker } from './broker.ts'
import { decode } from './mapping.ts'
import type { QueueNode } from './queue-node.ts'
import { findBroker, forgetBroker } from './registry.ts'

/** A queue or temporary queue, as it is now. */
export interface QueueStatus {
  /** Without any prefix, as `queue(name)` takes it. */
  readonly name: string
  /** Whether it dies with its connection. */
  readonly kind: 'queue' | 'temporary-queue'
  /** Messages it holds: waiting, delayed and unacknowledged ones. */
  readonly depth: number
  /** Of them, delivered to a consumer and not settled, or settled in a transaction that is open. */
  readonly unacknowledged: number
  /** How many consumers it has; browsers do not count. */
  readonly consumers: number
}

/** A subscription, as it is now. */
export interface SubscriptionStatus {
  /** Its topic, which may hold wildcards. */
  readonly topic: string
  /** Undefined for one that no name was given to. */
  readonly name: string | undefined
  /** Whether it keeps messages while it has no consumer (JMS 3.1 §4.2.4). */
  readonly durable: boolean
  /** Whether it may have several consumers (JMS 3.1 §4.2.5). */
  readonly shared: boolean
  /** Messages it holds: waiting, delayed and unacknowledged ones. */
  readonly depth: number
  /** Of them, delivered to a consumer and not settled, or settled in a transaction that is open. */
  readonly unacknowledged: number
  /** How many consumers it has. */
  readonly activeConsumers: number
}

/** A message that waits on a queue. */
export interface WaitingMessage {
  /** What the body is. */
  readonly kind: MessageKind
  /** As a receiver gets it from the broker; that of kind `object` is its JSON text. */
  readonly body: unknown
  /** Undefined when it was sent with `disableMessageId`. */
  readonly messageId: string | undefined
  /** Ties it to another message (JMSCorrelationID). */
  readonly correlationId: string | undefined
  /** Where an answer is expected (JMSReplyTo). */
  readonly replyTo: Destination | undefined
  /** Kind of message by the application's own naming (JMSType). */
  readonly type: string | undefined
  /** 0 lowest … 9 highest. */
  readonly priority: number
  /** ms since the epoch; undefined for never. */
  readonly expiration: number | undefined
  /** The message group it belongs to (JMSXGroupID). */
  readonly groupId: string | undefined
  /** Application properties. */
  readonly properties: Readonly<Record<string, PropertyValue>>
  /** Deliveries of it that failed. */
  readonly failedDeliveries: number
}

/** An embedded broker as tests look at it. */
export interface EmbeddedBroker {
  /** NAME of its URI, `memory:NAME`. */
  readonly name: string
  /** Messages a queue holds: waiting, delayed and unacknowledged ones; 0 for one that is not known. */
  queueDepth(queue: string): number
  /** Every queue in use, temporary ones too. One that has long been idle may be left out. */
  queues(): readonly QueueStatus[]
  /** Every subscription, in order of creation. */
  subscriptions(): readonly SubscriptionStatus[]
  /** How many connections are open. */
  connections(): number
  /** The messages that wait on a queue, in the order in which they would be delivered. */
  messages(queue: string): readonly WaitingMessage[]
  /** Drops the messages of a queue that wait or are delayed; returns how many. What consumers hold is not touched. */
  purge(queue: string): number
  /**
   * Ends every connection with a `ConnectionLostError`, as a failing network would, and keeps the messages: what
   * consumers held is delivered again, with `redelivered` true, to whoever connects next.
   */
  dropConnections(): void
  /** Ends every connection with a `ConnectionLostError` and forgets all; the next connection finds an empty broker. */
  close(): void
}

/**
 * Looks into the broker behind `memory:NAME`: what its queues hold, who consumes.
 *
 * It is the same broker for the whole process, and lives, messages and all, until `close()`, also without connections.
 *
 * @example
 * ```ts
 * const connection = await connect('memory:test')
 * await connection.send(queue('orders'), 'one')
 * embeddedBroker('test').queueDepth('orders') // 1
 * embeddedBroker('test').close()
 * ```
 */
export function embeddedBroker(name: string): EmbeddedBroker {
  const find = (): Broker | undefined => {
    const broker = findBroker(name)
    broker?.clock.catchUp()
    return broker
  }
  return Object.freeze<EmbeddedBroker>({
    name,
    queueDepth: (queue) => find()?.findQueue(queue)?.store.count ?? 0,
    queues: () => (find()?.allQueues() ?? []).map(statusOf),
    subscriptions: () => subscriptionsOf(find()),
    connections: () => findBroker(name)?.connections.size ?? 0,
    messages: (queue) => messagesOf(find()?.findQueue(queue)),
    purge: (queue) => purge(find(), queue),
    dropConnections: () => findBroker(name)?.disconnectAll(lost(name, 'was told to drop its connections')),
    close: () => close(findBroker(name)),
  })
}

function statusOf({ destination, store }: QueueNode): QueueStatus {
  return {
    name: destination.name,
    kind: destination.kind === 'temporary-queue' ? 'temporary-queue' : 'queue',
    depth: store.count,
    unacknowledged: store.unacknowledged,
    consumers: store.consumers.size,
  }
}

function subscriptionsOf(broker: Broker | undefined): readonly SubscriptionStatus[] {
  if (broker === undefined) return []
  const all = [...broker.topics.subscriptions(), ...broker.temporaryTopics.subscriptions()]
  return all
    .sort((a, b) => a.number - b.number)
    .map(({ terms, store }) => ({
      topic: terms.destination.name,
      name: terms.name,
      durable: terms.durable,
      shared: terms.shared,
      depth: store.count,
      unacknowledged: store.unacknowledged,
      activeConsumers: store.consumers.size,
    }))
}

function messagesOf(queue: QueueNode | undefined): readonly WaitingMessage[] {
  return (queue?.store.available() ?? []).map(({ message, failures }) => {
    const { kind, body, messageId, correlationId, replyTo, type, priority, expiration, groupId, properties } =
      decode(message)
    return {
      ...{ kind, body, messageId, correlationId, replyTo, type, priority, expiration, groupId },
      // The store holds plain values only.
      properties: properties as Readonly<Record<string, PropertyValue>>,
      failedDeliveries: failures,
    }
  })
}

function purge(broker: Broker | undefined, queue: string): number {
  const purged = broker?.findQueue(queue)?.store.purge() ?? 0
  broker?.loop.run()
  return purged
}

function close(broker: Broker | undefined): void {
  if (broker === undefined) return
  forgetBroker(broker)
  broker.disconnectAll(lost(broker.name, 'was closed'))
  broker.clock.stop()
}

function lost(name: string, reason: string): ConnectionLostError {
  return new ConnectionLostError(`the embedded broker memory:${name} ${reason}; connect again`)
}
