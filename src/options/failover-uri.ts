import { InvalidUriError } from '../errors.ts'
import { closingParenthesis } from './uri-list.ts'

/** A `failover:` URI, taken apart. */
export interface FailoverUri {
  /** The list of URIs in it. */
  readonly list: string
  /** Options of the `failover:` URI itself, decoded. */
  readonly options: readonly (readonly [name: string, value: string])[]
  /** Options that begin with `nested.`, without that, or with `jms.`: they are set on each URI of the list. */
  readonly nested: readonly (readonly [name: string, value: string])[]
}

const SCHEME = 'failover:'
/** What ActiveMQ's Java client has there for the connection, the URIs inside have here. */
const NESTED = /^nested\.|^(?=jms\.)/

/** Whether a text is a `failover:` URI. */
export function isFailoverUri(text: string): boolean {
  return text.trimStart().slice(0, SCHEME.length).toLowerCase() === SCHEME
}

/**
 * Takes `failover:(URI,URI)?options`, `failover://(…)` and `failover:URI,URI` apart. Without parentheses a query
 * belongs to the URI it follows.
 *
 * @throws InvalidUriError when parentheses do not match, or there is no URI
 */
export function parseFailoverUri(text: string): FailoverUri {
  const body = text
    .trim()
    .slice(SCHEME.length)
    .trim()
    .replace(/^\/\/\s*/, '')
  if (!body.startsWith('(')) return failoverUri(body, '')
  const end = closingParenthesis(body)
  if (end < 0) {
    throw new InvalidUriError('the failover: URI has no closing parenthesis; write failover:(URI,URI)?option=value')
  }
  const query = body.slice(end + 1).trim()
  if (query !== '' && !query.startsWith('?')) {
    throw new InvalidUriError(
      'only ?option=value may follow the closing parenthesis of a failover: URI; write ( and ) of a password as %28 and %29',
    )
  }
  return failoverUri(body.slice(1, end), query)
}

function failoverUri(list: string, query: string): FailoverUri {
  if (list.trim() === '') {
    throw new InvalidUriError(
      'the failover: URI names no endpoint; write failover:(amqps://HOST:PORT,amqps://HOST:PORT)',
    )
  }
  const all = [...new URLSearchParams(query)].map(([name, value]) => [name.trim(), value.trim()] as const)
  return {
    list: list.trim(),
    options: all.filter(([name]) => !NESTED.test(name)),
    nested: all
      .filter(([name]) => NESTED.test(name))
      .map(([name, value]) => [name.replace(NESTED, ''), value] as const),
  }
}

/** An option that is set on each URI of the list, as it stands in the `failover:` URI. */
export function nestedName(name: string): string {
  return name.startsWith('jms.') ? name : `nested.${name}`
}
