/** Between a client and a broker: passes on what comes, and keeps each frame of it. */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export interface Frame {
  readonly from: 'client' | 'broker'
  /** With the four bytes of its length. */
  readonly bytes: Buffer
}

const LENGTH = 4

export class RecordingProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #open = new Set<Socket>()
  #frames: Frame[] = []

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  static async to(host: string, port: number): Promise<RecordingProxy> {
    const server = createServer((client) => proxy.#pass(client, connect(port, host)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = new RecordingProxy(server)
    return proxy
  }

  /** What came since the last call, of connections that have all ended. */
  async take(): Promise<readonly Frame[]> {
    await Promise.all([...this.#open].map((socket) => once(socket, 'close')))
    const frames = this.#frames
    this.#frames = []
    return frames
  }

  /** Ends the connections that there are. */
  cut(): void {
    for (const socket of this.#open) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.cut()
  }

  #pass(client: Socket, broker: Socket): void {
    this.#keep('client', client, broker)
    this.#keep('broker', broker, client)
  }

  #keep(from: Frame['from'], source: Socket, target: Socket): void {
    let rest: Buffer = Buffer.alloc(0)
    this.#open.add(source)
    source.on('data', (data: Buffer) => {
      target.write(data)
      rest = Buffer.concat([rest, data])
      while (rest.length >= LENGTH && rest.length >= LENGTH + rest.readUInt32BE()) {
        const end = LENGTH + rest.readUInt32BE()
        this.#frames.push({ from, bytes: rest.subarray(0, end) })
        rest = rest.subarray(end)
      }
    })
    // After an error comes a close.
    source.on('error', () => {})
    source.on('close', () => {
      this.#open.delete(source)
      target.destroySoon()
    })
  }
}
