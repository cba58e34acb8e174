import type { TLSSocket } from 'node:tls'
import { ConnectionError } from '../errors.ts'
import type { Logger } from '../options/logger.ts'
import type { PeerCertificate } from '../options/tls-options.ts'
import { describeConnectFailure } from './connect-errors.ts'
import type { ConnectingSocket, SocketFailure, WebSocketLike, WebSocketTarget } from './websocket.ts'

/** A WebSocket of `ws` that connects, its certificate verified by the options of the target. */
export async function createSocket(target: WebSocketTarget, logger: Logger): Promise<ConnectingSocket> {
  const secure = target.url.startsWith('wss:')
  if (secure && target.tls.rejectUnauthorized === false) {
    logger.warn?.('the certificate of the broker is not verified: tls.rejectUnauthorized is false', {
      endpoint: target.endpoint,
    })
  }
  const { WebSocket } = await import('ws')
  const tls = secure ? await import('./tls.ts') : undefined
  let certificate = (): PeerCertificate | undefined => undefined
  const socket = new WebSocket(target.url, [...target.subprotocols], {
    ...tls?.secureOptions(target.host, target.tls),
    ...(await import('./addresses.ts')).addressOptions(target.attempt),
    perMessageDeflate: false,
    finishRequest: (request) => {
      request.once('socket', (connecting) => {
        if (tls !== undefined) certificate = tls.shown(connecting as TLSSocket)
      })
      request.end()
    },
  }) as unknown as WebSocketLike
  return { socket, certificate: () => certificate() }
}

/** Says why no WebSocket could be opened, and what to do about it. */
export function describeFailure(
  failure: SocketFailure,
  target: WebSocketTarget,
  certificate: PeerCertificate | undefined,
): Error {
  const error = failure.error instanceof Error ? failure.error : new Error(String(failure.message ?? 'no reason given'))
  const status = /Unexpected server response: (\d+)/.exec(error.message)?.[1]
  if (status === undefined && !/subprotocol/i.test(error.message)) {
    return describeConnectFailure(error, target.endpoint, certificate)
  }
  const subprotocols = target.subprotocols.join(', ')
  const reason =
    status === undefined
      ? `the server takes none of the subprotocols ${subprotocols}; check that it speaks this protocol over WebSocket`
      : `the server answered the WebSocket handshake with HTTP status ${status}; check the port and path of the address`
  return new ConnectionError(`cannot connect to ${target.endpoint}: ${reason}`, { cause: error })
}
