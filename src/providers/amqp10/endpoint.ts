import type { ConnectionInfo } from '../../provider/resources.ts'
import { endpointOf, isWebSocket, numberOf, type TransportEndpoint } from '../../transport/endpoint.ts'
import type { WebSocketUse } from '../../transport/open-transport.ts'

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

/** The ports of brokers without WebSocket. */
const PORTS = { tcp: 5672, tls: 5671 }

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
  const options = uri.searchParams
  const endpoint = endpointOf(uri, 'amqp', PORTS)
  return Object.freeze({
    ...endpoint,
    vhost:
      options.get('amqp.vhost') ??
      options.get('vhost') ??
      (isWebSocket(endpoint) ? undefined : vhostOfPath(uri.pathname)),
    idleTimeout: numberOf(options, 'amqp.idleTimeout', 0, 0x3fff_ffff) ?? heartbeatOf(options) ?? connection.heartbeat,
    largestFrame: numberOf(options, 'amqp.maxFrameSize', SMALLEST_FRAME, LARGEST_FRAME) ?? MEBIBYTE,
    incomingWindow: INCOMING_WINDOW,
    largestMessage: numberOf(options, 'amqp.maxMessageSize', 1) ?? 256 * MEBIBYTE,
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
  const seconds = numberOf(options, 'heartbeat', 0, 0xffff)
  return seconds && seconds * 1_000
}
