import {
  AuthenticationError,
  AuthorizationError,
  ConnectionError,
  ConnectionLostError,
  IllegalStateError,
  InvalidDestinationError,
  MessageTooLargeError,
  MessagingError,
  ResourceLimitError,
  TimeoutError,
} from '../../errors.ts'
import { OtherVersionError } from '../../provider/other-version.ts'
import { recogniseBanner } from '../../transport/banner.ts'
import {
  ACCESS_REFUSED,
  type AmqpReplyError,
  CONNECTION_FORCED,
  NO_ROUTE,
  NOT_ALLOWED,
  NOT_FOUND,
  PRECONDITION_FAILED,
  RESOURCE_ERROR,
  RESOURCE_LOCKED,
} from './reply.ts'

/** The error of `errors.ts` for what the broker refuses: `action` is the beginning of a sentence, `sending to queue orders`. */
export function mapReply(reply: AmqpReplyError, action: string, endpoint: string): MessagingError {
  const refusal = `${action} on ${endpoint} was refused by the broker: ${reply.message}`
  const cause = { cause: reply }
  switch (reply.code) {
    case NO_ROUTE:
      return new InvalidDestinationError(
        `${refusal}; no queue gets messages there, check the name, or create or bind one`,
        cause,
      )
    case ACCESS_REFUSED:
      return mapAccessRefused(reply, refusal)
    case NOT_FOUND:
      return new InvalidDestinationError(`${refusal}; check the name, or create it at the broker`, cause)
    case RESOURCE_LOCKED:
      return new InvalidDestinationError(`${refusal}; it belongs to another connection, use one of your own`, cause)
    case PRECONDITION_FAILED:
      return mapPrecondition(reply, refusal)
    case RESOURCE_ERROR:
      return new ResourceLimitError(`${refusal}; free room at the broker, or raise its limit`, cause)
    default:
      return new MessagingError('ERR_MESSAGING', refusal, cause)
  }
}

function mapAccessRefused(reply: AmqpReplyError, refusal: string): MessagingError {
  const cause = { cause: reply }
  if (/exclusive use/.test(reply.message)) {
    return new IllegalStateError(`${refusal}; another consumer has it for itself, close that one first`, cause)
  }
  if (/reserved prefix/.test(reply.message))
    return new InvalidDestinationError(`${refusal}; choose another name`, cause)
  return new AuthorizationError(`${refusal}; give the user the permission it needs at the broker`, cause)
}

function mapPrecondition(reply: AmqpReplyError, refusal: string): MessagingError {
  const cause = { cause: reply }
  if (/message size/.test(reply.message)) {
    return new MessageTooLargeError(`${refusal}; send less, or raise max_message_size at the broker`, cause)
  }
  if (/acknowledgement on channel .* timed out/.test(reply.message)) {
    return new TimeoutError(
      `${refusal}; the consumer goes on, and what it held comes again: acknowledge sooner, give the consumer a smaller prefetch, or raise consumer_timeout at the broker`,
      cause,
    )
  }
  if (/fast reply consumer/.test(reply.message)) {
    return new InvalidDestinationError(
      `${refusal}; let request() ask, with the option rabbitmq.directReplyTo, or give replyTo a queue of your own`,
      cause,
    )
  }
  // The text names the argument, what was asked for, and what is there.
  if (/inequivalent arg/.test(reply.message)) {
    return new InvalidDestinationError(
      `${refusal}; ask for what is there, choose another name, or delete it first`,
      cause,
    )
  }
  if (/invalid (?:arg|property)/.test(reply.message)) {
    return new InvalidDestinationError(
      `${refusal}; leave it out, or give a value that this broker and this type of queue take`,
      cause,
    )
  }
  return new InvalidDestinationError(`${refusal}; see that what is there is as it is asked for`, cause)
}

/** Why an open connection has ended that the broker closed. */
export function mapConnectionLoss(reply: AmqpReplyError, endpoint: string): ConnectionLostError {
  const why =
    reply.code === CONNECTION_FORCED
      ? `was closed by its operator: ${reply.message}`
      : `was closed by the broker: ${reply.message}`
  return new ConnectionLostError(`the connection to ${endpoint} ${why}`, { cause: reply })
}

/** Who wants to connect, and where to. */
export interface Login {
  /** As a sentence has it: `user "polymq"`. */
  readonly who: string
  /** What to look at when it is refused. */
  readonly advice: string
  readonly vhost: string
}

/** The error for a connection that the broker closes while it is opened. */
export function mapRefusedConnection(reply: AmqpReplyError, login: Login, endpoint: string): MessagingError {
  const cause = { cause: reply }
  const { message } = reply
  if (reply.code === NOT_ALLOWED && /vhost .* not found/.test(message)) {
    return new ConnectionError(
      `${endpoint} has no virtual host ${JSON.stringify(login.vhost)}; it is the path of the URI (a slash in it is %2F), check it, or create the virtual host at the broker`,
      cause,
    )
  }
  if (reply.code === NOT_ALLOWED && /limit/.test(message)) {
    return new ResourceLimitError(
      `${endpoint} takes no more connections: ${message}; close others, or raise its limit`,
      cause,
    )
  }
  if (reply.code === NOT_ALLOWED) {
    return new AuthorizationError(
      `${endpoint} does not let ${login.who} into the virtual host ${JSON.stringify(login.vhost)}: ${message}; give the user permissions on it`,
      cause,
    )
  }
  if (reply.code === ACCESS_REFUSED) {
    return new AuthenticationError(`${endpoint} refused ${login.who}; ${login.advice}`, cause)
  }
  return new ConnectionError(`${endpoint} closed the connection while it was opened: ${message}`, cause)
}

/** What answers there is something else: AMQP in another version, or none. */
export function otherPeer(firstBytes: Uint8Array, endpoint: string): ConnectionError {
  const { speaks, advice } = recogniseBanner(firstBytes)
  const message = `${endpoint} does not speak AMQP 0-9-1 but ${speaks}; ${advice}`
  return speaks === 'AMQP 1.0' ? new OtherVersionError('1.0', message) : new ConnectionError(message)
}
