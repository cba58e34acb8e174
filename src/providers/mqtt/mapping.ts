/** The pure translation between messages and PUBLISH packets. */
export { type DecodeContext, decodeMessage, isExpired } from './mapping-decode.ts'
export { type EncodeContext, encodeMessage } from './mapping-encode.ts'
