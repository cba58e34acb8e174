import type { ConnectionInfo } from '../../provider/resources.ts'
import type { Transport } from '../../transport/transport.ts'
import type { Endpoint } from './endpoint.ts'

/** Subprotocols of STOMP over WebSocket, the preferred one first. */
const SUBPROTOCOLS = ['v12.stomp', 'v11.stomp', 'v10.stomp']

/** Connects to the endpoint over what its scheme says. Each transport is loaded when it is first used. */
export async function openTransport(
  { tls, logger, attempt }: ConnectionInfo,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<Transport> {
  const target = { host: endpoint.host, port: endpoint.port, endpoint: endpoint.name, attempt }
  switch (endpoint.transport) {
    case 'tcp':
      return (await import('../../transport/tcp.ts')).connectTcp(target, signal)
    case 'tls':
      return (await import('../../transport/tls.ts')).connectTls(target, tls, logger, signal)
    default: {
      const { connectWebSocket } = await import('../../transport/websocket.ts')
      const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host
      const url = `${endpoint.transport}://${host}:${endpoint.port}${endpoint.path}`
      return connectWebSocket({ ...target, url, subprotocols: SUBPROTOCOLS, isText: true, tls }, logger, signal)
    }
  }
}
