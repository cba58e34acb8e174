import { TYPE } from './types.ts'
import type { WireWriter } from './writer.ts'

/** A message on its way out. What stands in many of them is encoded once: structures, with the byte that says that they are there. */
export interface OutgoingMessage {
  readonly type: number
  readonly commandId: number
  readonly responseRequired: boolean
  /** Whoever sends it. */
  readonly producerId: Uint8Array
  readonly destination: Uint8Array
  readonly transactionId: Uint8Array | undefined
  /** The producer that its id names. */
  readonly idProducer: Uint8Array
  readonly sequence: number
  /** What its id is called, where that is no number of a producer. */
  readonly textView: string | undefined
  readonly groupId: string | undefined
  readonly groupSequence: number
  readonly correlationId: string | undefined
  readonly persistent: boolean
  readonly expiration: number
  readonly priority: number
  readonly replyTo: Uint8Array | undefined
  readonly timestamp: number
  readonly jmsType: string | undefined
  readonly compressed: boolean
  readonly redeliveryCounter: number
}

/** Begins a frame, up to the content (ActiveMQ MessageMarshaller, 10). Then come content and properties, each with its marker. */
export function writeHead(writer: WireWriter, message: OutgoingMessage): void {
  writer.begin(message.type)
  writer.int(message.commandId)
  writer.boolean(message.responseRequired)
  writer.raw(message.producerId)
  writer.raw(message.destination)
  writeEncoded(writer, message.transactionId)
  writer.byte(0)
  writer.short((1 << 8) | TYPE.MESSAGE_ID)
  writer.string(message.textView)
  writer.raw(message.idProducer)
  writer.long(message.sequence)
  writer.long(0)
  writer.byte(0)
  writer.string(message.groupId)
  writer.int(message.groupSequence)
  writer.string(message.correlationId)
  writer.boolean(message.persistent)
  writer.long(message.expiration)
  writer.byte(message.priority)
  writeEncoded(writer, message.replyTo)
  writer.long(message.timestamp)
  writer.string(message.jmsType)
}

/** Writes what stands behind the properties; `writer.finish()` gives the frame. */
export function writeTail(writer: WireWriter, { compressed, redeliveryCounter }: OutgoingMessage): void {
  writer.short(0)
  writer.boolean(compressed)
  writer.int(redeliveryCounter)
  // Neither a way through brokers, nor times at them, nor a user that the broker would not set itself.
  for (let index = 0; index < 30; index += 1) writer.byte(0)
}

function writeEncoded(writer: WireWriter, structure: Uint8Array | undefined): void {
  if (structure === undefined) writer.byte(0)
  else writer.raw(structure)
}
