import { IllegalStateError } from '../../errors.ts'
import { type Delivery, DONE, type Outcome, type OutcomeDetail } from '../../provider/provider.ts'
import type { SessionInfo } from '../../provider/resources.ts'
import type { BrokerConnection } from './connection.ts'
import { moveToDeadLetters } from './dead-letter.ts'
import type { MemoryDelivery } from './store-consumer.ts'

/**
 * Settles deliveries, oldest first. What is no longer held, because it was settled or its consumer has closed, is
 * passed over, as is what a browser showed (design rule 12). Throws what refuses it.
 */
export function settleDeliveries(
  connection: BrokerConnection,
  deliveries: readonly Delivery[],
  outcome: Outcome,
  session: SessionInfo | undefined,
  detail: OutcomeDetail | undefined,
): Promise<void> {
  if (session !== undefined) return settleInTransaction(connection, deliveries, outcome, session)
  let settled = DONE
  if (outcome === 'accepted') accept(deliveries)
  else if (outcome === 'rejected') settled = reject(connection, deliveries, detail?.reason)
  else giveBack(deliveries, outcome, detail?.delay)
  connection.broker.loop.run()
  return settled
}

function accept(deliveries: readonly Delivery[]): void {
  for (const delivery of deliveries) {
    if (!isHeld(delivery)) continue
    delivery.consumer.letGo(delivery)
    delivery.entry.store.discard(delivery.entry)
  }
}

/** Newest first, so that each finds its place at once. */
function giveBack(deliveries: readonly Delivery[], outcome: 'released' | 'modified', delay: number | undefined): void {
  for (let index = deliveries.length - 1; index >= 0; index -= 1) {
    const delivery = deliveries[index]
    if (delivery === undefined || !isHeld(delivery)) continue
    delivery.consumer.letGo(delivery)
    delivery.entry.store.giveBack(delivery.entry, outcome === 'modified' ? 'failed' : 'undone', delay)
  }
}

function reject(
  connection: BrokerConnection,
  deliveries: readonly Delivery[],
  reason: string | undefined,
): Promise<void> {
  const moves: Promise<void>[] = []
  for (const delivery of deliveries) {
    if (!isHeld(delivery)) continue
    delivery.consumer.letGo(delivery)
    const pending = moveToDeadLetters(connection.broker, delivery.entry, reason)
    if (pending !== undefined) moves.push(connection.track(pending))
  }
  return moves.length === 0 ? DONE : Promise.all(moves).then(() => undefined)
}

/** The transaction holds them from now on, whatever becomes of their consumer. */
function settleInTransaction(
  connection: BrokerConnection,
  deliveries: readonly Delivery[],
  outcome: Outcome,
  session: SessionInfo,
): Promise<void> {
  const transaction = connection.transaction(session)
  if (outcome !== 'accepted') {
    throw new IllegalStateError(
      `only accepted deliveries can be part of a transaction; settle the ${outcome} ones outside of it`,
    )
  }
  for (const delivery of deliveries) {
    if (!isHeld(delivery)) continue
    delivery.consumer.letGo(delivery)
    transaction.settled.push(delivery)
  }
  return DONE
}

/** Compares no class: the broker may have been made by another copy of this module. */
function isHeld(delivery: Delivery): delivery is MemoryDelivery {
  return (delivery as Partial<MemoryDelivery>).isHeld === true
}
