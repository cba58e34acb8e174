import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { createServer, type Server, type TlsOptions } from 'node:tls'
import { certificates } from '../brokers/index.ts'

/** Ends TLS in front of a port, as a load balancer does, and notes what clients ask for. */
export class TlsFront {
  /** Host names that clients sent (SNI). */
  readonly servernames: (string | false)[] = []
  /** Application protocols that were agreed on (ALPN). */
  readonly protocols: (string | false | null)[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async before(port: number, options: TlsOptions = {}): Promise<TlsFront> {
    const server = createServer({
      cert: readFileSync(certificates.server.certificate),
      key: readFileSync(certificates.server.key),
      ...options,
    })
    const front = new TlsFront(server)
    server.on('secureConnection', (client) => {
      front.servernames.push((client as { servername?: string | false }).servername ?? false)
      front.protocols.push(client.alpnProtocol)
      const inner = connect({ port, host: '127.0.0.1' })
      client.pipe(inner).pipe(client)
      client.on('error', () => inner.destroy())
      inner.on('error', () => client.destroy())
    })
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return front
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
  }
}
