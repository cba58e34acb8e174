import { InvalidOptionError, InvalidUriError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import type { TransportEndpoint } from '../../transport/open-transport.ts'

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

const TRANSPORTS: Readonly<Record<string, { readonly transport: Endpoint['transport']; readonly port: number }>> = {
  'amqp:': { transport: 'tcp', port: 5672 },
  'amqps:': { transport: 'tls', port: 5671 },
  'amqp+ssl:': { transport: 'tls', port: 5671 },
}

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
  const scheme = TRANSPORTS[uri.protocol]
  if (scheme === undefined) {
    throw new InvalidUriError(
      `AMQP 0-9-1 is spoken over amqp, amqps and amqp+ssl, not over ${uri.protocol}// : RabbitMQ has no WebSocket for it; use stomp+wss:// there`,
    )
  }
  const port = uri.port === '' ? scheme.port : Number(uri.port)
  const options = uri.searchParams
  const mechanisms = options.get('amqp.saslMechanisms') ?? options.get('auth_mechanism')
  return Object.freeze({
    name: `${uri.protocol}//${uri.hostname}:${port}`,
    transport: scheme.transport,
    // An IPv6 address stands in brackets in a URI only.
    host: uri.hostname.replace(/^\[|\]$/g, ''),
    port,
    path: '/',
    vhost: options.get('amqp.vhost') ?? options.get('vhost') ?? vhostOfPath(uri.pathname),
    heartbeat: numberOption(options, 'heartbeat', 0, LONGEST_HEARTBEAT) ?? secondsOf(heartbeat),
    largestFrame: numberOption(options, 'amqp.maxFrameSize', SMALLEST_FRAME, LARGEST_FRAME) ?? MEBIBYTE,
    largestMessage: numberOption(options, 'amqp.maxMessageSize', 1, Number.MAX_SAFE_INTEGER) ?? 256 * MEBIBYTE,
    mostChannels: numberOption(options, 'channel_max', 0, 0xffff) ?? 0,
    timeout: numberOption(options, 'connection_timeout', 1, 0x7fff_ffff),
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

function numberOption(options: URLSearchParams, name: string, lowest: number, highest: number): number | undefined {
  const text = options.get(name)
  if (text === null) return undefined
  const value = Number(text)
  if (text !== '' && Number.isInteger(value) && value >= lowest && value <= highest) return value
  throw new InvalidOptionError(name, `${name}=${text} is out of range; give an integer from ${lowest} to ${highest}`)
}
