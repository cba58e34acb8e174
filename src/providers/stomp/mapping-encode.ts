import { MessageFormatError } from '../../errors.ts'
import {
  base64Of,
  encodeEntries,
  encodeTypes,
  TYPES_HEADER,
  type Types,
  textOfProperty,
  typeOfProperty,
} from '../../interop/types-header.ts'
import { describeDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { Dialect, HeaderList } from './dialect.ts'
import type { StompVersion } from './frame.ts'
import { encodeBinaryFrame, encodeHead, encodeTextFrame } from './frame-encoder.ts'

const encoder = new TextEncoder()
const NO_BYTES = new Uint8Array(0)

/** Where a SEND goes besides its destination. */
export interface SendContext {
  readonly dialect: Dialect
  readonly version: StompVersion
  readonly transaction: string | undefined
  readonly receipt: string
  /** Whether frames have to be UTF-8, as over a WebSocket: ActiveMQ takes no others there. */
  readonly isText: boolean
  /** ms since the epoch, from which the time to live is counted. */
  readonly now: number
}

/**
 * The SEND frame of a message.
 *
 * @throws MessageFormatError when the body is not of its kind, or a header cannot be told in this version of STOMP
 * @throws InvalidDestinationError for a name that the broker has no form for
 */
export function encodeMessage(message: MessageData, context: SendContext): Uint8Array {
  const types: Types = {}
  const headers = headersOf(message, context, types)
  const body = bodyOf(message, types, context.isText)
  const typesText = encodeTypes(types)
  if (typesText !== undefined) headers.push([TYPES_HEADER, typesText])
  if (typeof body === 'string') return encodeTextFrame(encodeHead('SEND', headers, context.version), body)
  headers.push(['content-length', String(body.length)])
  return encodeBinaryFrame(encodeHead('SEND', headers, context.version), body)
}

function headersOf(message: MessageData, context: SendContext, types: Types): HeaderList {
  const { dialect, transaction, receipt, now } = context
  if (message.destination === undefined) throw new MessageFormatError('a message has no destination')
  const { destination, headers: addressHeaders } = dialect.targetOf(message.destination)
  const headers: HeaderList = [['destination', destination], ...addressHeaders]
  headers.push(['receipt', receipt])
  if (transaction !== undefined) headers.push(['transaction', transaction])
  // Always said: without it, brokers take a message for non-persistent.
  headers.push(['persistent', message.deliveryMode === 'persistent' ? 'true' : 'false'])
  headers.push(['priority', String(message.priority)])
  if (message.messageId !== undefined) headers.push([dialect.messageIdHeader, message.messageId])
  const { correlationId } = message
  if (correlationId !== undefined) headers.push([dialect.correlationIdHeader(correlationId), correlationId])
  if (message.replyTo !== undefined) headers.push(['reply-to', dialect.replyToOf(message.replyTo)])
  if (message.type !== undefined) headers.push(['type', message.type])
  dialect.writeHeaders(headers, message, now)
  writeProperties(headers, message, dialect, types)
  return headers
}

function writeProperties(headers: HeaderList, { properties }: MessageData, dialect: Dialect, types: Types): void {
  for (const name in properties) {
    const value = properties[name]
    if (value === undefined) continue
    const text = textOfProperty(value)
    const type = typeOfProperty(value)
    if (type !== undefined) {
      types.properties ??= {}
      types.properties[name] = type
    }
    if (dialect.ownHeaders.has(name)) {
      types.hidden ??= {}
      types.hidden[name] = text
    } else {
      headers.push([name, text])
    }
  }
}

/** Text where a reader finds its end by itself, else bytes. */
function bodyOf(message: MessageData, types: Types, isText: boolean): string | Uint8Array {
  const { kind, body } = message
  switch (kind) {
    case 'bytes':
      if (!(body instanceof Uint8Array)) throw wrongBody(message)
      if (!isText) return body
      types.kind = kind
      types.encoding = 'base64'
      return base64Of(body)
    case 'empty':
      types.kind = kind
      return NO_BYTES
    case 'text':
    case 'object':
      if (typeof body !== 'string') throw wrongBody(message)
      return textBody(kind, body, types)
    case 'map':
    case 'stream':
      if (typeof body !== 'object' || body === null) throw wrongBody(message)
      return textBody(kind, encodeEntries(message, types), types)
  }
}

/** Without content-length a body ends at its first NUL; with it, ActiveMQ takes it for bytes. */
function textBody(kind: 'text' | 'object' | 'map' | 'stream', text: string, types: Types): string | Uint8Array {
  const endsEarly = text.includes('\0')
  if (kind !== 'text' || endsEarly) types.kind = kind
  return endsEarly ? encoder.encode(text) : text
}

function wrongBody({ kind, destination }: MessageData): MessageFormatError {
  const where = destination === undefined ? '' : ` to ${describeDestination(destination)}`
  return new MessageFormatError(`the body of a ${kind} message${where} is not of that kind`)
}
