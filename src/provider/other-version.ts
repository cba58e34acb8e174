import { ConnectionError } from '../errors.ts'

/** The peer speaks another version of the protocol than it was addressed in: a connection in that one may succeed. */
export class OtherVersionError extends ConnectionError {
  /** The version that it speaks, as the URI option names it. */
  readonly version: string

  constructor(version: string, message: string) {
    super(message)
    this.name = 'ConnectionError'
    this.version = version
  }
}
