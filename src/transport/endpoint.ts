import { InvalidOptionError, InvalidUriError } from '../errors.ts'

/** Where a connection goes, and over what. */
export interface TransportEndpoint {
  /** `scheme://host:port` for errors, without credentials. */
  readonly name: string
  readonly transport: 'tcp' | 'tls' | 'ws' | 'wss'
  /** An IPv6 address without brackets. */
  readonly host: string
  readonly port: number
  /** Path for the WebSocket handshake; `/` without WebSocket. */
  readonly path: string
}

/** The schemes of each protocol are its name with these behind it. */
const TRANSPORTS: Readonly<Record<string, TransportEndpoint['transport']>> = {
  '': 'tcp',
  s: 'tls',
  '+ssl': 'tls',
  '+ws': 'ws',
  '+wss': 'wss',
}

/**
 * Where a URI leads to.
 *
 * @param protocol - what its schemes begin with
 * @param ports - by default, those of the protocol's own
 * @throws InvalidUriError for a scheme that is not of the protocol
 */
export function endpointOf(
  uri: URL,
  protocol: string,
  ports: { readonly tcp: number; readonly tls: number },
): TransportEndpoint {
  const scheme = uri.protocol.slice(0, -1)
  const transport = scheme.startsWith(protocol) ? TRANSPORTS[scheme.slice(protocol.length)] : undefined
  if (transport === undefined) {
    throw new InvalidUriError(`${scheme}:// is no scheme of ${protocol}; use one that begins with ${protocol}`)
  }
  const port = uri.port === '' ? { ...ports, ws: 80, wss: 443 }[transport] : Number(uri.port)
  return {
    name: `${uri.protocol}//${uri.hostname}:${port}`,
    transport,
    // An IPv6 address stands in brackets in a URI only.
    host: uri.hostname.replace(/^\[|\]$/g, ''),
    port,
    path: (isWebSocket({ transport }) && uri.pathname) || '/',
  }
}

/** Whether it is connected to over a WebSocket. */
export function isWebSocket({ transport }: Pick<TransportEndpoint, 'transport'>): boolean {
  return transport === 'ws' || transport === 'wss'
}

/** What an option of a URI stands for; undefined when it is not there. */
export function oneOf<T>(options: URLSearchParams, name: string, values: Readonly<Record<string, T>>): T | undefined {
  const text = options.get(name)
  if (text === null) return undefined
  if (Object.hasOwn(values, text)) return values[text]
  throw new InvalidOptionError(name, `${name}=${text} is not known; give one of ${Object.keys(values).join(', ')}`)
}

/** The whole number that an option of a URI is; undefined when it is not there. */
export function numberOf(
  options: URLSearchParams,
  name: string,
  lowest: number,
  highest: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const text = options.get(name)
  if (text === null) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value
  throw new InvalidOptionError(
    name,
    `${name}=${text} is out of range; give a whole number from ${lowest} to ${highest}`,
  )
}
