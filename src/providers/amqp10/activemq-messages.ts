import type { ForeignMessageReader } from '../../interop/foreign-messages.ts'
import { activemqContext } from './addresses.ts'
import { decodeMessage } from './mapping.ts'

/** Reads what ActiveMQ Classic hands over as it came by AMQP, which its `native` transformer leaves to the receiver. */
export function activemqMessageReader(): ForeignMessageReader {
  const context = activemqContext()
  return (payload, consumedFrom) => decodeMessage(payload, context, consumedFrom).message
}
