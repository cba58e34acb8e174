/** The pure translation between messages and the contents of AMQP 0-9-1 (design §3). */
export { type DecodeContext, type DecodedBody, decodeMessage } from './mapping-decode.ts'
export { encodePublish, type Publish, type PublishContext } from './mapping-encode.ts'
