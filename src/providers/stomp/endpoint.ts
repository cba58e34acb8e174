import { InvalidOptionError, InvalidUriError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import type { TransportEndpoint, WebSocketUse } from '../../transport/open-transport.ts'
import type { StompVersion } from './frame.ts'

/** A connection URI, taken apart. */
export interface Endpoint extends TransportEndpoint {
  /** What CONNECT calls the host. */
  readonly vhost: string
  /** Highest first. */
  readonly versions: readonly StompVersion[]
  /** Bytes of a body. */
  readonly largestFrame: number
  /** What the broker is taken for when it does not say. */
  readonly product: string | undefined
  /** Bytes of a frame sent over a WebSocket, where the broker's default does not hold. */
  readonly largestWebSocketMessage: number | undefined
  /** What ActiveMQ is asked to turn maps and objects of JMS clients into. */
  readonly transformation: string | undefined
}

/** What STOMP asks of a WebSocket: subprotocols, the preferred one first, and a message for each frame. */
export const WEB_SOCKET: WebSocketUse = { subprotocols: ['v12.stomp', 'v11.stomp', 'v10.stomp'], isPerWrite: true }

const TRANSPORTS: Readonly<Record<string, { readonly transport: Endpoint['transport']; readonly port: number }>> = {
  'stomp:': { transport: 'tcp', port: 61613 },
  'stomps:': { transport: 'tls', port: 61614 },
  'stomp+ssl:': { transport: 'tls', port: 61614 },
  'stomp+ws:': { transport: 'ws', port: 80 },
  'stomp+wss:': { transport: 'wss', port: 443 },
}

const VERSIONS: readonly StompVersion[] = ['1.2', '1.1', '1.0']
/** As brokers call themselves in CONNECTED. */
const PRODUCTS: Readonly<Record<string, string>> = {
  activemq: 'ActiveMQ',
  artemis: 'ActiveMQ-Artemis',
  rabbitmq: 'RabbitMQ',
}
const LARGEST_FRAME = 256 * 1024 * 1024

/**
 * Reads the connection's URI.
 *
 * @throws InvalidUriError for a scheme that is not STOMP
 * @throws InvalidOptionError for an option without sense
 */
export function parseEndpoint({ uri }: ConnectionInfo): Endpoint {
  const scheme = TRANSPORTS[uri.protocol]
  if (scheme === undefined) {
    throw new InvalidUriError(`${uri.protocol}// is no STOMP URI; use stomp, stomps, stomp+ssl, stomp+ws or stomp+wss`)
  }
  const port = uri.port === '' ? scheme.port : Number(uri.port)
  const options = uri.searchParams
  const hasPath = scheme.transport === 'ws' || scheme.transport === 'wss'
  const vhost = options.get('stomp.vhost') ?? options.get('vhost')
  return Object.freeze({
    name: `${uri.protocol}//${uri.hostname}:${port}`,
    transport: scheme.transport,
    // An IPv6 address stands in brackets in a URI only.
    host: uri.hostname.replace(/^\[|\]$/g, ''),
    port,
    path: hasPath ? uri.pathname || '/' : '/',
    vhost: vhost ?? (hasPath ? '/' : vhostOfPath(uri.pathname)),
    product: productOf(options.get('stomp.broker')),
    versions: versionsOf(options.get('stomp.version')),
    largestFrame: sizeOption(options, 'stomp.maxFrameSize') ?? LARGEST_FRAME,
    largestWebSocketMessage: sizeOption(options, 'stomp.maxWebSocketMessageSize'),
    transformation: options.get('stomp.transformation') ?? undefined,
  })
}

/** Whether frames go over a WebSocket, each a text message of its own. */
export function isWebSocket({ transport }: Endpoint): boolean {
  return transport === 'ws' || transport === 'wss'
}

/** As the RabbitMQ URI specification has it: no path is the default virtual host. */
function vhostOfPath(path: string): string {
  const name = path.replace(/^\//, '')
  if (name === '') return '/'
  try {
    return decodeURIComponent(name)
  } catch (cause) {
    throw new InvalidUriError(
      `the virtual host ${JSON.stringify(name)} in the URI is wrongly encoded; write a percent sign as %25`,
      { cause },
    )
  }
}

function versionsOf(text: string | null): readonly StompVersion[] {
  if (text === null) return VERSIONS
  const version = VERSIONS.find((known) => known === text)
  if (version !== undefined) return [version]
  throw new InvalidOptionError('stomp.version', `stomp.version=${text} is no version of STOMP; use 1.0, 1.1 or 1.2`)
}

function productOf(text: string | null): string | undefined {
  if (text === null) return undefined
  const product = Object.hasOwn(PRODUCTS, text) ? PRODUCTS[text] : undefined
  if (product !== undefined) return product
  const known = Object.keys(PRODUCTS).join(', ')
  throw new InvalidOptionError(
    'stomp.broker',
    `stomp.broker=${text} is no broker that polymq knows; use one of ${known}`,
  )
}

function sizeOption(options: URLSearchParams, name: string): number | undefined {
  const text = options.get(name)
  if (text === null) return undefined
  const size = Number(text)
  if (Number.isSafeInteger(size) && size > 0) return size
  throw new InvalidOptionError(name, `${name}=${text} is no number of bytes`)
}
