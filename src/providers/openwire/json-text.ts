import { Buffer } from 'node:buffer'
import type { WireMap, WireValue } from './codec/values.ts'

/** The JSON text of a map or list with others in it. What JSON lacks takes the nearest form: bytes their base64, a long all its digits. */
export function jsonText(value: WireValue): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  if (Array.isArray(value)) return `[${(value as readonly WireValue[]).map(jsonText).join(',')}]`
  const members = Object.entries(value as WireMap).map(
    ([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`,
  )
  return `{${members.join(',')}}`
}
