export { IncomingData } from './mapping-decode.ts'
export { encodeMessage } from './mapping-encode.ts'
