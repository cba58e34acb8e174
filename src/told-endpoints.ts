import { InvalidUriError } from './errors.ts'
import type { EndpointSchedule } from './failover/endpoint-schedule.ts'
import { ToldEndpoints } from './failover/told-endpoints.ts'
import type { ResolvedConnectOptions } from './options/connect-options.ts'
import { type Endpoint, parseEndpoint } from './options/endpoint.ts'
import type { ResolvedFailoverOptions } from './options/failover-options.ts'
import { requirePlaintextAllowed } from './options/plaintext.ts'
import { SCHEMES } from './providers/registry.ts'

/** Heeds what a broker says of others. */
export function toldEndpoints(
  schedule: EndpointSchedule<Endpoint>,
  failover: ResolvedFailoverOptions,
  options: ResolvedConnectOptions,
): ToldEndpoints<Endpoint> {
  return new ToldEndpoints(schedule, failover, (uri, inUse) => toldEndpoint(uri, inUse, options))
}

/** What a broker that listens on all its addresses tells of when it has not been told its own. */
const ANY_ADDRESS = /^(0\.0\.0\.0|\[::\])$/

/**
 * An endpoint that a broker told of, with the credentials and URI options of the one in use; undefined for one that is not
 * to be connected to: no URI that is known, or in plaintext where that is not allowed, or not what is used now.
 */
function toldEndpoint(text: string, inUse: Endpoint, options: ResolvedConnectOptions): Endpoint | undefined {
  try {
    // Options that the broker has for itself may stand behind it.
    const [bare = ''] = text.split('?')
    const endpoint = parseEndpoint(bare, SCHEMES, [...inUse.uri.searchParams])
    if (ANY_ADDRESS.test(endpoint.uri.hostname))
      throw new InvalidUriError(`${endpoint.name} is any address of its host`)
    if (inUse.encrypted && !endpoint.encrypted) throw new InvalidUriError(`${endpoint.name} is not encrypted`)
    requirePlaintextAllowed(endpoint, options)
    return { ...endpoint, credentials: inUse.credentials }
  } catch (error) {
    options.logger.debug?.(`${inUse.name} tells of a broker that is not connected to`, { error })
    return undefined
  }
}
