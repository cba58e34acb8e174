import { ConnectionError } from '../errors.ts'
import type { ConnectingSocket, SocketFailure, WebSocketLike, WebSocketTarget } from './websocket.ts'

/**
 * The browser's own WebSocket, which verifies certificates by itself.
 *
 * @throws ConnectionError when the browser refuses to open one, by the page's content security policy for example
 */
export async function createSocket(target: WebSocketTarget): Promise<ConnectingSocket> {
  try {
    const socket = new WebSocket(target.url, [...target.subprotocols]) as unknown as WebSocketLike
    return { socket, certificate: () => undefined }
  } catch (cause) {
    throw new ConnectionError(
      `cannot connect to ${target.endpoint}: the browser does not open this WebSocket (${(cause as Error).message}); check the address, and the page's content security policy (connect-src)`,
      { cause },
    )
  }
}

/** A browser keeps the reason from scripts, so all that it can be is said. */
export function describeFailure(_failure: SocketFailure, target: WebSocketTarget): Error {
  const certificate = target.url.startsWith('wss:') ? ', the browser trusts its certificate' : ''
  return new ConnectionError(
    `cannot connect to ${target.endpoint}: the browser does not tell why (its console does); check that the broker runs, listens for WebSockets at this port and path${certificate}, takes the subprotocol ${target.subprotocols.join(' or ')} and allows pages of this origin`,
  )
}
