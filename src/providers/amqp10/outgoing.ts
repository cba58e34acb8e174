import type { DeliveryState } from './delivery-states.ts'
import { readDeliveryState } from './delivery-states.ts'
import type { RheaDisposition, RheaFlow, RheaOutgoing } from './rhea-types.ts'

/** A message between `send` and its outcome. */
export interface OutgoingDelivery {
  /** The link it goes over. */
  readonly source: TransferSource
  /** Bytes of the encoded message. */
  readonly size: number
  /** Called once, with the outcome that the peer settled it with. */
  settled(state: DeliveryState): void
}

/** A sending link, as its session sees it. */
export interface TransferSource {
  /** Sends what the credit of the link and the window of the session allow. */
  pump(): void
}

const LARGEST_UINT = 0xffff_ffff

/**
 * The sending half of a session, in place of rhea's own, which holds deliveries of all links in one ring of fixed
 * size that throws when it is full and stops at the first link without credit (hazards 2 and 3), cannot put a
 * delivery state on a transfer, prints to the console, and walks over a range of four billion ids when the peer
 * says so.
 */
export class Outgoing implements RheaOutgoing {
  next_transfer_id = 0
  readonly window: number = LARGEST_UINT
  readonly deliveries: { available(): number } = { available: () => 1 }
  readonly sources: Set<TransferSource> = new Set<TransferSource>()
  private readonly unsettled = new Map<number, OutgoingDelivery>()
  private nextDeliveryId = 0
  /** Transfers that the peer still takes (AMQP 1.0 §2.5.6). */
  private remaining = 0

  available(): number {
    return 1
  }

  on_begin(begin: { readonly incoming_window: number }): void {
    this.remaining = begin.incoming_window
  }

  on_flow(flow: RheaFlow): void {
    const received = flow.next_incoming_id ?? 0
    this.remaining = Math.max(0, flow.incoming_window - ((this.next_transfer_id - received) >>> 0))
    for (const source of this.sources) source.pump()
  }

  /** rhea's turn to send; ours goes out as soon as it may. */
  process(): void {}

  /** The oldest delivery of a link that has no outcome yet. */
  oldestOf(source: TransferSource): OutgoingDelivery | undefined {
    for (const delivery of this.unsettled.values()) if (delivery.source === source) return delivery
    return undefined
  }

  /** The largest delivery that has no outcome yet, all of it sent or only a part. */
  get largest(): OutgoingDelivery | undefined {
    let largest: OutgoingDelivery | undefined
    for (const delivery of this.unsettled.values()) {
      if (largest === undefined || delivery.size > largest.size) largest = delivery
    }
    return largest
  }

  get hasWindow(): boolean {
    return this.remaining > 0
  }

  /** Counts one transfer frame. */
  countTransfer(): void {
    this.remaining--
    this.next_transfer_id = (this.next_transfer_id + 1) >>> 0
  }

  /** The id of a delivery that needs no outcome. */
  nextId(): number {
    const id = this.nextDeliveryId
    this.nextDeliveryId = (id + 1) >>> 0
    return id
  }

  /** Gives the delivery its id and remembers it until it is settled. */
  track(delivery: OutgoingDelivery): number {
    const id = this.nextId()
    this.unsettled.set(id, delivery)
    return id
  }

  onDisposition(disposition: RheaDisposition): void {
    // `received`, or nothing at all, says only how far the peer has come.
    const outcome = readDeliveryState(disposition.state)
    if (disposition.settled !== true && (outcome.kind === 'received' || outcome.kind === 'unknown')) return
    const first = disposition.first
    const last = disposition.last ?? first
    const count = ((last - first) >>> 0) + 1
    if (count > this.unsettled.size) {
      for (const id of [...this.unsettled.keys()]) {
        if ((id - first) >>> 0 < count) this.settle(id, outcome)
      }
      return
    }
    for (let index = 0; index < count; index++) this.settle((first + index) >>> 0, outcome)
  }

  private settle(id: number, outcome: DeliveryState): void {
    const delivery = this.unsettled.get(id)
    if (delivery === undefined) return
    this.unsettled.delete(id)
    delivery.settled(outcome)
  }

  /** Forgets the unsettled deliveries of a link and gives them back. */
  abandon(source: TransferSource): OutgoingDelivery[] {
    const abandoned: OutgoingDelivery[] = []
    for (const [id, delivery] of this.unsettled) {
      if (delivery.source !== source) continue
      this.unsettled.delete(id)
      abandoned.push(delivery)
    }
    return abandoned
  }
}
