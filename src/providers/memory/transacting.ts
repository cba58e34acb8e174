import { IllegalStateError, TransactionRolledBackError } from '../../errors.ts'
import { DONE } from '../../provider/provider.ts'
import type { SessionInfo } from '../../provider/resources.ts'
import type { Target } from './admission.ts'
import type { BrokerConnection } from './connection.ts'
import type { StoredMessage } from './mapping.ts'
import { Transaction } from './transaction.ts'

/** Opens a transaction on a transacted session; throws what refuses it. */
export function beginTransaction(connection: BrokerConnection, info: SessionInfo): void {
  const session = connection.session(info)
  if (info.acknowledgeMode !== 'transacted') {
    throw new IllegalStateError(`the session ${info.id} is not transacted; create it with acknowledgeMode 'transacted'`)
  }
  if (session.transaction !== undefined) {
    throw new IllegalStateError(`the session ${info.id} has an open transaction; commit or roll it back first`)
  }
  session.transaction = new Transaction()
}

/** Resolves at once unless sends of the transaction wait for room; consumers see all of it or nothing. */
export function commitTransaction(connection: BrokerConnection, info: SessionInfo): Promise<void> {
  const transaction = connection.transaction(info)
  const { admitted } = transaction
  if (admitted === undefined) {
    apply(connection, info, transaction)
    return DONE
  }
  return admitted.then(() => {
    if (connection.ended !== undefined || connection.session(info).transaction !== transaction) {
      throw new TransactionRolledBackError(
        `the transaction on ${connection.broker.endpoint} was rolled back while its sends waited for room; do its work again`,
      )
    }
    apply(connection, info, transaction)
  })
}

/** Gives back what was settled in the transaction and forgets what was sent in it. */
export function rollbackTransaction(connection: BrokerConnection, info: SessionInfo): void {
  const transaction = connection.transaction(info)
  connection.session(info).transaction = undefined
  connection.broker.loop.atomically(() => transaction.undo())
}

/** Looks up every destination before the first change: what cannot be done in full is not done at all. */
function apply(connection: BrokerConnection, info: SessionInfo, transaction: Transaction): void {
  const { broker } = connection
  connection.session(info).transaction = undefined
  broker.loop.atomically(() => {
    const sends = resolveTargets(connection, transaction)
    for (const { entry } of transaction.settled) entry.store.discard(entry)
    // Room or not: each had to wait for room when it was sent.
    for (const { target, message } of sends) target.accept(message)
  })
}

function resolveTargets(
  { broker }: BrokerConnection,
  transaction: Transaction,
): { target: Target; message: StoredMessage }[] {
  try {
    return transaction.sends.map(({ destination, message }) => ({ target: broker.target(destination), message }))
  } catch (cause) {
    transaction.undo()
    throw new TransactionRolledBackError(
      `the transaction on ${broker.endpoint} was rolled back, because one of its destinations is gone; do its work again`,
      { cause },
    )
  }
}
