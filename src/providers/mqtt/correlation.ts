/** A correlation id is text, and MQTT has bytes: those that are no UTF-8 are written as AMQP 1.0 writes them on JMS. */
const BINARY = 'ID:AMQP_BINARY:'
const BINARY_ID = /^ID:AMQP_BINARY:((?:[0-9A-F]{2})+)$/

const encoder = new TextEncoder()
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function correlationDataOf(correlationId: string): Uint8Array {
  const hex = BINARY_ID.exec(correlationId)?.[1]
  if (hex === undefined) return encoder.encode(correlationId)
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  )
}

export function correlationIdOf(data: Uint8Array): string {
  try {
    return strict.decode(data)
  } catch {
    return BINARY + Array.from(data, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('')
  }
}
