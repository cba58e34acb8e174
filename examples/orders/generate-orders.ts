import { renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Order } from './order.ts'

/** What the warehouse has at first: enough for most orders, not for all. */
export const INITIAL_STOCK: Readonly<Record<string, number>> = {
  'TEA-GREEN': 2_500,
  'TEA-BLACK': 2_500,
  'CUP-WHITE': 2_000,
  'CUP-BLUE': 1_200,
  'POT-SMALL': 2_500,
  'POT-LARGE': 900,
}

const LINES = 3_000
/** Every so many lines, one that is broken. */
const BROKEN_EVERY = 40

/** The lines of the file: always the same ones. */
export function generateOrders(lines: number = LINES): string[] {
  const random = mulberry32(20_260_801)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const skus = Object.keys(INITIAL_STOCK)
  return Array.from({ length: lines }, (_, index) => {
    const order: Order = {
      orderId: orderId(index),
      sku: pick(skus),
      quantity: 1 + Math.floor(random() * 7),
      customer: `customer-${1 + Math.floor(random() * 200)}`,
    }
    const broken = (index + 1) % BROKEN_EVERY === 0
    return broken ? pick(BREAKAGES)(order, index) : JSON.stringify(order)
  })
}

const BREAKAGES: readonly ((order: Order, index: number) => string)[] = [
  (order) => JSON.stringify(order).slice(0, -9),
  (order) => JSON.stringify({ orderId: order.orderId, quantity: order.quantity }),
  (order) => JSON.stringify({ ...order, quantity: -order.quantity }),
  (order) => JSON.stringify({ ...order, sku: 'TEA-PURPLE' }),
  (order, index) => JSON.stringify({ ...order, orderId: orderId(index - 7) }),
]

function orderId(index: number): string {
  return `ORD-${String(index + 1).padStart(5, '0')}`
}

/** A small random generator with a seed (Tommy Ettinger's mulberry32). */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Renamed into place, so that who reads it meanwhile sees all of it or none. */
export function writeOrders(file: string): void {
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, `${generateOrders().join('\n')}\n`)
  renameSync(unfinished, file)
}

if (import.meta.main) writeOrders(fileURLToPath(new URL('orders.jsonl', import.meta.url)))
