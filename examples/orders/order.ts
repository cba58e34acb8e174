import * as z from 'zod'

/** What a customer orders, as it goes over the broker. */
export interface Order {
  readonly orderId: string
  readonly sku: string
  readonly quantity: number
  readonly customer: string
}

/** Any Standard Schema does; polymq checks bodies with it where a destination has it. */
export const orderSchema: z.ZodType<Order> = z.strictObject({
  orderId: z.string().min(1),
  sku: z.string().min(1),
  quantity: z.int().min(1),
  customer: z.string().min(1),
})

/** What the inventory service answers. */
export interface Answer {
  readonly orderId: string
  readonly status: 'confirmed' | 'out of stock' | 'rejected'
  readonly reason?: string | undefined
}

export type OrderReading = { readonly order: Order } | { readonly problem: string }

/** Reads an order from a message body or a line of the file: JSON text, or a value that JSON made already. */
export function readOrder(body: unknown): OrderReading {
  let value = body
  if (typeof body === 'string') {
    try {
      value = JSON.parse(body)
    } catch {
      return { problem: 'not JSON' }
    }
  }
  const parsed = orderSchema.safeParse(value)
  if (parsed.success) return { order: parsed.data }
  const [issue] = parsed.error.issues
  return { problem: `not an order: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}` }
}
