import { InvalidUriError } from '../../errors.ts'
import { suggestName } from '../../options/nearest.ts'
import { BROKER_OPTION_NAMES, type BrokerOptions } from './uri-options.ts'

/** What a URI says of an embedded broker. */
export interface MemoryUri {
  readonly name: string
  readonly options: BrokerOptions
}

/**
 * Name and options of a `memory:NAME?option=value` URI.
 *
 * @throws InvalidUriError when the name is missing, an option is not known or its value not a positive integer
 */
export function parseMemoryUri(uri: URL): MemoryUri {
  const options: { -readonly [Name in keyof BrokerOptions]: BrokerOptions[Name] } = {}
  for (const [key, value] of uri.searchParams) {
    const name = BROKER_OPTION_NAMES.find((known) => known === key)
    if (name === undefined) {
      throw new InvalidUriError(
        `memory: URIs have no option ${JSON.stringify(key)}; ${suggestName(key, BROKER_OPTION_NAMES)}`,
      )
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
