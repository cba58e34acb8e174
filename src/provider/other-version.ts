import { ConnectionError } from '../errors.ts'

/** The peer speaks another version of the protocol than it was addressed in: a connection in that one may succeed. */
export class OtherVersionError extends ConnectionError {
  /** The version that it speaks, as the URI option names it. */
  readonly version: string
  /** Whether the peer has only hung up, as it also does when it is about to end or to begin. */
  readonly isGuess: boolean

  constructor(
    version: string,
    message: string,
    details: { readonly isGuess?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause })
    this.name = 'ConnectionError'
    this.version = version
    this.isGuess = details.isGuess ?? false
  }
}
