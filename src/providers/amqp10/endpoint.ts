import { InvalidOptionError, InvalidUriError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import type { TransportEndpoint, WebSocketUse } from '../../transport/open-transport.ts'

/** A connection URI, taken apart. */
export interface Endpoint extends TransportEndpoint {
  readonly vhost: string | undefined
  /** ms; 0 turns liveness checks off. */
  readonly idleTimeout: number
  readonly largestFrame: number
  /** Transfers that the peer may send ahead over one session. */
  readonly incomingWindow: number
  readonly largestMessage: number
  /** Mechanisms the URI allows; undefined lets credentials decide. */
  readonly mechanisms: readonly string[] | undefined
}

/** The WebSocket subprotocol of AMQP (AMQP WebSocket Binding §2.1). */
const SUBPROTOCOL = 'amqp'

/** Jetty in ActiveMQ Classic and Netty in Artemis end a connection that sends larger WebSocket messages than 64 KiB. */
const LARGEST_WEB_SOCKET_MESSAGE = 32 * 1024

/** What AMQP asks of a WebSocket. */
export const WEB_SOCKET: WebSocketUse = { subprotocols: [SUBPROTOCOL], largestMessage: LARGEST_WEB_SOCKET_MESSAGE }

const TRANSPORTS: Readonly<Record<string, { readonly transport: Endpoint['transport']; readonly port: number }>> = {
  'amqp:': { transport: 'tcp', port: 5672 },
  'amqps:': { transport: 'tls', port: 5671 },
  'amqp+ssl:': { transport: 'tls', port: 5671 },
  'amqp+ws:': { transport: 'ws', port: 80 },
  'amqp+wss:': { transport: 'wss', port: 443 },
}

const MEBIBYTE = 1024 * 1024
/** Smaller frames are not allowed (AMQP 1.0 §2.7.1). */
const SMALLEST_FRAME = 512
/** Credit is what limits transfers, not this. */
const INCOMING_WINDOW = 65_536
/** Larger than that, and a frame's size could be taken for a protocol header. */
const LARGEST_FRAME = 0x4000_0000

/**
 * Reads the connection's URI.
 *
 * @throws InvalidUriError for a scheme that is not AMQP
 * @throws InvalidOptionError for an option without sense
 */
export function parseEndpoint(connection: ConnectionInfo): Endpoint {
  const { uri } = connection
  const scheme = TRANSPORTS[uri.protocol]
  if (scheme === undefined) {
    throw new InvalidUriError(`${uri.protocol}// is no AMQP URI; use amqp, amqps, amqp+ssl, amqp+ws or amqp+wss`)
  }
  const port = uri.port === '' ? scheme.port : Number(uri.port)
  const options = uri.searchParams
  const isWebSocket = scheme.transport === 'ws' || scheme.transport === 'wss'
  return Object.freeze({
    name: `${uri.protocol}//${uri.hostname}:${port}`,
    transport: scheme.transport,
    // An IPv6 address stands in brackets in a URI only.
    host: uri.hostname.replace(/^\[|\]$/g, ''),
    port,
    path: isWebSocket ? uri.pathname || '/' : '/',
    vhost: options.get('amqp.vhost') ?? options.get('vhost') ?? (isWebSocket ? undefined : vhostOfPath(uri.pathname)),
    idleTimeout: numberOption(
      options,
      'amqp.idleTimeout',
      heartbeatOf(options) ?? connection.heartbeat,
      0,
      0x3fff_ffff,
    ),
    largestFrame: numberOption(options, 'amqp.maxFrameSize', MEBIBYTE, SMALLEST_FRAME, LARGEST_FRAME),
    incomingWindow: INCOMING_WINDOW,
    largestMessage: numberOption(options, 'amqp.maxMessageSize', 256 * MEBIBYTE, 1, Number.MAX_SAFE_INTEGER),
    mechanisms: (options.get('amqp.saslMechanisms') ?? options.get('auth_mechanism'))?.toUpperCase().split(/[\s,]+/),
  })
}

/**
 * Jetty in ActiveMQ Classic loses what a compressed WebSocket message has beyond 8 KiB, and Classic writes all that the
 * window of a session lets it into one. Browsers cannot be kept from offering compression, so frames and window are
 * so small that both fit.
 */
export function inSmallBursts(endpoint: Endpoint): Endpoint {
  return Object.freeze({ ...endpoint, largestFrame: Math.min(endpoint.largestFrame, 1024), incomingWindow: 7 })
}

function vhostOfPath(path: string): string | undefined {
  const name = path.replace(/^\//, '')
  return name === '' ? undefined : decodeURIComponent(name)
}

/** As the RabbitMQ URI specification has it: in seconds. */
function heartbeatOf(options: URLSearchParams): number | undefined {
  return options.has('heartbeat') ? numberOption(options, 'heartbeat', 0, 0, 0xffff) * 1_000 : undefined
}

function numberOption(
  options: URLSearchParams,
  name: string,
  fallback: number,
  lowest: number,
  highest: number,
): number {
  const text = options.get(name)
  if (text === null) return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < lowest || value > highest) {
    throw new InvalidOptionError(name, `${name}=${text} is out of range; give an integer from ${lowest} to ${highest}`)
  }
  return value
}
