import { ConnectionError, ConnectionLostError } from '../../errors.ts'
import { recogniseBanner } from '../../transport/banner.ts'
import { describeTlsFailure } from '../../transport/connect-errors.ts'
import type { StompErrorFrame } from './error-mapping.ts'

/** Why a connection has ended, or never began. */

/** ms for which an ERROR may be why the broker closes the connection. */
const COMPLAINT_LIFE = 5_000

/** An ERROR that answered no request: most likely why the broker closes the connection right after. */
export interface Complaint {
  readonly error: StompErrorFrame
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
  return new ConnectionLostError(
    `${endpoint} has sent nothing for ${2 * period} ms, two heart-beats; it is taken for dead`,
  )
}

/** What came was no STOMP, or more than is taken. */
export function wasBroken(endpoint: string, error: Error): ConnectionLostError {
  return new ConnectionLostError(`the connection to ${endpoint} was given up: ${error.message}`, { cause: error })
}

/** What came first was no STOMP. */
export function isForeign(endpoint: string, firstBytes: Uint8Array, error: Error): ConnectionError {
  const { speaks, advice } = recogniseBanner(firstBytes)
  const what = speaks === 'STOMP' ? `${speaks}, with a mistake (${error.message})` : speaks
  return new ConnectionError(`${endpoint} does not speak STOMP but ${what}; ${advice}`, { cause: error })
}

/** It ended before the handshake was over. */
export function neverOpened(endpoint: string, error: Error | undefined): ConnectionError {
  return (
    (error && describeTlsFailure(error, endpoint)) ??
    new ConnectionError(
      `${endpoint} closed the connection before it answered; check that the port speaks STOMP, with TLS where it expects it`,
      { cause: error },
    )
  )
}
