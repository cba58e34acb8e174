/** What calls are told when a broker is lost. */

import { AbortedError, ConnectionLostError, TransactionRolledBackError } from '../errors.ts'
import type { ResourceInfo } from '../provider/resources.ts'

export function calledOff({ resource }: ResourceInfo): AbortedError {
  return new AbortedError(`creating a ${resource} was called off before it was there`)
}

/** @param what - as the beginning of a sentence: `making a consumer` */
export function lostMeanwhile(what: string): ConnectionLostError {
  return new ConnectionLostError(`${what}: the broker was lost as soon as that was done; look into its log`)
}

export function browserLost(): ConnectionLostError {
  return new ConnectionLostError('the broker was lost while its queue was browsed; browse again')
}

export function transactionLost(cause: unknown): TransactionRolledBackError {
  return new TransactionRolledBackError(
    cause === undefined
      ? 'the transaction was lost with its broker; do its work again'
      : 'the broker was lost while it committed, and may have committed or not; do the work again, if need be refusing what was done already',
    { cause },
  )
}

export function notConnectedAgain(reason: Error, cause: Error): ConnectionLostError {
  return new ConnectionLostError(`${reason.message}; connecting again failed: ${cause.message}`, { cause })
}
