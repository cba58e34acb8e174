import type { PeerCertificate } from '../../options/tls-options.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import { isWebSocket } from '../../transport/endpoint.ts'
import { openTransport } from '../../transport/open-transport.ts'
import { StompConnection } from './connection.ts'
import { type Endpoint, WEB_SOCKET } from './endpoint.ts'

/** An open connection, and the certificate of the peer where there is one. */
export interface OpenedConnection {
  readonly connection: StompConnection
  readonly certificate: PeerCertificate | undefined
}

/**
 * Opens a connection. RabbitMQ's Web-STOMP kills one that has promised heart-beats and sends faster than the broker
 * works: it ends a pause of its monitor that it has not begun (rabbit_web_stomp_handler, 4.0 to 4.2). So RabbitMQ is
 * promised none over a WebSocket, and gets them all the same. Who answers shows only afterwards: when the path misled,
 * a second connection takes the place of the first.
 */
export async function openConnection(
  info: ConnectionInfo,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<OpenedConnection> {
  const open = async (promisesHeartBeats: boolean): Promise<OpenedConnection> => {
    const transport = await openTransport(endpoint, info, WEB_SOCKET, signal)
    const { certificate } = transport
    const settings = { connection: info, endpoint, promisesHeartBeats }
    return { connection: await StompConnection.open(transport, settings, signal), certificate }
  }
  if (!isWebSocket(endpoint) || info.heartbeat === 0) return open(true)
  // RabbitMQ has /ws unless its configuration says otherwise.
  const isExpected = /\/ws\/?$/.test(endpoint.path)
  const opened = await open(!isExpected)
  const isRabbitmq = opened.connection.remote.get('server')?.startsWith('RabbitMQ') === true
  if (isRabbitmq === isExpected) return opened
  await opened.connection.close(info.closeTimeout)
  return open(!isRabbitmq)
}
