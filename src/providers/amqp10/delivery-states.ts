import { Buffer } from 'node:buffer'
import type { Outcome } from '../../provider/provider.ts'
import { type RheaTyped, types } from './rhea-types.ts'

/** Delivery states (AMQP 1.0 §3.4, §4.4) as the bytes that dispositions and transfers carry, and back. */

/** What became of a delivery, as the peer reported it. */
export type DeliveryState =
  | { readonly kind: 'accepted' | 'released' | 'received' | 'unknown' }
  | { readonly kind: 'rejected'; readonly condition: string | undefined; readonly description: string | undefined }
  | { readonly kind: 'modified'; readonly undeliverable: boolean }
  | { readonly kind: 'declared'; readonly transactionId: Uint8Array }

const ACCEPTED = Buffer.from([0x00, 0x53, 0x24, 0x45])
const RELEASED = Buffer.from([0x00, 0x53, 0x26, 0x45])
/** modified with delivery-failed: true. */
const FAILED = Buffer.from([0x00, 0x53, 0x27, 0xc0, 0x02, 0x01, 0x41])
const REJECTED = Buffer.from([0x00, 0x53, 0x25, 0x45])

const REJECTION_CONDITION = 'amqp:internal-error'
/** Longer reasons are cut: the state has to fit into one frame of any peer. */
const LONGEST_REASON = 200

/** The state that settles a delivery with this outcome. */
export function encodeOutcome(outcome: Outcome, reason: string | undefined): Uint8Array {
  switch (outcome) {
    case 'accepted':
      return ACCEPTED
    case 'released':
      return RELEASED
    case 'modified':
      return FAILED
    case 'rejected':
      return reason === undefined ? REJECTED : encodeRejection(reason)
  }
}

/** The state of a message sent, or with `accepted` of one consumed, in a transaction. */
export function encodeTransactional(transactionId: Uint8Array, outcome: 'accepted' | undefined): Uint8Array {
  const inner = outcome === undefined ? Buffer.alloc(0) : ACCEPTED
  const size = 2 + transactionId.length + inner.length + 1
  return Buffer.concat([
    Buffer.from([0x00, 0x53, 0x34, 0xc0, size, outcome === undefined ? 1 : 2, 0xa0, transactionId.length]),
    transactionId,
    inner,
  ])
}

function encodeRejection(reason: string): Uint8Array {
  const error = types.wrap_described(
    types.wrap_list([types.wrap_symbol(REJECTION_CONDITION), reason.slice(0, LONGEST_REASON)]),
    0x1d,
  )
  const writer = new types.Writer()
  writer.write(types.wrap_described(types.wrap_list([error]), 0x25))
  return writer.toBuffer()
}

/** Reads the state of a disposition; one that makes no sense is `unknown`. */
export function readDeliveryState(state: RheaTyped | null | undefined): DeliveryState {
  const fields = fieldsOf(state)
  switch (codeOf(state)) {
    case 0x23:
      return { kind: 'received' }
    case 0x24:
      return ACCEPTED_STATE
    case 0x25: {
      const [condition, description] = fieldsOf(fields[0])
      return { kind: 'rejected', condition: textOf(condition), description: textOf(description) }
    }
    case 0x26:
      return { kind: 'released' }
    case 0x27:
      return { kind: 'modified', undeliverable: fields[1]?.value === true }
    case 0x33: {
      const id = fields[0]?.value
      return id instanceof Uint8Array && id.length < 200 ? { kind: 'declared', transactionId: id } : UNKNOWN_STATE
    }
    case 0x34:
      // The outcome inside a transactional state; without one, the message has just been taken into the transaction.
      return fields[1]?.descriptor === undefined ? ACCEPTED_STATE : readDeliveryState(fields[1])
    default:
      return UNKNOWN_STATE
  }
}

const ACCEPTED_STATE: DeliveryState = { kind: 'accepted' }
const UNKNOWN_STATE: DeliveryState = { kind: 'unknown' }

const CODES: Readonly<Record<string, number>> = {
  'amqp:received:list': 0x23,
  'amqp:accepted:list': 0x24,
  'amqp:rejected:list': 0x25,
  'amqp:released:list': 0x26,
  'amqp:modified:list': 0x27,
  'amqp:declared:list': 0x33,
  'amqp:transactional-state:list': 0x34,
}

function codeOf(state: RheaTyped | null | undefined): number | undefined {
  const descriptor = state?.descriptor?.value
  return typeof descriptor === 'string' ? CODES[descriptor] : typeof descriptor === 'number' ? descriptor : undefined
}

function fieldsOf(state: RheaTyped | null | undefined): readonly RheaTyped[] {
  return Array.isArray(state?.value) ? (state.value as readonly RheaTyped[]) : []
}

function textOf(field: RheaTyped | undefined): string | undefined {
  return typeof field?.value === 'string' ? field.value : undefined
}
