import { isIP } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { Logger } from '../options/logger.ts'
import type { PeerCertificate, TlsOptions } from '../options/tls-options.ts'
import { addressOptions } from './addresses.ts'
import { describeConnectFailure } from './connect-errors.ts'
import { certificateOf, warnBeforeExpiry } from './peer-certificate.ts'
import { SocketTransport } from './socket-transport.ts'
import { connected } from './tcp.ts'
import type { Transport, TransportTarget } from './transport.ts'

/**
 * Connects over TLS: 1.2 at least, certificate and host name verified, SNI sent, unless the options say otherwise.
 *
 * @throws TlsError that names what is wrong with the certificate or the handshake, and the option that mends it
 * @throws ConnectionError when the endpoint cannot be reached
 * @throws AbortedError when `signal` aborts first
 */
export async function connectTls(
  target: TransportTarget,
  options: TlsOptions,
  logger: Logger,
  signal: AbortSignal,
): Promise<Transport> {
  if (options.rejectUnauthorized === false) {
    logger.warn?.('the certificate of the broker is not verified: tls.rejectUnauthorized is false', {
      endpoint: target.endpoint,
    })
  }
  const socket = openSocket(target, options)
  socket.setNoDelay(true)
  socket.setKeepAlive(true)
  await connected(socket, 'secureConnect', target, signal, shown(socket))
  const certificate = certificateOf(socket)
  warnBeforeExpiry(certificate, target.endpoint, logger)
  return new SocketTransport(socket, true, { certificate })
}

/** Remembers the certificate for an error that may follow: a socket whose certificate is refused has forgotten it by then. */
export function shown(socket: TLSSocket): () => PeerCertificate | undefined {
  let certificate: PeerCertificate | undefined
  socket.prependOnceListener('secure', () => {
    certificate = certificateOf(socket)
  })
  return () => certificate
}

function openSocket(target: TransportTarget, options: TlsOptions): TLSSocket {
  try {
    return connect({
      host: target.host,
      port: target.port,
      ...secureOptions(target.host, options),
      ...addressOptions(target.attempt),
    })
  } catch (error) {
    // An unreadable key, certificate or passphrase throws at once.
    throw describeConnectFailure(error as Error, target.endpoint)
  }
}

/** The options of `tls.connect`, also for a secure WebSocket. */
export function secureOptions(host: string, options: TlsOptions): ConnectionOptions {
  const servername = options.servername ?? (isIP(host) === 0 ? host : undefined)
  return {
    minVersion: options.minVersion ?? 'TLSv1.2',
    rejectUnauthorized: options.rejectUnauthorized ?? true,
    ...(servername === undefined ? {} : { servername }),
    ...(options.ca === undefined ? {} : { ca: authorities(options.ca) }),
    ...(options.cert === undefined ? {} : { cert: pem(options.cert) }),
    ...(options.key === undefined ? {} : { key: pem(options.key) }),
    ...(options.pfx === undefined ? {} : { pfx: Buffer.from(options.pfx) }),
    ...(options.passphrase === undefined ? {} : { passphrase: options.passphrase }),
    ...(options.ciphers === undefined ? {} : { ciphers: options.ciphers }),
    ...(options.ALPNProtocols === undefined ? {} : { ALPNProtocols: [...options.ALPNProtocols] }),
  }
}

function authorities(ca: NonNullable<TlsOptions['ca']>): (string | Buffer)[] {
  return typeof ca === 'string' || ca instanceof Uint8Array ? [pem(ca)] : ca.map(pem)
}

function pem(text: string | Uint8Array): string | Buffer {
  return typeof text === 'string' ? text : Buffer.from(text)
}
