import { InvalidOptionError, InvalidUriError } from '../errors.ts'
import type { Endpoint } from '../options/target.ts'
import type { TlsOptions } from '../options/tls-options.ts'

/**
 * Refuses what a browser cannot do: connections other than WebSockets, and TLS by settings of the application's own.
 *
 * @throws InvalidUriError naming the scheme to use instead
 * @throws InvalidOptionError naming the first option of `tls` that would have no effect
 */
export function requirePossible(endpoints: readonly Endpoint[], tls: TlsOptions): void {
  const remote = endpoints.filter((endpoint) => endpoint.scheme !== 'memory')
  for (const endpoint of remote) {
    requireWebSocketAtAmazon(endpoint)
    requireWebSocket(endpoint)
    requireNoMixedContent(endpoint)
  }
  if (remote.length > 0) requireTlsOfBrowser(tls)
}

/** Brokers of Amazon MQ for RabbitMQ have one host name, those for ActiveMQ one for each instance, with a number. */
const AMAZON_RABBITMQ = /^b-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.mq\.[\w-]+\.(amazonaws\.com(\.cn)?|on\.aws)$/i
const AMAZON = /\.mq\.[\w-]+\.(amazonaws\.com(\.cn)?|on\.aws)$/i

function requireWebSocketAtAmazon({ name, uri }: Endpoint): void {
  if (!AMAZON_RABBITMQ.test(uri.hostname)) return
  throw new InvalidUriError(
    `${name} cannot be reached from a browser: Amazon MQ for RabbitMQ has no WebSocket endpoint; let a service of yours stand between, or use Amazon MQ for ActiveMQ`,
  )
}

function requireWebSocket({ scheme, name, uri, encrypted }: Endpoint): void {
  if (/(^|\+)wss?$/.test(scheme)) return
  const protocol = /^(amqp|stomp|mqtt)/.exec(scheme)?.[0]
  const instead =
    protocol === undefined
      ? 'its protocol has no WebSocket form; use amqp+wss or memory'
      : `use ${protocol}+${encrypted ? 'wss' : 'ws'}://${uri.hostname}:${AMAZON.test(uri.hostname) ? '61619' : 'PORT'}, with the port and path at which the broker takes WebSockets`
  throw new InvalidUriError(`${name} cannot be reached from a browser, which has WebSockets only; ${instead}`)
}

/** Browsers let pages that came over TLS open plaintext WebSockets to the machine itself only. */
function requireNoMixedContent({ scheme, name, encrypted, loopback }: Endpoint): void {
  const { location } = globalThis as { readonly location?: { readonly protocol?: string } }
  if (encrypted || loopback || location?.protocol !== 'https:') return
  throw new InvalidUriError(
    `${name} is not encrypted, and a browser opens no such WebSocket for a page of https:; use ${scheme.replace(/ws$/, 'wss')}`,
  )
}

/** What every browser does anyway. */
const WITHOUT_EFFECT: TlsOptions = { rejectUnauthorized: true, minVersion: 'TLSv1.2' }

function requireTlsOfBrowser(tls: TlsOptions): void {
  for (const name of Object.keys(tls) as (keyof TlsOptions)[]) {
    if (tls[name] === undefined || tls[name] === WITHOUT_EFFECT[name]) continue
    throw new InvalidOptionError(
      `tls.${name}`,
      `tls.${name} has no effect in a browser, which does TLS by itself; leave it out, and ${insteadOf(name)}`,
    )
  }
}

function insteadOf(name: keyof TlsOptions): string {
  switch (name) {
    case 'ca':
    case 'rejectUnauthorized':
      return 'give the broker a certificate that browsers trust, or import its authority into the browser or the system'
    case 'cert':
    case 'key':
    case 'pfx':
    case 'passphrase':
      return 'import the client certificate into the browser or the system, which asks the user for it, or log in by name and password'
    default:
      return 'configure the broker, or the proxy before it, instead'
  }
}
