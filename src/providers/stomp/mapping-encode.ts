import { MessageFormatError } from '../../errors.ts'
import {
  base64Of,
  encodeEntries,
  encodeTypes,
  type Types,
  textOfProperty,
  typeOfProperty,
} from '../../interop/types-header.ts'
import { type Destination, describeDestination, isTemporary } from '../../message/destination.ts'
import { refuseExchange } from '../../message/jms-kind.ts'
import type { MessageData } from '../../message/message-data.ts'
import { encodeBinaryFrame } from './binary-frame.ts'
import type { Dialect } from './dialect.ts'
import type { StompVersion } from './frame.ts'
import { headerLine, type OutgoingFrame, utf8Length } from './frame-encoder.ts'
import { escapeHeader } from './header-escapes.ts'

/** How one connection writes its messages. */
export interface SendContext {
  readonly dialect: Dialect
  readonly version: StompVersion
  /** Whether frames have to be UTF-8, as over a WebSocket. */
  readonly isText: boolean
  /** What is the same in every frame to a destination. */
  readonly heads: WeakMap<Destination, string>
}

/**
 * The SEND frame of a message.
 *
 * @param now - ms since the epoch, from which the time to live is counted
 * @throws MessageFormatError when the body is not of its kind, or a header cannot be told in this version of STOMP
 * @throws MessageTooLargeError when the broker takes no such headers
 * @throws InvalidDestinationError for a name that the broker has no form for
 */
export function encodeMessage(
  message: MessageData,
  context: SendContext,
  receipt: string,
  transaction: string | undefined,
  now: number,
): OutgoingFrame {
  const types: Types = {}
  const { dialect } = context
  let head = `${headOf(message, context)}receipt:${receipt}\n`
  if (transaction !== undefined) head += headerLine('transaction', transaction, context.version)
  const body = bodyOf(message, types, context.isText)
  const isBytes = typeof body !== 'string' || dialect.garbles?.(body) === true
  if (isBytes && message.kind === 'text') types.kind = 'text'
  head += headersOf(message, context, now, isBytes) + propertiesOf(message, context, types)
  const typesText = encodeTypes(types)
  if (typesText !== undefined) head += headerLine(dialect.typesHeader, typesText, context.version)
  dialect.checkHead?.(head, message)
  if (typeof body !== 'string') return encodeBinaryFrame(`${head}content-length:${body.length}\n\n`, body)
  // Without content-length a body ends at its first NUL; with it, ActiveMQ takes it for bytes.
  const length =
    isBytes || message.kind === 'empty' || body.includes('\0') ? `content-length:${utf8Length(body)}\n` : ''
  return `${head}${length}\n${body}\0`
}

function headOf({ destination }: MessageData, { dialect, version, heads }: SendContext): string {
  if (destination === undefined) throw new MessageFormatError('a message has no destination')
  const known = heads.get(destination)
  if (known !== undefined) return known
  refuseExchange(destination)
  const head = `SEND\n${headerLine('destination', dialect.targetOf(destination), version)}`
  // The name of a temporary one may be another one tomorrow.
  if (!isTemporary(destination)) heads.set(destination, head)
  return head
}

function headersOf(message: MessageData, context: SendContext, now: number, isBytes: boolean): string {
  const { dialect, version } = context
  // Always said: without it, brokers take a message for non-persistent.
  let text = `persistent:${message.deliveryMode === 'persistent'}\npriority:${message.priority}\n`
  const { messageId, correlationId, replyTo, type } = message
  if (messageId !== undefined) text += headerLine(dialect.messageIdHeader, messageId, version)
  if (correlationId !== undefined) {
    text += headerLine(dialect.correlationIdHeader(correlationId), correlationId, version)
  }
  if (replyTo !== undefined) text += headerLine('reply-to', dialect.replyToOf(replyTo), version)
  if (type !== undefined) text += headerLine('type', type, version)
  return text + dialect.writeHeaders(message, now, version, isBytes)
}

function propertiesOf({ properties }: MessageData, { dialect, version }: SendContext, types: Types): string {
  let headers = ''
  for (const name in properties) {
    const value = properties[name]
    if (value === undefined) continue
    const text = textOfProperty(value)
    const type = typeOfProperty(value)
    if (type !== undefined) {
      types.properties ??= {}
      types.properties[name] = type
    }
    const isShown = dialect.isProperty(name)
    if (isShown) headers += headerLine(escapeHeader(name, version), text, version)
    if (isShown && dialect.garbles?.(text) !== true) continue
    types.hidden ??= {}
    types.hidden[name] = text
  }
  return headers
}

/** Text where that is what it is, or nothing else goes through. */
function bodyOf(message: MessageData, types: Types, isText: boolean): string | Uint8Array {
  const { kind, body } = message
  if (kind !== 'text' && kind !== 'bytes') types.kind = kind
  switch (kind) {
    case 'bytes':
      if (!(body instanceof Uint8Array)) throw wrongBody(message)
      if (!isText) return body
      types.kind = kind
      types.encoding = 'base64'
      return base64Of(body)
    case 'empty':
      return ''
    case 'text':
    case 'object':
      if (typeof body !== 'string') throw wrongBody(message)
      if (body.includes('\0')) types.kind = kind
      return body
    case 'map':
    case 'stream':
      if (typeof body !== 'object' || body === null) throw wrongBody(message)
      return encodeEntries(message, types)
  }
}

function wrongBody({ kind, destination }: MessageData): MessageFormatError {
  const where = destination === undefined ? '' : ` to ${describeDestination(destination)}`
  return new MessageFormatError(`the body of a ${kind} message${where} is not of that kind`)
}
