import type { Destination } from '../../message/destination.ts'
import { Admission, type Target } from './admission.ts'
import type { StoredMessage } from './mapping.ts'
import { QueueStore, type StoreHost } from './queue-store.ts'

/** A queue or temporary queue. */
export class QueueNode implements Target {
  readonly destination: Destination
  readonly admission: Admission = new Admission()
  readonly store: QueueStore
  isGone = false

  constructor(destination: Destination, host: StoreHost) {
    this.destination = destination
    this.store = new QueueStore(host)
  }

  /** Nothing would be lost if it were made again at its next use. */
  get isIdle(): boolean {
    return this.store.count === 0 && this.store.consumers.size === 0 && this.admission.isEmpty
  }

  admits(message: StoredMessage): boolean {
    if (this.store.hasRoomFor(message)) return true
    this.store.callWhenRoom(this.admission)
    return false
  }

  accept(message: StoredMessage): void {
    this.store.append(message)
  }
}
