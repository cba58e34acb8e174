import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net'

/**
 * A port that is closed until it is opened, as that of a standby is on a machine of its own. In front of a container
 * there is one that accepts all the time, and closes again.
 */
export class Gate {
  readonly #server: Server
  readonly port: number

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  /** Closed, on a port of 127.0.0.1. */
  static async to(host: string, port: number): Promise<Gate> {
    const server = createServer({ noDelay: true }, (client) => join(client, dial({ host, port, noDelay: true })))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const gate = new Gate(server)
    gate.close()
    return gate
  }

  async open(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** What has passed it stays. */
  close(): void {
    this.#server.close()
  }
}

function join(one: Socket, other: Socket): void {
  one.pipe(other)
  other.pipe(one)
  for (const socket of [one, other]) {
    // An error is followed by the event close.
    socket.on('error', () => {})
    socket.on('close', () => {
      one.destroy()
      other.destroy()
    })
  }
}
