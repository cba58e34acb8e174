/**
 * Every error that polymq gives to an application.
 *
 * Each extends {@link MessagingError}, has a stable `code`, a message that says what happened, where, and what to
 * do next, and the underlying error as `cause`. `instanceof` holds across copies of the package (its ESM and CommonJS
 * builds loaded in one process), because every class is marked with a global symbol.
 */

type ErrorDetails = { readonly cause?: unknown }

/** What the classes are called: a minified program calls them otherwise. */
const NAMES = new Map<unknown, string>()

/**
 * Makes `instanceof` compare a global mark instead of the prototype, so that two copies of the package agree. A class
 * that somebody derives has no mark of its own: it is compared by its prototype, as any other class.
 */
function mark(target: { readonly prototype: object }, code: string): void {
  const symbol = Symbol.for(`polymq.error.${code}`)
  NAMES.set(target, nameOf(code))
  Object.defineProperty(target.prototype, symbol, { value: true })
  Object.defineProperty(target, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (typeof value !== 'object' || value === null) return false
      if (this === target) return (value as Record<symbol, unknown>)[symbol] === true
      return Function.prototype[Symbol.hasInstance].call(this, value)
    },
  })
}

/** `ERR_CONNECTION_LOST` is the code of `ConnectionLostError`. */
function nameOf(code: string): string {
  const words = code.toLowerCase().split('_').slice(1)
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Error`
}

/** The base of every error of this library. */
export class MessagingError extends Error {
  /** Stable machine-readable name of the failure, for example `ERR_CONNECTION_LOST`. */
  readonly code: string

  constructor(code: string, message: string, details?: ErrorDetails) {
    super(message, details?.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.name = NAMES.get(new.target) ?? new.target.name
  }
}
mark(MessagingError, 'ERR_MESSAGING')

/** A connection could not be made: refused, not resolvable, not the expected protocol. Its `code` is `ERR_CONNECTION`. */
export class ConnectionError extends MessagingError {
  constructor(message: string, details?: ErrorDetails & { readonly code?: string }) {
    super(details?.code ?? 'ERR_CONNECTION', message, details)
  }
}
mark(ConnectionError, 'ERR_CONNECTION')

/** The endpoint did not finish its handshake within `connectTimeout`. Its `code` is `ERR_CONNECT_TIMEOUT`. */
export class ConnectTimeoutError extends ConnectionError {
  constructor(message: string, details?: ErrorDetails) {
    super(message, { ...details, code: 'ERR_CONNECT_TIMEOUT' })
  }
}
mark(ConnectTimeoutError, 'ERR_CONNECT_TIMEOUT')

/** An open connection ended without being closed by the application. Its `code` is `ERR_CONNECTION_LOST`. */
export class ConnectionLostError extends ConnectionError {
  constructor(message: string, details?: ErrorDetails) {
    super(message, { ...details, code: 'ERR_CONNECTION_LOST' })
  }
}
mark(ConnectionLostError, 'ERR_CONNECTION_LOST')

/** The broker refused the credentials. Its `code` is `ERR_AUTHENTICATION`. */
export class AuthenticationError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_AUTHENTICATION', message, details)
  }
}
mark(AuthenticationError, 'ERR_AUTHENTICATION')

/** The user is known, but may not do this on this destination. Its `code` is `ERR_AUTHORIZATION`. */
export class AuthorizationError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_AUTHORIZATION', message, details)
  }
}
mark(AuthorizationError, 'ERR_AUTHORIZATION')

/** TLS could not be agreed on, or the broker's certificate does not hold. Its `code` is `ERR_TLS`. */
export class TlsError extends ConnectionError {
  constructor(message: string, details?: ErrorDetails) {
    super(message, { ...details, code: 'ERR_TLS' })
  }
}
mark(TlsError, 'ERR_TLS')

/** A connection target is not a URI this library understands. Its `code` is `ERR_INVALID_URI`. */
export class InvalidUriError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_INVALID_URI', message, details)
  }
}
mark(InvalidUriError, 'ERR_INVALID_URI')

/** An option has a wrong name, type or range. Its `code` is `ERR_INVALID_OPTION`. */
export class InvalidOptionError extends MessagingError {
  /** Path of the option, for example `redelivery.maximumRedeliveries`. */
  readonly option: string

  constructor(option: string, message: string, details?: ErrorDetails) {
    super('ERR_INVALID_OPTION', message, details)
    this.option = option
  }
}
mark(InvalidOptionError, 'ERR_INVALID_OPTION')

/** The destination does not exist, has a wrong name, or belongs to another connection. Its `code` is `ERR_INVALID_DESTINATION`. */
export class InvalidDestinationError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_INVALID_DESTINATION', message, details)
  }
}
mark(InvalidDestinationError, 'ERR_INVALID_DESTINATION')

/** The client identifier is in use by another connection, or is missing where one is needed. Its `code` is `ERR_INVALID_CLIENT_ID`. */
export class InvalidClientIdError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_INVALID_CLIENT_ID', message, details)
  }
}
mark(InvalidClientIdError, 'ERR_INVALID_CLIENT_ID')

/** A message selector does not follow JMS 3.1 §3.8.1. Its `code` is `ERR_INVALID_SELECTOR`. */
export class InvalidSelectorError extends MessagingError {
  /** The selector text as given. */
  readonly selector: string
  /** Column of the first character that is wrong, counted from 1; undefined when a broker refused the selector without one. */
  readonly column: number | undefined

  constructor(selector: string, message: string, details?: ErrorDetails & { readonly column?: number }) {
    super('ERR_INVALID_SELECTOR', message, details)
    this.selector = selector
    this.column = details?.column
  }
}
mark(InvalidSelectorError, 'ERR_INVALID_SELECTOR')

/** The object is closed, or in a state in which the call makes no sense. Its `code` is `ERR_ILLEGAL_STATE`. */
export class IllegalStateError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_ILLEGAL_STATE', message, details)
  }
}
mark(IllegalStateError, 'ERR_ILLEGAL_STATE')

/** A body, header or property cannot be encoded, decoded or converted. Its `code` is `ERR_MESSAGE_FORMAT`. */
export class MessageFormatError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_MESSAGE_FORMAT', message, details)
  }
}
mark(MessageFormatError, 'ERR_MESSAGE_FORMAT')

/** The message is larger than the broker takes. Its `code` is `ERR_MESSAGE_TOO_LARGE`. */
export class MessageTooLargeError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_MESSAGE_TOO_LARGE', message, details)
  }
}
mark(MessageTooLargeError, 'ERR_MESSAGE_TOO_LARGE')

/** The broker, or a bound of this client, has no room: memory, disk, connections, pending sends. Its `code` is `ERR_RESOURCE_LIMIT`. */
export class ResourceLimitError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_RESOURCE_LIMIT', message, details)
  }
}
mark(ResourceLimitError, 'ERR_RESOURCE_LIMIT')

/** An operation did not finish in its time. Its `code` is `ERR_TIMEOUT`. */
export class TimeoutError extends MessagingError {
  /** Whether the broker may have carried the operation out all the same. */
  readonly inDoubt: boolean

  constructor(message: string, details?: ErrorDetails & { readonly inDoubt?: boolean }) {
    super('ERR_TIMEOUT', message, details)
    this.inDoubt = details?.inDoubt ?? false
  }
}
mark(TimeoutError, 'ERR_TIMEOUT')

/** The operation's `AbortSignal` was aborted. Its `code` is `ERR_ABORTED`. */
export class AbortedError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_ABORTED', message, details)
  }
}
mark(AbortedError, 'ERR_ABORTED')

/** The transaction was rolled back by the broker, or its outcome is unknown; its work must be done again. Its `code` is `ERR_TRANSACTION_ROLLED_BACK`. */
export class TransactionRolledBackError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_TRANSACTION_ROLLED_BACK', message, details)
  }
}
mark(TransactionRolledBackError, 'ERR_TRANSACTION_ROLLED_BACK')

/** The broker has no such feature over this protocol. Its `code` is `ERR_UNSUPPORTED_FEATURE`. */
export class UnsupportedFeatureError extends MessagingError {
  /** Name of the feature in the capability table. */
  readonly feature: string
  /** Protocol in use, for example `amqp10`. */
  readonly protocol: string
  /** Product and version of the broker. */
  readonly peer: string
  /** What to do instead. */
  readonly alternative: string

  constructor(subject: {
    readonly feature: string
    readonly protocol: string
    readonly peer: string
    readonly alternative: string
  }) {
    super(
      'ERR_UNSUPPORTED_FEATURE',
      `${subject.feature} is not supported by ${subject.peer} over ${subject.protocol}; ${subject.alternative}`,
    )
    this.feature = subject.feature
    this.protocol = subject.protocol
    this.peer = subject.peer
    this.alternative = subject.alternative
  }
}
mark(UnsupportedFeatureError, 'ERR_UNSUPPORTED_FEATURE')

/** A listener threw, or its promise rejected; `cause` is what it threw. Emitted as the connection's `error` event. Its `code` is `ERR_LISTENER`. */
export class ListenerError extends MessagingError {
  constructor(message: string, details?: ErrorDetails) {
    super('ERR_LISTENER', message, details)
  }
}
mark(ListenerError, 'ERR_LISTENER')
