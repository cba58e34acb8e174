import { InvalidUriError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import { endpointOf, isWebSocket, numberOf, oneOf, type TransportEndpoint } from '../../transport/endpoint.ts'
import type { WebSocketUse } from '../../transport/open-transport.ts'
import type { StompVersion } from './frame.ts'

/** A connection URI, taken apart. */
export interface Endpoint extends TransportEndpoint {
  /** What CONNECT calls the host. */
  readonly vhost: string
  /** Highest first. */
  readonly versions: readonly StompVersion[]
  /** Whether queues of RabbitMQ are declared before they are used, or are there. */
  readonly declaresQueues: boolean
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

/** The ports of brokers without WebSocket. */
const PORTS = { tcp: 61613, tls: 61614 }

/** Highest first. */
const VERSIONS: Readonly<Record<string, StompVersion>> = { '1.2': '1.2', '1.1': '1.1', '1.0': '1.0' }
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
  const options = uri.searchParams
  const endpoint = endpointOf(uri, 'stomp', PORTS)
  const version = oneOf(options, 'stomp.version', VERSIONS)
  return Object.freeze({
    ...endpoint,
    vhost:
      options.get('stomp.vhost') ?? options.get('vhost') ?? (isWebSocket(endpoint) ? '/' : vhostOfPath(uri.pathname)),
    product: oneOf(options, 'stomp.broker', PRODUCTS),
    declaresQueues: oneOf(options, 'stomp.declareQueues', { true: true, false: false }) ?? true,
    versions: version === undefined ? Object.values(VERSIONS) : [version],
    largestFrame: numberOf(options, 'stomp.maxFrameSize', 1) ?? LARGEST_FRAME,
    largestWebSocketMessage: numberOf(options, 'stomp.maxWebSocketMessageSize', 1),
    transformation: options.get('stomp.transformation') ?? undefined,
  })
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
