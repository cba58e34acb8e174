import { InvalidUriError } from '../../errors.ts'

/** Options of a `memory:` URI. */
export interface BrokerOptions {
  /** Most messages in one queue or subscription; 100,000 by default. */
  readonly maxMessagesPerDestination?: number
  /** Most bytes in one queue or subscription, estimated; 64 MiB by default. */
  readonly maxBytesPerDestination?: number
}

const OPTION_NAMES = ['maxMessagesPerDestination', 'maxBytesPerDestination'] as const

/**
 * Name and options of a `memory:NAME?option=value` URI.
 *
 * @throws InvalidUriError when the name is missing, an option is not known or its value not a positive integer
 */
export function parseMemoryUri(uri: URL): { readonly name: string; readonly options: BrokerOptions } {
  const options: { -readonly [Name in keyof BrokerOptions]: BrokerOptions[Name] } = {}
  for (const [key, value] of uri.searchParams) {
    const name = OPTION_NAMES.find((known) => known === key)
    if (name === undefined) {
      throw new InvalidUriError(`memory: URIs have no option ${JSON.stringify(key)}; did you mean ${nearest(key)}?`)
    }
    options[name] = positiveInteger(name, value)
  }
  return { name: brokerName(uri), options }
}

function brokerName(uri: URL): string {
  let name = ''
  try {
    name = decodeURIComponent(uri.pathname)
  } catch {
    // Left empty: a broken percent-encoding is no name.
  }
  if (uri.protocol !== 'memory:' || uri.host !== '' || name === '' || name.startsWith('/')) {
    throw new InvalidUriError('an embedded broker is named by memory:NAME, for example memory:test')
  }
  return name
}

function positiveInteger(option: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidUriError(`the option ${option} is ${JSON.stringify(text)}; give an integer above 0`)
}

function nearest(key: string): string {
  const [first, ...others] = OPTION_NAMES
  return others.reduce<string>((best, name) => (distance(key, name) < distance(key, best) ? name : best), first)
}

/** Levenshtein's edit distance, letter case aside. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a.toLowerCase()].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b.toLowerCase()].entries()) {
      const substituted = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
