import type { LoadForeignMessageReader } from '../interop/foreign-messages.ts'

/** Over a WebSocket ActiveMQ makes text of all bytes, so that nothing is left to read. */
export const loadAmqpMessageReader: LoadForeignMessageReader | undefined = undefined
