import dns from 'node:dns'
import type { LookupFunction } from 'node:net'

/**
 * ms for one of several addresses to be connected to before the next one is tried. Node's own 250 ms is less than a
 * connection to another continent takes.
 */
const ONE_ADDRESS = 2_000

/**
 * How sockets find the addresses of a host: by a new look-up each time, and with another one first at each attempt. So
 * the one that accepts connections, and then does not answer, does not stand in the way of the others.
 *
 * @param attempt - counted from 0
 */
export function addressOptions(attempt: number): {
  readonly lookup: LookupFunction
  readonly autoSelectFamilyAttemptTimeout: number
} {
  return {
    autoSelectFamilyAttemptTimeout: ONE_ADDRESS,
    lookup: (host, options, found) => {
      dns.lookup(host, options, (error, addresses, family) => {
        if (error === null && Array.isArray(addresses)) found(null, turned(addresses, attempt))
        else found(error, addresses, family)
      })
    },
  }
}

function turned<Address>(addresses: readonly Address[], attempt: number): Address[] {
  const first = attempt % Math.max(1, addresses.length)
  return [...addresses.slice(first), ...addresses.slice(0, first)]
}
