import { connect, type Socket } from 'node:net'
import { AbortedError } from '../errors.ts'
import type { PeerCertificate } from '../options/tls-options.ts'
import { addressOptions } from './addresses.ts'
import { describeConnectFailure } from './connect-errors.ts'
import { ReadBuffer } from './read-buffer.ts'
import { SocketTransport } from './socket-transport.ts'
import type { Transport, TransportTarget } from './transport.ts'

/**
 * Connects over plain TCP.
 *
 * @throws ConnectionError that says why the endpoint cannot be reached and what to look at
 * @throws AbortedError when `signal` aborts first
 */
export async function connectTcp(target: TransportTarget, signal: AbortSignal): Promise<Transport> {
  const reused = target.readsAtOnce === true ? new ReadBuffer() : undefined
  const socket = connect({
    host: target.host,
    port: target.port,
    noDelay: true,
    keepAlive: true,
    ...(reused === undefined ? {} : { onread: reused.onread }),
    ...addressOptions(target.attempt),
  })
  await connected(socket, 'connect', target, signal)
  return new SocketTransport(socket, false, { reused })
}

/**
 * Waits for `event`; on failure or abort the socket is destroyed. Shared with TLS.
 *
 * @param certificate - what the peer has shown so far
 */
export function connected(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  target: TransportTarget,
  signal: AbortSignal,
  certificate: () => PeerCertificate | undefined = () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', abort)
      socket.off(event, succeed)
      socket.off('error', fail)
      socket.off('close', close)
      finish()
    }
    const abandon = (error: Error): void => {
      settle(() => {
        // What the socket still reports after this is of no interest, but unheard it would end the process.
        socket.on('error', () => {})
        socket.destroy()
        reject(error)
      })
    }
    const succeed = (): void => settle(resolve)
    const fail = (error: Error): void => abandon(describeConnectFailure(error, target.endpoint, certificate()))
    const close = (): void => fail(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }))
    const abort = (): void => {
      abandon(new AbortedError(`connecting to ${target.endpoint} was aborted`, { cause: signal.reason }))
    }
    if (signal.aborted) {
      abort()
      return
    }
    signal.addEventListener('abort', abort)
    socket.on(event, succeed)
    socket.on('error', fail)
    socket.on('close', close)
  })
}
