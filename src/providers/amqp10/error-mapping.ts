import {
  AuthorizationError,
  ConnectionLostError,
  IllegalStateError,
  InvalidDestinationError,
  InvalidSelectorError,
  MessageTooLargeError,
  MessagingError,
  ResourceLimitError,
  TransactionRolledBackError,
} from '../../errors.ts'
import type { RheaError } from './rhea-types.ts'

/** What an AMQP error is about. */
export interface ErrorSubject {
  /** What failed, as the beginning of a sentence: `consuming from queue orders`. */
  readonly action: string
  readonly endpoint: string
  /** The selector that was part of the request. */
  readonly selector?: string | undefined
}

/** Characters of a broker's description that get into a message. */
const LONGEST_REASON = 300

/** The error of `errors.ts` for an AMQP error of the broker (AMQP 1.0 §2.8.14 ff.). */
export function mapError(error: RheaError | null | undefined, subject: ErrorSubject): MessagingError {
  const condition = error?.condition ?? 'no condition'
  const description = error?.description ?? ''
  const refusal = `${subject.action} on ${subject.endpoint} was refused by the broker`
  const reason = description === '' ? condition : `${briefly(description)} (${condition})`
  const details = { cause: new AmqpConditionError(condition, description) }

  if (subject.selector !== undefined && isSelectorError(condition, description)) {
    return new InvalidSelectorError(subject.selector, `${refusal}: ${reason}; mend the selector`, details)
  }
  switch (condition) {
    case 'amqp:unauthorized-access':
      return new AuthorizationError(
        `${refusal}: ${reason}; give the user the permission it needs at the broker`,
        details,
      )
    case 'amqp:not-found':
    case 'amqp:resource-deleted':
      return new InvalidDestinationError(`${refusal}: ${reason}; check the name, or create it at the broker`, details)
    case 'amqp:resource-locked':
    case 'amqp:link:stolen':
      return new IllegalStateError(`${refusal}: ${reason}; another consumer has it, close that one first`, details)
    case 'amqp:resource-limit-exceeded':
      return new ResourceLimitError(`${refusal}: ${reason}; free room at the broker, or raise its limit`, details)
    case 'amqp:link:message-size-exceeded':
    case 'amqp:frame-size-too-small':
      return new MessageTooLargeError(`${refusal}: ${reason}; send less, or raise the broker's limit`, details)
    case 'amqp:transaction:rollback':
    case 'amqp:transaction:timeout':
    case 'amqp:transaction:unknown-id':
      return new TransactionRolledBackError(`${refusal}: ${reason}; do the work of the transaction again`, details)
    default:
      return (
        mapByDescription(description, refusal, reason, details) ??
        new MessagingError('ERR_MESSAGING', `${refusal}: ${reason}`, details)
      )
  }
}

/** The error of a connection that the broker closed. */
export function mapConnectionLoss(error: RheaError | null | undefined, endpoint: string): ConnectionLostError {
  const { condition, description = '' } = error ?? {}
  const closed = `the broker closed the connection to ${endpoint}`
  if (condition === undefined) return new ConnectionLostError(`${closed} without a reason; look into its log`)
  const reason = description === '' ? condition : `${description} (${condition})`
  // ActiveMQ says no more when a message is larger than it takes.
  const advice = condition === 'amqp:decode-error' ? '; a message over its limit (maxFrameSize) does that' : ''
  return new ConnectionLostError(`${closed}: ${reason}${advice}`, {
    cause: new AmqpConditionError(condition, description),
  })
}

/** An error as it came over the wire; the `cause` of what the application gets. */
export class AmqpConditionError extends Error {
  override readonly name: string = 'AmqpConditionError'
  readonly condition: string

  constructor(condition: string, description: string) {
    super(description === '' ? condition : description)
    this.condition = condition
  }
}

/** RabbitMQ describes its own mistakes by the state of its processes, line after line; the `cause` keeps that. */
function briefly(description: string): string {
  const [line = ''] = description.split('\n', 1)
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}…` : line
}

/** Brokers say what was wrong with a filter only in words. */
function isSelectorError(condition: string, description: string): boolean {
  return condition === 'amqp:invalid-field' || /selector|filter/i.test(description)
}

/** ActiveMQ uses conditions of its own, `failed` among them; the exception's name is in the description. */
function mapByDescription(
  description: string,
  refusal: string,
  reason: string,
  details: { readonly cause: Error },
): MessagingError | undefined {
  if (/not authorized|unauthorized|permission|security/i.test(description)) {
    return new AuthorizationError(`${refusal}: ${reason}; give the user the permission it needs at the broker`, details)
  }
  if (/resource ?limit|address .* is full|full|usage manager/i.test(description)) {
    return new ResourceLimitError(`${refusal}: ${reason}; free room at the broker, or raise its limit`, details)
  }
  if (/too large|larger than|max.*(size|length)/i.test(description)) {
    return new MessageTooLargeError(`${refusal}: ${reason}; send less, or raise the broker's limit`, details)
  }
  if (/not configured for (queue|topic) support/.test(description)) {
    return new InvalidDestinationError(
      `${refusal}: ${reason}; queues and topics share their names there, choose another name`,
      details,
    )
  }
  if (/^temp-(queue|topic):\/\//.test(description)) {
    return new InvalidDestinationError(
      `${refusal}: ${reason}; it has been deleted, with its connection perhaps: ask for the new one`,
      details,
    )
  }
  if (/temporary|temp-/i.test(description) && /destination|connection/i.test(description)) {
    return new InvalidDestinationError(
      `${refusal}: ${reason}; consume from it with the connection that made it`,
      details,
    )
  }
  return undefined
}
