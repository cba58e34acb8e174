import type { Connection } from './client/api.ts'
import { ClientConnection } from './client/connection.ts'
import { endpointDial } from './endpoint-dial.ts'
import { InvalidOptionError } from './errors.ts'
import { Connector } from './failover/connector.ts'
import { EndpointSchedule } from './failover/endpoint-schedule.ts'
import { type ConnectOptions, parseConnectOptions, type ResolvedConnectOptions } from './options/connect-options.ts'
import { withUriOptions } from './options/failover-options.ts'
import { isFailoverUri } from './options/failover-uri.ts'
import { type ConnectTarget, type Endpoint, parseTarget } from './options/target.ts'
import { requirePossible } from './platform/limits.ts'
import { SCHEMES } from './providers/registry.ts'

/**
 * Connects to a broker. The URI's scheme chooses the protocol, whose code is loaded then. Of several URIs the first
 * one that answers is taken, in their order. When its broker is lost, the connection moves to the next that answers,
 * unless the option `failover` is false.
 *
 * @example
 * await using connection = await connect('amqps://broker.example.com', { username: 'app', password })
 * await connection.send(queue('orders'), { id: 7 })
 *
 * @throws InvalidUriError, InvalidOptionError at once, before anything is sent
 * @throws ConnectionError, ConnectTimeoutError, TlsError, AuthenticationError, InvalidClientIdError
 */
export async function connect(target: ConnectTarget, options: ConnectOptions = {}): Promise<Connection> {
  const resolved = parseConnectOptions(options)
  const { groups, failover: fromUri } = parseTarget(target, SCHEMES)
  requirePossible(groups.flat(), resolved.tls)
  for (const endpoint of groups.flat()) requirePlaintextAllowed(endpoint, resolved)

  lastConnection += 1
  const id = `polymq-${PROCESS_ID}-${lastConnection}`
  const { logger, closeTimeout, signal = NEVER } = resolved
  const failover = withUriOptions(resolved.failover, fromUri)
  const connector = new Connector({
    dial: endpointDial(id, resolved),
    schedule: new EndpointSchedule(groups, failover),
    options: failover,
    logger,
  })
  if (resolved.failover === false || (staysInProcess(groups) && !asksForFailover(target, options))) {
    const { link, peer } = await connector.connectFirst(signal)
    const connection = new ClientConnection(id, link.provider, resolved)
    connection.opened(peer)
    link.attach(connection)
    return connection
  }
  // Not needed on the embedded broker, which every page that uses nothing else would load it for.
  const { FailoverProvider } = await import('./failover/failover-provider.ts')
  const provider = new FailoverProvider({ connector, options: failover, logger, closeTimeout })
  const connection = new ClientConnection(id, provider, resolved)
  connection.opened(await provider.connect(connection, signal))
  return connection
}

let lastConnection = 0
const PROCESS_ID = Math.random().toString(36).slice(2, 10) + Date.now().toString(36)
const NEVER = new AbortController().signal

/** Plaintext that leaves the machine must be asked for (rule 14). */
function requirePlaintextAllowed(endpoint: Endpoint, options: ResolvedConnectOptions): void {
  if (endpoint.encrypted || endpoint.loopback || options.allowPlaintext) return
  throw new InvalidOptionError(
    'allowPlaintext',
    `${endpoint.name} is not encrypted and not on this machine; use the TLS scheme (amqps://), or set allowPlaintext: true if the network is trusted`,
  )
}

function asksForFailover(target: ConnectTarget, options: ConnectOptions): boolean {
  return options.failover !== undefined || isFailoverUri(String(target))
}

/** One broker in this process: it is not lost unless the application closes it. */
function staysInProcess(groups: readonly (readonly Endpoint[])[]): boolean {
  const [first, ...others] = groups.flat()
  return others.length === 0 && first !== undefined && SCHEMES.get(first.scheme)?.network === false
}
