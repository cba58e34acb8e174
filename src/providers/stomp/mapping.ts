/** The pure translation between messages and STOMP frames (design §3). */
export { decodeMessage } from './mapping-decode.ts'
export { encodeMessage, type SendContext } from './mapping-encode.ts'
