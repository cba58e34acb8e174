/** Messages of JMS shape to and from the bytes of AMQP 1.0 messages: pure functions that know no link and no connection. */
export type { DecodedMessage, MappingContext } from './mapping-context.ts'
export { decodeMessage } from './mapping-decode.ts'
export { encodeMessage } from './mapping-encode.ts'
