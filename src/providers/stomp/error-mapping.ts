import {
  AuthenticationError,
  AuthorizationError,
  IllegalStateError,
  InvalidClientIdError,
  InvalidDestinationError,
  InvalidSelectorError,
  MessageTooLargeError,
  MessagingError,
  ResourceLimitError,
  TransactionRolledBackError,
} from '../../errors.ts'
import type { Frame } from './frame.ts'

/** What a request is about. */
export interface RequestSubject {
  /** What failed, as the beginning of a sentence: `sending to queue orders`. */
  readonly action: string
  /** The name of the destination, as the broker may repeat it. */
  readonly name?: string | undefined
  /** The selector that was part of it. */
  readonly selector?: string | undefined
}

/** An ERROR frame as it came over the wire; the `cause` of what the application gets. */
export class StompErrorFrame extends Error {
  override readonly name: string = 'StompErrorFrame'
  /** The frame's body. */
  readonly detail: string

  constructor(message: string, detail: string) {
    super(message)
    this.detail = detail
  }
}

/** The text of an ERROR frame: its `message` header, and of its body the first line. Bodies of Java brokers are stack traces. */
export function errorFrameOf(frame: Frame): StompErrorFrame {
  const detail = new TextDecoder().decode(frame.body).trim()
  return new StompErrorFrame(frame.headers.get('message') ?? 'no reason given', detail)
}

/**
 * Whether the broker tells of its own failure, after which it closes the connection: a request that it names may succeed
 * over the next one. RabbitMQ fails at who uses a quorum queue while another connection declares it.
 */
export function isBrokenDown({ message }: StompErrorFrame): boolean {
  return /^(Processing error|AMQP channel died)/.test(message)
}

/** Whether a message is larger than the broker takes. The ones of ActiveMQ and RabbitMQ do not say which one. */
export function isTooLarge(text: string): boolean {
  return /too large|too big|larger than|maximum (data |frame )?(size|length)|exceeds/i.test(text)
}

/** The error of `errors.ts` for an ERROR frame that answers a request. */
export function mapError(frame: StompErrorFrame, subject: RequestSubject, endpoint: string): MessagingError {
  const text = reasonOf(frame)
  const refusal = `${subject.action} on ${endpoint} was refused by the broker: ${text}`
  const cause = { cause: frame }
  if (subject.selector !== undefined && /selector|filter|parse/i.test(text)) {
    return new InvalidSelectorError(subject.selector, `${refusal}; mend the selector`, cause)
  }
  if (/not authorized|unauthorized|access.refused|access to .* refused|permission|security/i.test(text)) {
    return new AuthorizationError(`${refusal}; give the user the permission it needs at the broker`, cause)
  }
  if (/resource ?limit|address .* is full|is full|usage manager|no space/i.test(text)) {
    return new ResourceLimitError(`${refusal}; free room at the broker, or raise its limit`, cause)
  }
  if (isTooLarge(text)) {
    return new MessageTooLargeError(`${refusal}; send less, or raise the broker's limit`, cause)
  }
  if (/InvalidDestinationException|not.found|does not exist|no queue|no exchange|unknown destination/i.test(text)) {
    return new InvalidDestinationError(`${refusal}; check the name, or create it at the broker`, cause)
  }
  if (/precondition|inequivalent|resource.locked|illegal destination|invalid destination/i.test(text)) {
    return new InvalidDestinationError(`${refusal}; what is there is of another kind, choose another name`, cause)
  }
  if (/already (subscribed|connected|in use)|durable .* in use/i.test(text)) {
    return new IllegalStateError(`${refusal}; another consumer has it, close that one first`, cause)
  }
  if (/rolled.?back/i.test(text)) {
    return new TransactionRolledBackError(`${refusal}; do the work of the transaction again`, cause)
  }
  return new MessagingError('ERR_MESSAGING', refusal, cause)
}

/** The error of a message over a WebSocket that the broker would end the connection over. */
export function tooLarge(action: string, bytes: number, limit: number, endpoint: string): MessageTooLargeError {
  return new MessageTooLargeError(
    `${action} on ${endpoint} is impossible: it is one WebSocket message of ${bytes} bytes, and the broker takes ${limit}; send less, use AMQP, or raise the broker's limit and say so by stomp.maxWebSocketMessageSize`,
  )
}

/** The error of an ERROR frame that answers CONNECT. */
export function mapConnectError(
  frame: StompErrorFrame,
  endpoint: string,
  username: string | undefined,
  clientId: string | undefined,
): MessagingError {
  const text = reasonOf(frame)
  const cause = { cause: frame }
  if (clientId !== undefined && /client.?id|already connected/i.test(text)) {
    return new InvalidClientIdError(
      `the client id ${JSON.stringify(clientId)} is refused by ${endpoint}: ${text}; close the connection that has it, or choose another`,
      cause,
    )
  }
  if (/password|access refused|authenticat|security|credential|bad connect|not authorized|login/i.test(text)) {
    const who = username === undefined ? 'anonymous users' : `the user ${JSON.stringify(username)}`
    const advice = username === undefined ? 'give username and password' : 'check username and password'
    return new AuthenticationError(`${endpoint} refuses ${who} (${text}); ${advice}`, cause)
  }
  return new MessagingError('ERR_MESSAGING', `${endpoint} refuses the connection: ${text}`, cause)
}

/** Both texts, without the stack trace that Java adds. */
function reasonOf({ message, detail }: StompErrorFrame): string {
  const line = (detail.split('\n')[0] ?? '').trim().slice(0, 300)
  if (line === '' || message.includes(line)) return message
  return line.includes(message) ? line : `${message} (${line})`
}
