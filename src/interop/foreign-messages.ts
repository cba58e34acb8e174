import type { Destination } from '../message/destination.ts'
import type { MessageData } from '../message/message-data.ts'

/**
 * Reads a message that a broker hands over in the encoding of the protocol by which it came.
 *
 * @throws MessageFormatError when it is none
 */
export type ForeignMessageReader = (payload: Uint8Array, consumedFrom: Destination) => MessageData

/** Loads the reader when it is first needed; from then on it is there at once. */
export type LoadForeignMessageReader = () => ForeignMessageReader | Promise<ForeignMessageReader>
