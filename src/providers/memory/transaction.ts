import { type Destination, isSameDestination } from '../../message/destination.ts'
import type { PendingSend, Target } from './admission.ts'
import type { StoredMessage } from './mapping.ts'
import type { MemoryDelivery } from './store-consumer.ts'

/** A message sent in a transaction. */
export interface TransactedSend {
  readonly destination: Destination
  readonly message: StoredMessage
}

/** The work of one session since `begin`: nothing of it is seen by anybody before the commit. */
export class Transaction {
  readonly sends: TransactedSend[] = []
  readonly settled: MemoryDelivery[] = []
  bytes = 0
  /** Sends that wait for room at their destination. */
  readonly #waiting = new Set<PendingSend>()

  add(target: Target, message: StoredMessage): void {
    this.sends.push({ destination: target.destination, message })
    this.bytes += message.size
  }

  /**
   * Whether its commit makes room there: a session that moves messages within a full queue would otherwise wait for
   * itself.
   */
  makesRoomAt(target: Target): boolean {
    return this.settled.some(({ consumer }) => isSameDestination(consumer.info.destination, target.destination))
  }

  wait(send: PendingSend): void {
    this.#waiting.add(send)
    const forget = (): boolean => this.#waiting.delete(send)
    send.promise.then(forget, forget)
  }

  /** Resolves once none of its sends waits any more: one that was refused has told its caller so. */
  get admitted(): Promise<unknown> | undefined {
    return this.#waiting.size === 0 ? undefined : Promise.allSettled([...this.#waiting].map(({ promise }) => promise))
  }

  /** Gives everything back, newest first. */
  undo(): void {
    for (const send of this.#waiting) send.finish()
    for (const { entry } of this.settled.toReversed()) entry.store.giveBack(entry, 'failed')
  }
}
