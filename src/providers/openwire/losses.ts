import { ConnectionError, ConnectionLostError, MessagingError } from '../../errors.ts'
import { recogniseBanner } from '../../transport/banner.ts'
import { describeTlsFailure } from '../../transport/connect-errors.ts'
import type { BrokerException } from './error-mapping.ts'

/** Why a connection has ended, or never began. */

/** ms for which a complaint of the broker may be why it closes the connection. */
const COMPLAINT_LIFE = 5_000

/** A ConnectionError of the broker, which answers no request: most likely why it closes the connection right after. */
export interface Complaint {
  readonly error: BrokerException
  readonly at: number
}

export function isClosed(endpoint: string): ConnectionLostError {
  return new ConnectionLostError(`the connection to ${endpoint} is closed`)
}

/** It has ended by itself. */
export function wasLost(
  endpoint: string,
  complaint: Complaint | undefined,
  error: Error | undefined,
): ConnectionLostError {
  const { error: last, at = 0 } = complaint ?? {}
  const reason = performance.now() - at < COMPLAINT_LIFE ? last : undefined
  return new ConnectionLostError(
    `the connection to ${endpoint} was lost: ${(reason ?? error)?.message ?? 'the peer ended it'}`,
    { cause: reason ?? error },
  )
}

export function isSilent(endpoint: string, period: number): ConnectionLostError {
  return new ConnectionLostError(`${endpoint} has sent nothing for ${2 * period} ms; it is taken for dead`)
}

/** What came was no OpenWire, or more than is taken. */
export function wasBroken(endpoint: string, error: Error): ConnectionLostError {
  return new ConnectionLostError(`the connection to ${endpoint} was given up: ${error.message}`, { cause: error })
}

/** What came first was no OpenWire. */
export function isForeign(endpoint: string, firstBytes: Uint8Array, error: Error): ConnectionError {
  if (error instanceof MessagingError) return error as ConnectionError
  const { speaks, advice } = recogniseBanner(firstBytes)
  const what = speaks === 'OpenWire' ? `${speaks}, with a mistake (${error.message})` : speaks
  return new ConnectionError(`${endpoint} does not speak OpenWire but ${what}; ${advice}`, { cause: error })
}

/** It ended before the handshake was over. */
export function neverOpened(endpoint: string, error: Error | undefined): ConnectionError {
  return (
    (error && describeTlsFailure(error, endpoint)) ??
    new ConnectionError(
      `${endpoint} closed the connection before it answered; check that the port speaks OpenWire, with TLS where it expects it, and that the broker takes more connections`,
      { cause: error },
    )
  )
}
