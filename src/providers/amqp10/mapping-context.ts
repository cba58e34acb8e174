import type { Destination, DestinationKind } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'

/**
 * What the mapping of messages needs to know of the broker. Make one for each connection: addresses are remembered
 * by it. Those of queues and topics may not change during its life; those of temporary destinations may.
 */
export interface MappingContext {
  /**
   * How a text body is sent: `data` with a textual content type on RabbitMQ, whose other protocols cannot read an
   * amqp-value; `amqp-value` elsewhere.
   */
  readonly textBody: 'amqp-value' | 'data'
  /** How a message without a body is sent: RabbitMQ 4.0 detaches the link when no body section is there. */
  readonly emptyBody: 'none' | 'empty-data'
  /** The application property by which the broker knows a persistent message it has had before; undefined for none. */
  readonly duplicateIdProperty: string | undefined
  /**
   * Whether the broker hands messages over to clients of other protocols that lose types and headers by it; what they lose goes
   * along in annotations, and theirs are read.
   */
  readonly losesTypes?: boolean
  /** The broker's address of a destination, for example `queue://orders` or `/queues/orders`. */
  addressOf(destination: Destination): string
  /** The destination behind an address; `kind` is what the sender's annotation says, where there is one. */
  destinationOf(address: string, kind: DestinationKind | undefined): Destination | undefined
}

/** A message and how often it has been delivered. */
export interface DecodedMessage {
  readonly message: MessageData
  readonly redelivered: boolean
  /** 1 for the first delivery; where the broker does not count, 2 when `redelivered`. */
  readonly deliveryCount: number
}
