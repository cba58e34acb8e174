import type { Logger } from '../options/logger.ts'
import type { TlsOptions } from '../options/tls-options.ts'
import { part } from '../part.ts'
import type { TransportEndpoint } from './endpoint.ts'
import type { Transport, TransportTarget } from './transport.ts'
import type { WebSocketTarget } from './websocket.ts'

const tcp = part('TCP', () => import('./tcp.ts'))
const tls = part('TLS', () => import('./tls.ts'))
const webSockets = part('WebSockets', () => import('./websocket.ts'))

/** How it is connected to, whatever the protocol. */
export interface TransportOptions {
  readonly tls: TlsOptions
  readonly logger: Logger
  /** Counted from 0; which one of several addresses of the host is tried first goes by it. */
  readonly attempt: number
}

/** What a protocol asks of a WebSocket. */
export type WebSocketUse = Pick<WebSocketTarget, 'subprotocols' | 'isPerWrite' | 'largestMessage'>

/** What a protocol asks of any transport, too. */
export type TransportUse = WebSocketUse & Pick<TransportTarget, 'readsAtOnce'>

/** Connects to the endpoint over what its scheme says. Each transport is loaded when it is first used. */
export async function openTransport(
  endpoint: TransportEndpoint,
  { tls: tlsOptions, logger, attempt }: TransportOptions,
  use: TransportUse,
  signal: AbortSignal,
): Promise<Transport> {
  const { name, transport, host, port, path } = endpoint
  const target = { host, port, endpoint: name, attempt, ...use }
  switch (transport) {
    case 'tcp':
      return tcp(({ connectTcp }) => connectTcp(target, signal))
    case 'tls':
      return tls(({ connectTls }) => connectTls(target, tlsOptions, logger, signal))
    default: {
      const url = `${transport}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`
      return webSockets(({ connectWebSocket }) => connectWebSocket({ ...target, url, tls: tlsOptions }, logger, signal))
    }
  }
}
