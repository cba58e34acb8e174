import { Buffer } from 'node:buffer'
import { BytePool } from '../../collections/byte-pool.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { Delivery } from '../../provider/provider.ts'
import type { IncomingMessage } from './codec/incoming.ts'
import type { Long } from './codec/types.ts'
import { brokerSequenceAt } from './mapping-decode.ts'

/** Ids are kept longer than frames. */
const pool = new BytePool({ smallest: 64, largest: 1_024, slab: 16_384 })

/** A message with the id that acknowledges it. */
export class OpenWireDelivery implements Delivery {
  readonly message: MessageData
  readonly redelivered: boolean
  readonly deliveryCount: number
  /** The whole id as it came. */
  readonly id: Uint8Array
  /** Whether the application has never had it. */
  isUntouched = false
  /** What came, for as long as it may be given back. */
  source: IncomingMessage | undefined

  constructor(message: MessageData, incoming: IncomingMessage, redeliveryCounter: number) {
    const { frame, messageId } = incoming
    this.message = message
    this.source = incoming
    this.redelivered = redeliveryCounter > 0
    this.deliveryCount = redeliveryCounter + 1
    this.id = pool.copyOf(frame.subarray(messageId.start, messageId.end))
  }

  /** The number that the broker has given to the message. */
  get brokerSequence(): Long {
    const { buffer, byteOffset, length } = this.id
    return brokerSequenceAt(Buffer.from(buffer, byteOffset, length))
  }
}
