import { InvalidOptionError } from '../../errors.ts'
import type { ConnectOptions, ResolvedConnectOptions } from '../../options/connect-options.ts'
import type { Credentials } from '../../options/credentials.ts'
import type { Endpoint } from '../../options/endpoint.ts'
import { LONGEST_DURATION } from '../../options/parse-options.ts'
import { parseEndpoint } from './endpoint.ts'
import { redeliveryOf } from './redelivery-options.ts'
import { OF_CONNECT } from './uri-options.ts'
import { LARGEST_INT, number } from './uri-values.ts'

const USER = 'jms.userName'
const PASSWORD = 'jms.password'

/** Options of `connect()` in ms, by what the Java client calls them. */
const TIMES = {
  'jms.sendTimeout': 'sendTimeout',
  'jms.closeTimeout': 'closeTimeout',
  'jms.requestTimeout': 'requestTimeout',
  'jms.connectResponseTimeout': 'connectTimeout',
} as const

/**
 * An endpoint whose URI says nothing any more that is for `connect()`, the credentials that it had included.
 *
 * @throws InvalidOptionError for what is wrong in the rest of the URI
 */
export function withoutConnectOptions(endpoint: Endpoint): Endpoint {
  const uri = new URL(endpoint.uri)
  for (const name of Object.keys(OF_CONNECT)) uri.searchParams.delete(name)
  // Else it would be found out only when the connection comes to this endpoint.
  parseEndpoint({ uri })
  return { ...endpoint, uri, credentials: credentialsOf(endpoint) }
}

/** Those before the host count first; they may name only one of both. */
function credentialsOf({ uri, credentials }: Endpoint): Credentials {
  const username = uri.searchParams.get(USER)
  const password = uri.searchParams.get(PASSWORD)
  const isOfAnother = username !== null && credentials.username !== undefined && credentials.username !== username
  if (isOfAnother) return credentials
  return {
    ...(username !== null && { username }),
    ...credentials,
    ...(password !== null && !credentials.password && { password }),
  }
}

/**
 * The options of a connection: those that were given to `connect()`, else those of its URIs.
 *
 * @param given - to `connect()`, checked by now
 * @throws InvalidOptionError for an option of a URI that is wrong, or other than that of another URI
 */
export function withConnectOptions(
  endpoints: readonly Endpoint[],
  resolved: ResolvedConnectOptions,
  given: ConnectOptions,
): ResolvedConnectOptions {
  const options = forAll(endpoints)
  const clientId = options.get('jms.clientID') ?? undefined
  if (clientId === '')
    throw new InvalidOptionError('jms.clientID', 'jms.clientID is empty; leave it out for no client id')
  return Object.freeze({
    ...resolved,
    clientId: given.clientId ?? clientId,
    ...timesOf(options, given),
    redelivery: redeliveryOf(options, resolved.redelivery, given.redelivery),
  })
}

/** What holds for the connection, as it stands in some of the URIs, or in all. */
function forAll(endpoints: readonly Endpoint[]): URLSearchParams {
  const options = new URLSearchParams()
  const places = new Map<string, string>()
  for (const { uri, name: endpoint } of endpoints) {
    for (const [name, value] of uri.searchParams) {
      if (!Object.hasOwn(OF_CONNECT, name) || name === USER || name === PASSWORD) continue
      const other = options.get(name) ?? value
      if (other !== value) {
        throw new InvalidOptionError(
          name,
          `${places.get(name)} has ${name}=${other} and ${endpoint} has ${name}=${value}, which is for the whole connection; give it once, or the same everywhere`,
        )
      }
      options.set(name, value)
      if (!places.has(name)) places.set(name, endpoint)
    }
  }
  return options
}

function timesOf(options: URLSearchParams, given: ConnectOptions): Partial<ResolvedConnectOptions> {
  const times: Partial<Record<(typeof TIMES)[keyof typeof TIMES], number>> = {}
  for (const [name, option] of Object.entries(TIMES)) {
    const time = number(options, name, 0, LARGEST_INT)
    if (time === undefined || given[option] !== undefined) continue
    // connectTimeout is not for that answer alone: an endpoint that does not answer must not hold up the next.
    if (time === 0 && option === 'connectTimeout') continue
    times[option] = time === 0 ? LONGEST_DURATION : time
  }
  return times
}
