import { setOwn } from '../../collections/set-own.ts'
import { bytesOf } from '../../interop/types-header.ts'
import type { EntryValue } from '../../message/message-data.ts'

/**
 * A map as ActiveMQ's `jms-map-json` has it: `{"map":{"entry":[{"string":"key","int":1},{"string":["key","text"]}]}}`.
 * Each entry names the types of its key and of its value, and has a list where both are text.
 *
 * @returns undefined when it is no such map
 */
export function decodeXstreamMap(json: string): Record<string, EntryValue> | undefined {
  let map: unknown
  try {
    map = (JSON.parse(json) as { readonly map?: unknown }).map
  } catch {
    return undefined
  }
  if (map === '') return {}
  const entry = isRecord(map) ? map.entry : undefined
  const entries: Record<string, EntryValue> = {}
  for (const one of Array.isArray(entry) ? entry : [entry]) {
    if (!isRecord(one)) return undefined
    const { string: texts, ...others } = one
    const [key, text] = Array.isArray(texts) ? texts : [texts]
    const [[type, value] = ['string', text]] = Object.entries(others)
    const decoded = entryOf(type, value)
    if (typeof key !== 'string' || decoded === undefined) return undefined
    setOwn(entries, key, decoded)
  }
  return entries
}

function entryOf(type: string, value: unknown): EntryValue | undefined {
  const text = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
  switch (type) {
    case 'string':
    case 'char':
      return text
    case 'null':
      return null
    case 'boolean':
      return text === 'true'
    case 'byte-array':
      return bytesOf(text.replace(/\s/g, ''))
    case 'byte':
    case 'short':
    case 'int':
    case 'float':
    case 'double':
      return Number(text)
    case 'long':
      return Number.isSafeInteger(Number(text)) ? Number(text) : undefined
    default:
      return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
