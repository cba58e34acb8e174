import type { Connection } from './client/api.ts'
import { ClientConnection } from './client/connection.ts'
import { onAbort } from './client/signals.ts'
import {
  AbortedError,
  AuthenticationError,
  ConnectionError,
  ConnectTimeoutError,
  InvalidOptionError,
} from './errors.ts'
import { type ConnectOptions, parseConnectOptions, type ResolvedConnectOptions } from './options/connect-options.ts'
import type { Credentials } from './options/credentials.ts'
import { type Endpoint, parseTarget } from './options/target.ts'
import type { PeerInfo, Provider } from './provider/provider.ts'
import { SCHEMES } from './providers/registry.ts'

/**
 * Connects to a broker. The URI's scheme chooses the protocol, whose code is loaded then. Of several URIs the first
 * one that answers is taken, in their order.
 *
 * @example
 * await using connection = await connect('amqps://broker.example.com', { username: 'app', password })
 * await connection.send(queue('orders'), { id: 7 })
 *
 * @throws InvalidUriError, InvalidOptionError at once, before anything is sent
 * @throws ConnectionError, ConnectTimeoutError, TlsError, AuthenticationError, InvalidClientIdError
 */
export async function connect(target: string | readonly string[], options: ConnectOptions = {}): Promise<Connection> {
  const resolved = parseConnectOptions(options)
  const endpoints = parseTarget(target, SCHEMES)
  for (const endpoint of endpoints) requirePlaintextAllowed(endpoint, resolved)
  const failures: Error[] = []
  for (const endpoint of endpoints) {
    try {
      return await connectTo(endpoint, resolved)
    } catch (error) {
      if (!(error instanceof ConnectionError || error instanceof AuthenticationError)) throw error
      failures.push(error)
    }
  }
  throw failureOf(endpoints, failures)
}

/** Plaintext that leaves the machine must be asked for (rule 14). */
function requirePlaintextAllowed(endpoint: Endpoint, options: ResolvedConnectOptions): void {
  if (endpoint.encrypted || endpoint.loopback || options.allowPlaintext) return
  throw new InvalidOptionError(
    'allowPlaintext',
    `${endpoint.name} is not encrypted and not on this machine; use the TLS scheme (amqps://), or set allowPlaintext: true if the network is trusted`,
  )
}

let lastConnection = 0
const PROCESS_ID = Math.random().toString(36).slice(2, 10) + Date.now().toString(36)

async function connectTo(endpoint: Endpoint, options: ResolvedConnectOptions): Promise<Connection> {
  const provider = await loadProvider(endpoint)
  lastConnection += 1
  const connection = new ClientConnection(`polymq-${PROCESS_ID}-${lastConnection}`, provider, options)
  const attempt = new AbortController()
  const timer = setTimeout(() => attempt.abort(timeoutError(endpoint, options)), options.connectTimeout)
  const stopListening =
    options.signal && onAbort(options.signal, () => attempt.abort(abortedError(endpoint, options.signal)))
  try {
    const peer = await open(provider, connection, endpoint, options, attempt.signal)
    connection.opened(peer)
    return connection
  } catch (error) {
    throw attempt.signal.aborted ? attempt.signal.reason : error
  } finally {
    clearTimeout(timer)
    stopListening?.()
  }
}

async function loadProvider(endpoint: Endpoint): Promise<Provider> {
  const scheme = SCHEMES.get(endpoint.scheme)
  if (scheme === undefined) throw new ConnectionError(`no provider for ${endpoint.scheme}:`)
  return scheme.load()
}

/** The provider gets the signal, but is not trusted to heed it in time. */
async function open(
  provider: Provider,
  connection: ClientConnection,
  endpoint: Endpoint,
  options: ResolvedConnectOptions,
  signal: AbortSignal,
): Promise<PeerInfo> {
  const aborted = new Promise<never>((_, reject) => onAbort(signal, () => reject(signal.reason)))
  const credentials = await Promise.race([credentialsFor(endpoint, options), aborted])
  const info = {
    id: connection.id,
    uri: endpoint.uri,
    credentials,
    clientId: options.clientId,
    tls: options.tls,
    heartbeat: options.heartbeat,
    requestTimeout: options.requestTimeout,
    closeTimeout: options.closeTimeout,
    logger: options.logger,
  }
  const opening = provider.open(info, connection, signal)
  // Whatever comes of an abandoned attempt, it is closed and its failure is not an unhandled rejection.
  opening.then(
    () => (signal.aborted ? provider.close() : undefined),
    () => {},
  )
  return Promise.race([opening, aborted])
}

async function credentialsFor(endpoint: Endpoint, options: ResolvedConnectOptions): Promise<Credentials> {
  let given: Credentials
  try {
    given = await options.credentials()
  } catch (cause) {
    throw new AuthenticationError(`the credentials function failed, so ${endpoint.name} was not asked`, { cause })
  }
  return given?.username === undefined && given?.password === undefined ? endpoint.credentials : given
}

function timeoutError(endpoint: Endpoint, options: ResolvedConnectOptions): ConnectTimeoutError {
  return new ConnectTimeoutError(
    `${endpoint.name} did not finish its handshake within connectTimeout (${options.connectTimeout} ms); check that the port speaks this protocol, with TLS where it expects it, and that no firewall drops packets, or raise connectTimeout`,
  )
}

function abortedError(endpoint: Endpoint, signal: AbortSignal | undefined): AbortedError {
  return new AbortedError(`connecting to ${endpoint.name} was aborted`, { cause: signal?.reason })
}

/** One endpoint: its own error. Several: one error that tells each one's reason. */
function failureOf(endpoints: readonly Endpoint[], failures: readonly Error[]): Error {
  const [first] = failures
  if (failures.length === 1 && first !== undefined) return first
  const reasons = endpoints.map((endpoint, index) => `${endpoint.name}: ${failures[index]?.message}`)
  const text = `none of ${endpoints.length} endpoints could be connected to: ${reasons.join('; ')}`
  const cause = new AggregateError(failures, text)
  return failures.every((failure) => failure instanceof AuthenticationError)
    ? new AuthenticationError(text, { cause })
    : new ConnectionError(text, { cause })
}
