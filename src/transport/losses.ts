import { ConnectionError, ConnectionLostError } from '../errors.ts'
import { recogniseBanner } from './banner.ts'
import { describeTlsFailure } from './connect-errors.ts'

/** Why a connection has ended, or never began, in the words that are the same for protocols. */

/** ms for which a complaint of the broker may be why it closes the connection. */
const COMPLAINT_LIFE = 5_000

/** An error of the broker that answered no request: most likely why it closes the connection right after. */
export interface Complaint {
  readonly error: Error
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
    `${endpoint} has sent nothing for ${2 * period} ms, two heartbeats; it is taken for dead`,
  )
}

/** What came was not of the protocol, or more than is taken. */
export function wasBroken(endpoint: string, error: Error): ConnectionLostError {
  return new ConnectionLostError(`the connection to ${endpoint} was given up: ${error.message}`, { cause: error })
}

/** What came first was not of the protocol. */
export function isForeign(endpoint: string, protocol: string, firstBytes: Uint8Array, error: Error): ConnectionError {
  const { speaks, advice } = recogniseBanner(firstBytes)
  const what = speaks === protocol ? `${speaks}, with a mistake (${error.message})` : speaks
  return new ConnectionError(`${endpoint} does not speak ${protocol} but ${what}; ${advice}`, { cause: error })
}

/** It ended before the handshake was over: without a word, or by TLS. */
export function neverOpened(endpoint: string, protocol: string, error: Error | undefined): ConnectionError {
  return (
    (error && describeTlsFailure(error, endpoint)) ??
    new ConnectionError(
      `${endpoint} closed the connection before it answered; check that the port speaks ${protocol}, with TLS where it expects it`,
      { cause: error },
    )
  )
}
