import { MessageFormatError } from '../errors.ts'
import { describeDestination } from '../message/destination.ts'
import type { MessageData } from '../message/message-data.ts'
import { encodeEntries, type Types } from './types-header.ts'

const NO_BYTES = new Uint8Array(0)

/**
 * A body as a protocol carries it that has bytes and text. What is not plain from that goes into `types`.
 *
 * @throws MessageFormatError for a body that is not of the message's kind
 */
export function contentOf(message: MessageData, types: Types): string | Uint8Array {
  const { kind, body } = message
  switch (kind) {
    case 'bytes':
      if (!(body instanceof Uint8Array)) throw wrongBody(message)
      return body
    case 'text':
    case 'object':
      if (typeof body !== 'string') throw wrongBody(message)
      // No JSON text is empty, so what it is shows only by this.
      if (kind === 'object' && body === '') types.kind = kind
      return body
    case 'map':
    case 'stream':
      if (typeof body !== 'object' || body === null) throw wrongBody(message)
      types.kind = kind
      return encodeEntries(message, types)
    case 'empty':
      types.kind = kind
      return NO_BYTES
  }
}

function wrongBody({ kind, destination }: MessageData): MessageFormatError {
  const where = destination === undefined ? '' : ` to ${describeDestination(destination)}`
  return new MessageFormatError(`the body of a ${kind} message${where} is not of that kind`)
}
