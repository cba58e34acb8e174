import { InvalidOptionError } from '../errors.ts'
import type { ResolvedConnectOptions } from './connect-options.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * Plaintext that leaves the machine must be asked for (rule 14).
 *
 * @throws InvalidOptionError
 */
export function requirePlaintextAllowed(endpoint: Endpoint, options: ResolvedConnectOptions): void {
  if (endpoint.encrypted || endpoint.loopback || options.allowPlaintext) return
  throw new InvalidOptionError(
    'allowPlaintext',
    `${endpoint.name} is not encrypted and not on this machine; use the TLS scheme (${encrypted(endpoint.scheme)}://), or set allowPlaintext: true if the network is trusted`,
  )
}

/** The scheme that does the same over TLS. */
function encrypted(scheme: string): string {
  if (scheme === 'tcp') return 'ssl'
  return /^(nio|openwire)$/.test(scheme) ? `${scheme}+ssl` : `${scheme}s`
}
