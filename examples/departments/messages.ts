import { isDeepStrictEqual } from 'node:util'
import type { PropertyValue, ReceivedMessage } from 'polymq'
import * as z from 'zod'

/** What finance sends. Money is text with two decimals: no program rounds it, whatever its numbers are. */
const money = z.string().regex(/^-?\d+\.\d{2}$/)
const date = z.iso.date()

export const invoiceSchema = z.strictObject({
  number: z.string(),
  customer: z.string(),
  issued: date,
  due: date,
  currency: z.string().length(3),
  lines: z.array(z.strictObject({ article: z.string(), quantity: z.int().positive(), price: money })).min(1),
  total: money,
})
export type Invoice = z.infer<typeof invoiceSchema>

/** What logistics sends for each invoice. */
export interface Shipment {
  readonly number: string
  readonly invoice: string
  readonly carrier: string
  /** A day, as all dates here: `2026-03-31`. */
  readonly pickedUp: string
  readonly parcels: number
  readonly freight: string
  readonly currency: string
}

/** Logistics' answer to the `replyTo` of an invoice. */
export interface Receipt {
  readonly invoice: string
  readonly shipment: string
  /** What logistics added up from the lines. */
  readonly total: string
}

/** Finance's answer to the `replyTo` of a shipment. */
export interface Booking {
  readonly shipment: string
  /** The invoice's total and the freight. */
  readonly balance: string
}

/** What a department knows of a message that it sent or got: all that has to be the same on both sides. */
export interface Copy {
  readonly correlationId: string
  readonly body: unknown
  /** Each with its type, as `integer 7`: the Python side writes them the same way. */
  readonly properties: Readonly<Record<string, string>>
}

export function copyOf({ correlationId, body, properties }: ReceivedMessage): Copy {
  return { correlationId: correlationId ?? '', body, properties: describe(properties) }
}

/** Properties with their types, as both languages write them. */
export function describe(properties: Readonly<Record<string, PropertyValue>>): Record<string, string> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, `${typeNameOf(value)} ${value}`]))
}

function typeNameOf(value: PropertyValue): string {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'boolean'
  return typeof value === 'bigint' || Number.isInteger(value) ? 'integer' : 'double'
}

export function isSame(one: Copy, other: Copy | undefined): boolean {
  return isDeepStrictEqual(one, other)
}

/** Hundredths of the currency, to calculate with. */
export function cents(text: string): bigint {
  return BigInt(text.replace('.', ''))
}

export function moneyOf(hundredths: bigint): string {
  const digits = String(hundredths < 0n ? -hundredths : hundredths).padStart(3, '0')
  return `${hundredths < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
