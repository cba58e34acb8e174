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
import type { Throwable } from './codec/types.ts'

/** What a request is about. */
export interface RequestSubject {
  /** What failed, as the beginning of a sentence: `sending to queue orders`. */
  readonly action: string
  /** The selector that was part of it. */
  readonly selector?: string | undefined
}

/** A Java exception as it came over the wire; the `cause` of what the application gets. */
export class BrokerException extends Error {
  override readonly name: string = 'BrokerException'
  /** As Java calls it: `javax.jms.InvalidSelectorException`. */
  readonly className: string

  constructor(throwable: Throwable | null) {
    super(throwable?.message || throwable?.className || 'no reason given')
    this.className = throwable?.className ?? ''
  }

  /** Without its package: brokers of version 6 say `jakarta.jms` where earlier ones say `javax.jms`. */
  get simpleName(): string {
    return this.className.replace(/^.*[.$]/, '')
  }
}

/** Whether the broker refuses for it is about to end: it is the connection that is lost. */
export function isEnding(exception: BrokerException): boolean {
  return (
    /^(BrokerStopped|TransportDisposedIO|ServiceStopped|ActiveMQShutdown)Exception$/.test(exception.simpleName) ||
    // Artemis goes on reading when it has closed its store already.
    /^disposed\b|^AMQ229257\b/i.test(exception.message)
  )
}

/** The error of `errors.ts` for what the broker answers to a request. */
export function mapError(exception: BrokerException, subject: RequestSubject, endpoint: string): MessagingError {
  const text = reasonOf(exception)
  const refusal = `${subject.action} on ${endpoint} was refused by the broker: ${text}`
  const cause = { cause: exception }
  switch (exception.simpleName) {
    case 'InvalidSelectorException':
    case 'ActiveMQInvalidSelectorException':
      return new InvalidSelectorError(subject.selector ?? '', `${refusal}; mend the selector`, cause)
    case 'InvalidDestinationException':
    case 'DestinationDoesNotExistException':
    case 'ActiveMQNonExistentQueueException':
      return /in use/i.test(text) ? inUse(refusal, cause) : noDestination(refusal, cause)
    case 'JMSSecurityException':
    case 'SecurityException':
    case 'ActiveMQSecurityException':
      return new AuthorizationError(`${refusal}; give the user the permission it needs at the broker`, cause)
    case 'ResourceAllocationException':
    case 'ActiveMQAddressFullException':
      return noRoom(refusal, cause)
    case 'TransactionRolledBackException':
      return new TransactionRolledBackError(`${refusal}; do the work of the transaction again`, cause)
    case 'MaxFrameSizeExceededException':
      return new MessageTooLargeError(`${refusal}; send less, or raise the broker's maxFrameSize`, cause)
    case 'IllegalStateException':
    case 'ActiveMQIllegalStateException':
      if (/has consumers|already has subscriber/i.test(text)) return inUse(refusal, cause)
      return new IllegalStateError(`${refusal}; look for what the state is at the broker`, cause)
    default:
      return mapText(text, refusal, subject, cause)
  }
}

type Cause = { readonly cause: Error }

/** Many exceptions are plain ones, which say what they mean only in their texts. */
function mapText(text: string, refusal: string, { selector }: RequestSubject, cause: Cause): MessagingError {
  if (selector !== undefined && /selector|filter|parse/i.test(text)) {
    return new InvalidSelectorError(selector, `${refusal}; mend the selector`, cause)
  }
  if (/durable.*in use|already (subscribed|connected|in use)|in use|active subscription/i.test(text))
    return inUse(refusal, cause)
  if (/not authorized|permission|unauthorized|AMQ229032|AMQ229213/i.test(text)) {
    return new AuthorizationError(`${refusal}; give the user the permission it needs at the broker`, cause)
  }
  if (/is full|usage manager|no space|AMQ229102/i.test(text)) return noRoom(refusal, cause)
  if (/does not exist|no durable subscription|non.?existent|not found|AMQ229017/i.test(text))
    return noDestination(refusal, cause)
  if (/rolled.?back|transaction .* has not been started/i.test(text)) {
    return new TransactionRolledBackError(`${refusal}; do the work of the transaction again`, cause)
  }
  return new MessagingError('ERR_MESSAGING', refusal, cause)
}

function inUse(refusal: string, cause: Cause): IllegalStateError {
  return new IllegalStateError(`${refusal}; another consumer has it, close that one first`, cause)
}

function noDestination(refusal: string, cause: Cause): InvalidDestinationError {
  return new InvalidDestinationError(`${refusal}; check the name, or create it at the broker`, cause)
}

function noRoom(refusal: string, cause: Cause): ResourceLimitError {
  return new ResourceLimitError(`${refusal}; free room at the broker, or raise its limit`, cause)
}

/** The error of a connection that the broker does not take. */
export function mapConnectError(
  exception: BrokerException,
  endpoint: string,
  username: string | undefined,
  clientId: string | undefined,
): MessagingError {
  const text = reasonOf(exception)
  const cause = { cause: exception }
  const { simpleName } = exception
  if (simpleName === 'InvalidClientIDException') {
    return new InvalidClientIdError(
      `the client id ${JSON.stringify(clientId ?? '')} is refused by ${endpoint}: ${text}; close the connection that has it, or choose another`,
      cause,
    )
  }
  if (/security/i.test(simpleName) || /password|authenticat|credential|AMQ229031/i.test(text)) {
    const who = username === undefined ? 'anonymous users' : `the user ${JSON.stringify(username)}`
    const advice = username === undefined ? 'give username and password' : 'check username and password'
    return new AuthenticationError(`${endpoint} refuses ${who} (${text}); ${advice}`, cause)
  }
  return new MessagingError('ERR_MESSAGING', `${endpoint} refuses the connection: ${text}`, cause)
}

/** The first line, which is all that people read. */
function reasonOf({ message }: BrokerException): string {
  return (message.split('\n')[0] ?? '').trim().slice(0, 500)
}

/** The error of a message that is larger than the broker takes. */
export function tooLarge(action: string, bytes: number, limit: number, endpoint: string): MessageTooLargeError {
  return new MessageTooLargeError(
    `${action} on ${endpoint} is not possible: it takes a frame of ${bytes} bytes, and the broker takes ${limit}; send less, or raise wireFormat.maxFrameSize of the broker's connector`,
  )
}
