import { Buffer } from 'node:buffer'
import { ProtocolViolation } from './frame-guard.ts'
import type { RheaFlow, RheaFrame, RheaIncoming, RheaReceiver, RheaSession, RheaTransfer } from './rhea-types.ts'

/** A receiving link, as its session sees it. */
export interface TransferSink {
  /** Bytes that one message may have. */
  readonly largestMessage: number
  /** A whole message; `settled` when the peer wants no outcome. */
  receive(deliveryId: number, payload: Buffer, settled: boolean): void
}

interface PartialMessage {
  readonly deliveryId: number
  readonly settled: boolean
  readonly payloads: Buffer[]
  bytes: number
}

/**
 * The receiving half of a session, in place of rhea's own, which decodes every message itself, keeps settled
 * deliveries until the oldest one is settled too and thereby stops at 2048 (hazard 4), and merges the outcomes of
 * two neighbours that differ into that of the first.
 */
export class Incoming implements RheaIncoming {
  next_transfer_id = 0
  max_transfer_id: number
  readonly window: number
  private readonly sinks = new Map<RheaReceiver, TransferSink>()
  private readonly partials = new Map<RheaReceiver, PartialMessage>()

  /** @param window - transfers the peer may send ahead */
  constructor(window: number) {
    this.window = window
    this.max_transfer_id = window
  }

  addSink(link: RheaReceiver, sink: TransferSink): void {
    this.sinks.set(link, sink)
  }

  removeSink(link: RheaReceiver): void {
    this.sinks.delete(link)
    this.partials.delete(link)
  }

  on_begin(begin: { readonly next_outgoing_id: number }): void {
    this.next_transfer_id = begin.next_outgoing_id
    this.max_transfer_id = begin.next_outgoing_id + this.window
  }

  on_flow(flow: RheaFlow): void {
    this.next_transfer_id = flow.next_outgoing_id
  }

  /** rhea's turn to write dispositions and window; ours go out as they come up. */
  process(): void {}

  on_transfer(frame: RheaFrame<RheaTransfer>, link: RheaReceiver): void {
    this.countTransfer(link.session)
    const sink = this.sinks.get(link)
    // The link is being detached: what still arrives goes back to the broker by that.
    if (sink === undefined) return
    const transfer = frame.performative
    const partial = this.partials.get(link)
    if (transfer.aborted === true) {
      this.partials.delete(link)
      if (partial !== undefined) countDelivery(link)
      return
    }
    const payload = frame.payload ?? NO_BYTES
    if (partial === undefined) this.begin(transfer, payload, link, sink)
    else this.continue(partial, transfer, payload, link, sink)
  }

  private begin(transfer: RheaTransfer, payload: Buffer, link: RheaReceiver, sink: TransferSink): void {
    const deliveryId = transfer.delivery_id
    if (typeof deliveryId !== 'number') throw new ProtocolViolation('a transfer begins without a delivery id')
    const settled = transfer.settled === true
    if (transfer.more === true) {
      this.partials.set(link, { deliveryId, settled, payloads: [payload], bytes: payload.length })
      return
    }
    countDelivery(link)
    sink.receive(deliveryId, payload, settled)
  }

  private continue(
    partial: PartialMessage,
    transfer: RheaTransfer,
    payload: Buffer,
    link: RheaReceiver,
    sink: TransferSink,
  ): void {
    const id = transfer.delivery_id
    if (typeof id === 'number' && id !== partial.deliveryId) {
      throw new ProtocolViolation(`delivery ${id} begins before ${partial.deliveryId} is complete`)
    }
    partial.payloads.push(payload)
    partial.bytes += payload.length
    if (partial.bytes > sink.largestMessage) {
      throw new ProtocolViolation(
        `a message is larger than ${sink.largestMessage} bytes; raise amqp.maxMessageSize if it is meant to be`,
      )
    }
    if (transfer.more === true) return
    this.partials.delete(link)
    countDelivery(link)
    sink.receive(
      partial.deliveryId,
      Buffer.concat(partial.payloads, partial.bytes),
      partial.settled || transfer.settled === true,
    )
  }

  private countTransfer(session: RheaSession): void {
    this.next_transfer_id = (this.next_transfer_id + 1) >>> 0
    if (((this.max_transfer_id - this.next_transfer_id) | 0) < this.window / 2) session._write_flow()
  }
}

const NO_BYTES = Buffer.alloc(0)

function countDelivery(link: RheaReceiver): void {
  if (link.credit > 0) link.credit--
  link.delivery_count = (link.delivery_count + 1) >>> 0
}
