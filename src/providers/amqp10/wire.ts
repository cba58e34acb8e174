import { Buffer } from 'node:buffer'

/**
 * The frames that come with messages, made by hand: rhea's general codec takes longer for one transfer than the whole
 * rest of sending it, and holds its frames back to the next tick, which would let transfers overtake flows.
 */

const FLOW = 0x13
const TRANSFER = 0x14
const DISPOSITION = 0x15

/** What a transfer frame takes besides its payload, tag and state at most: frame header, performative, its fields. */
export const TRANSFER_OVERHEAD = 48

const NO_BYTES = Buffer.alloc(0)

/** The fields of a transfer (AMQP 1.0 §2.7.5). */
export interface TransferFields {
  readonly channel: number
  readonly handle: number
  readonly deliveryId: number
  readonly settled: boolean
  readonly more: boolean
  /** Encoded delivery state: the transaction that the message belongs to. */
  readonly state: Uint8Array | undefined
}

/** A whole transfer frame; the delivery id is its tag too, which keeps tags unique among unsettled deliveries. */
export function transferFrame(fields: TransferFields, payload: Uint8Array, start: number, end: number): Buffer {
  const state = fields.state ?? NO_BYTES
  const frame = Buffer.allocUnsafe(TRANSFER_OVERHEAD + state.length + end - start)
  let offset = beginFrame(frame, fields.channel, TRANSFER)
  // list32, because a transaction id may be long; its size and count follow once they are known.
  frame[offset] = 0xd0
  const sizeAt = offset + 1
  frame.writeUInt32BE(fields.state === undefined ? 6 : 8, offset + 5)
  offset += 9
  offset = writeUint(frame, fields.handle, offset)
  offset = writeUint(frame, fields.deliveryId, offset)
  frame[offset] = 0xa0
  frame[offset + 1] = 4
  frame.writeUInt32BE(fields.deliveryId, offset + 2)
  offset += 6
  frame[offset++] = 0x43 // message-format 0
  frame[offset++] = fields.settled ? 0x41 : 0x42
  frame[offset++] = fields.more ? 0x41 : 0x42
  if (fields.state !== undefined) {
    frame[offset++] = 0x40 // rcv-settle-mode
    frame.set(state, offset)
    offset += state.length
  }
  frame.writeUInt32BE(offset - sizeAt - 4, sizeAt)
  frame.set(start === 0 && end === payload.length ? payload : payload.subarray(start, end), offset)
  offset += end - start
  frame.writeUInt32BE(offset, 0)
  return offset === frame.length ? frame : frame.subarray(0, offset)
}

/** The fields of a flow (AMQP 1.0 §2.7.4). */
export interface FlowFields {
  readonly channel: number
  readonly nextIncomingId: number
  readonly incomingWindow: number
  readonly nextOutgoingId: number
  readonly outgoingWindow: number
  /** Undefined for a flow of the session alone. */
  readonly link: { readonly handle: number; readonly deliveryCount: number; readonly credit: number } | undefined
  readonly drain: boolean
}

/** A whole flow frame. */
export function flowFrame(fields: FlowFields): Buffer {
  const { link } = fields
  const frame = Buffer.allocUnsafe(64)
  let offset = beginFrame(frame, fields.channel, FLOW)
  // list8: its size follows once it is known.
  frame[offset] = 0xc0
  const sizeAt = offset + 1
  frame[offset + 2] = link === undefined ? 4 : 9
  offset += 3
  offset = writeUint(frame, fields.nextIncomingId, offset)
  offset = writeUint(frame, fields.incomingWindow, offset)
  offset = writeUint(frame, fields.nextOutgoingId, offset)
  offset = writeUint(frame, fields.outgoingWindow, offset)
  if (link !== undefined) {
    offset = writeUint(frame, link.handle, offset)
    offset = writeUint(frame, link.deliveryCount, offset)
    offset = writeUint(frame, link.credit, offset)
    frame[offset++] = 0x40 // available: not said
    frame[offset++] = fields.drain ? 0x41 : 0x42
  }
  frame[sizeAt] = offset - sizeAt - 1
  frame.writeUInt32BE(offset, 0)
  return frame.subarray(0, offset)
}

/** A disposition frame of a receiver that settles a range of deliveries (AMQP 1.0 §2.7.6). */
export function dispositionFrame(channel: number, first: number, last: number, state: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(40 + state.length)
  let offset = beginFrame(frame, channel, DISPOSITION)
  frame[offset] = 0xd0
  const sizeAt = offset + 1
  frame.writeUInt32BE(5, offset + 5)
  offset += 9
  frame[offset++] = 0x41 // role: receiver
  offset = writeUint(frame, first, offset)
  offset = writeUint(frame, last, offset)
  frame[offset++] = 0x41 // settled
  frame.set(state, offset)
  offset += state.length
  frame.writeUInt32BE(offset - sizeAt - 4, sizeAt)
  frame.writeUInt32BE(offset, 0)
  return frame.subarray(0, offset)
}

function beginFrame(frame: Buffer, channel: number, performative: number): number {
  frame[4] = 2 // data offset: no extended header
  frame[5] = 0 // type: AMQP
  frame.writeUInt16BE(channel, 6)
  frame[8] = 0
  frame[9] = 0x53
  frame[10] = performative
  return 11
}

function writeUint(frame: Buffer, value: number, offset: number): number {
  if (value < 256) {
    frame[offset] = 0x52
    frame[offset + 1] = value
    return offset + 2
  }
  frame[offset] = 0x70
  frame.writeUInt32BE(value, offset + 1)
  return offset + 5
}
