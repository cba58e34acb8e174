/**
 * Reads an IEEE 754-2008 decimal in binary integer encoding (AMQP 1.0 §1.6.13–15) as the nearest number.
 * JMS has no decimal type; ActiveMQ does the same.
 */
export function decimalToNumber(bytes: Uint8Array): number {
  const width = bytes.length * 8
  let bits = 0n
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte)
  const negative = bits >> BigInt(width - 1) === 1n
  const combination = Number((bits >> BigInt(width - 6)) & 0x1fn)
  if (combination === 0x1f) return Number.NaN
  if (combination === 0x1e) return negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY

  const exponentWidth = width === 32 ? 8 : width === 64 ? 10 : 14
  const bias = width === 32 ? 101 : width === 64 ? 398 : 6176
  // With the two bits after the sign set, the exponent starts two bits later and the coefficient has an implied 100.
  const large = combination >> 3 === 3
  const coefficientWidth = width - 1 - exponentWidth - (large ? 2 : 0)
  const exponent = Number((bits >> BigInt(coefficientWidth)) & ((1n << BigInt(exponentWidth)) - 1n)) - bias
  const low = bits & ((1n << BigInt(coefficientWidth)) - 1n)
  const coefficient = large ? low | (4n << BigInt(coefficientWidth)) : low
  return Number(`${negative ? '-' : ''}${coefficient}e${exponent}`)
}
