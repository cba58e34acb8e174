import { AbortedError, ConnectionError, ConnectTimeoutError, InvalidOptionError } from './errors.ts'
import type { Dial } from './failover/dial.ts'
import type { ResolvedConnectOptions } from './options/connect-options.ts'
import type { TemporaryCredentials } from './options/credentials.ts'
import type { Endpoint } from './options/target.ts'
import type { PeerInfo, Provider, ProviderListener } from './provider/provider.ts'
import type { ConnectionInfo } from './provider/resources.ts'

/**
 * How a connection reaches an endpoint: loads its provider, asks for the credentials, and opens, all of it within
 * `connectTimeout`. Where that fails since the broker speaks another version of the protocol, `otherProvider` gives the one
 * for that, which opens a connection of its own.
 */
export function endpointDial(
  connectionId: string,
  options: ResolvedConnectOptions,
  loadProvider: (endpoint: Endpoint) => Promise<Provider>,
  otherProvider: (endpoint: Endpoint, failure: unknown) => Promise<Provider> | undefined = () => undefined,
): Dial<Endpoint> {
  let attempts = 0
  const attemptsOf = new Map<Endpoint, number>()
  return async (endpoint, listener, signal) => {
    attempts += 1
    const tried = attemptsOf.get(endpoint) ?? 0
    attemptsOf.set(endpoint, tried + 1)
    const attempt = new AbortController()
    const abort = (): void => attempt.abort(abortedError(endpoint, signal))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    const timer = setTimeout(() => attempt.abort(timeoutError(endpoint, options)), options.connectTimeout)
    try {
      // The provider gets the signal, but is not trusted to heed it in time.
      const provider = await orAborted(loadProvider(endpoint), attempt.signal)
      const credentials = await orAborted(credentialsFor(endpoint, options), attempt.signal)
      const info: ConnectionInfo = {
        ...options,
        // A broker may not have noticed yet that the one before is gone.
        id: `${connectionId}-${attempts}`,
        origin: connectionId,
        uri: endpoint.uri,
        attempt: tried,
        credentials,
        tls: options.tls(),
      }
      const open = (one: Provider): Promise<PeerInfo> =>
        orAborted(opened(one, info, listener, attempt.signal), attempt.signal)
      const { expiresAt: credentialsExpireAt } = credentials
      try {
        return { provider, peer: await open(provider), credentialsExpireAt }
      } catch (error) {
        const other = await otherProvider(endpoint, error)
        if (other === undefined) throw error
        return { provider: other, peer: await open(other), credentialsExpireAt }
      }
    } catch (error) {
      throw attempt.signal.aborted ? attempt.signal.reason : error
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }
}

/** Whatever comes of an abandoned attempt, it is closed and its failure is not an unhandled rejection. */
function opened(
  provider: Provider,
  info: ConnectionInfo,
  listener: ProviderListener,
  signal: AbortSignal,
): Promise<PeerInfo> {
  const opening = provider.open(info, listener, signal)
  opening.then(
    () => (signal.aborted ? provider.close() : undefined),
    () => {},
  )
  return opening
}

/** @throws ConnectionError when the function that is to give them fails */
export async function credentialsFor(
  endpoint: Endpoint,
  options: ResolvedConnectOptions,
): Promise<TemporaryCredentials> {
  let given: TemporaryCredentials
  try {
    given = await options.credentials()
  } catch (cause) {
    if (cause instanceof InvalidOptionError) throw cause
    // Not an AuthenticationError: a broker that refuses is final, a store of secrets that does not answer may be back soon.
    throw new ConnectionError(`the credentials function failed, so ${endpoint.name} was not connected to`, { cause })
  }
  return given.username === undefined && given.password === undefined ? { ...given, ...endpoint.credentials } : given
}

/** The promise's result, unless the signal aborts first. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}

function timeoutError(endpoint: Endpoint, options: ResolvedConnectOptions): ConnectTimeoutError {
  return new ConnectTimeoutError(
    `${endpoint.name} did not finish its handshake within connectTimeout (${options.connectTimeout} ms); check that the port speaks this protocol, with TLS if it expects it, and that no firewall drops packets, or raise connectTimeout`,
  )
}

function abortedError(endpoint: Endpoint, signal: AbortSignal): AbortedError {
  return new AbortedError(`connecting to ${endpoint.name} was aborted`, { cause: signal.reason })
}
