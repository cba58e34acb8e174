import type { Destination } from '../../message/destination.ts'
import type { ConsumerInfo, TemporaryDestinationInfo } from '../../provider/resources.ts'

/** What a consumer's link attaches to. */
export interface Attachment {
  readonly linkName: string
  /** Fields of the source. */
  readonly source: object
  readonly desiredCapabilities: readonly string[]
  /** How the link ends: `keep` leaves a durable subscription behind. */
  readonly ending: 'close' | 'keep'
  /** Whether a rejected message goes to a dead-letter destination; it would be lost otherwise. */
  readonly deadLetters: boolean
  /** Frees what {@link Topology.attach} took for the link, once that has ended. */
  release(): Promise<void>
}

/** A temporary destination at the broker. */
export interface TemporaryResource {
  readonly name: string
  delete(): Promise<void>
}

/** How a broker makes the things behind addresses: queues, subscriptions, temporary destinations. */
export interface Topology {
  /** Fields of the target that a producer of this destination attaches to. */
  targetOf(destination: Destination): object
  /** Makes sure that something takes what is sent there; undefined when nothing is left to do. */
  prepare(destination: Destination): Promise<void> | undefined
  /** A message came back from there: what {@link prepare} made is gone. */
  forget(destination: Destination): void
  /** Makes what the consumer consumes from. */
  attach(consumer: ConsumerInfo): Promise<Attachment>
  createTemporary(info: TemporaryDestinationInfo): Promise<TemporaryResource>
  /** Deletes a subscription; rejects with InvalidDestinationError when there is none. */
  unsubscribe(name: string): Promise<void>
  /** The connection is about to close in order. */
  close(): Promise<void>
}
