import { Buffer } from 'node:buffer'
import type { AmqpValue } from './codec/reader.ts'

/**
 * The JSON text of any AMQP value. What JSON lacks takes the nearest form: a binary its base64, a long all its digits,
 * a float that is no number null, a key that is no string its own JSON text.
 */
export function jsonText(value: AmqpValue): string {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return JSON.stringify(value)
    case 'bigint':
      return value.toString()
    default:
      break
  }
  if (value === null) return 'null'
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  if (Array.isArray(value)) return `[${(value as readonly AmqpValue[]).map(jsonText).join(',')}]`
  const members: string[] = []
  for (const [key, member] of value as ReadonlyMap<AmqpValue, AmqpValue>) {
    const name = typeof key === 'string' ? key : jsonText(key)
    members.push(`${JSON.stringify(name)}:${jsonText(member)}`)
  }
  return `{${members.join(',')}}`
}
