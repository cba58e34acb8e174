import type { PeerCertificate } from '../../options/tls-options.ts'
import { openTransport, type WebSocketUse } from '../../transport/open-transport.ts'
import { type ConnectionSettings, OpenWireConnection } from './connection.ts'

/** An open connection, and the certificate of the peer where there is one. */
export interface OpenedConnection {
  readonly connection: OpenWireConnection
  readonly certificate: PeerCertificate | undefined
}

/** No broker has OpenWire over a WebSocket, and no scheme leads to one. */
const NO_WEB_SOCKET: WebSocketUse = { subprotocols: [], isPerWrite: false }

/** Opens a connection: transport, handshake, authentication. */
export async function openConnection(settings: ConnectionSettings, signal: AbortSignal): Promise<OpenedConnection> {
  const { endpoint, info } = settings
  const transport = await openTransport(endpoint, info, NO_WEB_SOCKET, signal)
  const { certificate } = transport
  return { connection: await OpenWireConnection.open(transport, settings, signal), certificate }
}
