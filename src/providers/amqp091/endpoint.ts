import { InvalidUriError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import { endpointOf, isWebSocket, numberOf, type TransportEndpoint } from '../../transport/endpoint.ts'

/** A connection URI, taken apart. */
export interface Endpoint extends TransportEndpoint {
  readonly vhost: string
  /** Seconds; 0 turns heartbeats off. */
  readonly heartbeat: number
  readonly largestFrame: number
  readonly largestMessage: number
  /** Channels; 0 leaves it to the broker. */
  readonly mostChannels: number
  /** ms for the handshake, beside the limit that every connection has. */
  readonly timeout: number | undefined
  /** Mechanisms the URI allows; undefined lets credentials decide. */
  readonly mechanisms: readonly string[] | undefined
}

const PORTS = { tcp: 5672, tls: 5671 }

const MEBIBYTE = 1024 * 1024
/** Smaller frames are not allowed (AMQP 0-9-1 §4.2.3). */
const SMALLEST_FRAME = 4096
const LARGEST_FRAME = 0x4000_0000
const SECOND = 1_000
const LONGEST_HEARTBEAT = 0xffff

/**
 * Reads the connection's URI, as the RabbitMQ URI specification and its query parameters have it.
 *
 * @throws InvalidUriError for a scheme that AMQP 0-9-1 is not spoken over
 * @throws InvalidOptionError for an option without sense
 */
export function parseEndpoint({ uri, heartbeat }: ConnectionInfo): Endpoint {
  const endpoint = endpointOf(uri, 'amqp', PORTS)
  if (isWebSocket(endpoint)) {
    throw new InvalidUriError(
      `AMQP 0-9-1 is spoken over amqp, amqps and amqp+ssl, not over ${uri.protocol}// : RabbitMQ has no WebSocket for it; use stomp+wss:// there`,
    )
  }
  const options = uri.searchParams
  const mechanisms = options.get('amqp.saslMechanisms') ?? options.get('auth_mechanism')
  return Object.freeze({
    ...endpoint,
    vhost: options.get('amqp.vhost') ?? options.get('vhost') ?? vhostOfPath(uri.pathname),
    heartbeat: numberOf(options, 'heartbeat', 0, LONGEST_HEARTBEAT) ?? secondsOf(heartbeat),
    largestFrame: numberOf(options, 'amqp.maxFrameSize', SMALLEST_FRAME, LARGEST_FRAME) ?? MEBIBYTE,
    largestMessage: numberOf(options, 'amqp.maxMessageSize', 1) ?? 256 * MEBIBYTE,
    mostChannels: numberOf(options, 'channel_max', 0, 0xffff) ?? 0,
    timeout: numberOf(options, 'connection_timeout', 1, 0x7fff_ffff),
    mechanisms: mechanisms?.toUpperCase().split(/[\s,]+/),
  })
}

/** No path is the default virtual host, and a slash alone, too: one with an empty name is nobody's. */
function vhostOfPath(path: string): string {
  const name = path.replace(/^\//, '')
  return name === '' ? '/' : decodeURIComponent(name)
}

/** The protocol has whole seconds. */
function secondsOf(heartbeat: number): number {
  return Math.min(Math.ceil(heartbeat / SECOND), LONGEST_HEARTBEAT)
}
