/** AMQP 1.0 peers that say what they are told to, without listening. */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** What becomes of a connection: it is opened, refused at the login, closed with a reason or without, or left without a word. */
export type Behaviour =
  | 'opens'
  | 'refuses the login'
  | 'closes'
  | 'says nothing'
  | 'is forced to close'
  | 'is out of resources'
  | 'answers with a TLS alert'

const bytes = (text: string): number[] => [...Buffer.from(text)]
const symbol = (text: string): number[] => [0xa3, text.length, ...bytes(text)]
const list = (...items: readonly number[][]): number[] => {
  const content = items.flat()
  return [0xc0, content.length + 1, items.length, ...content]
}

function frame(type: number, descriptor: number, fields: readonly number[]): Uint8Array {
  const body = [0, 0x53, descriptor, ...fields]
  const size = body.length + 8
  return Uint8Array.from([size >> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255, 2, type, 0, 0, ...body])
}

const SASL = [Buffer.from('AMQP\x03\x01\x00\x00'), frame(1, 0x40, list(symbol('ANONYMOUS')))]
const accepted = frame(1, 0x44, list([0x50, 0]))
const refused = frame(1, 0x44, list([0x50, 1]))
const open = [Buffer.from('AMQP\x00\x01\x00\x00'), frame(0, 0x10, list([0xa1, 4, ...bytes('peer')]))]
const closing = (condition: string): Uint8Array => frame(0, 0x18, list([0, 0x53, 0x1d, ...list(symbol(condition))]))
const forced = closing('amqp:connection:forced')
/** Fatal, protocol_version (RFC 8446 §6): what a TLS port says to plaintext. */
const alert = Uint8Array.of(0x15, 3, 1, 0, 2, 2, 70)

const SPEECHES: Readonly<Record<Exclude<Behaviour, 'closes'>, readonly Uint8Array[]>> = {
  opens: [...SASL, accepted, ...open],
  'refuses the login': [...SASL, refused],
  'says nothing': [],
  'is forced to close': [...SASL, accepted, ...open, forced],
  'is out of resources': [...SASL, accepted, ...open, closing('amqp:resource-limit-exceeded')],
  'answers with a TLS alert': [alert],
}

export class ScriptedPeer {
  /** What the next connections meet. */
  behaviour: Behaviour
  /** How many connections have come. */
  connections = 0
  /** Stays the same when it does not listen any more. */
  port = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  /** @param port - any that is free by default */
  static async listen(behaviour: Behaviour, address = '127.0.0.1', port = 0): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer(behaviour)
    peer.#server.listen(port, address)
    await once(peer.#server, 'listening')
    peer.port = (peer.#server.address() as AddressInfo).port
    return peer
  }

  private constructor(behaviour: Behaviour) {
    this.behaviour = behaviour
    this.#server = createServer((socket) => this.#accept(socket))
  }

  get uri(): string {
    return `amqp://127.0.0.1:${this.port}`
  }

  /** Connections that have not ended. */
  get open(): number {
    return this.#sockets.size
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Ends all connections with `amqp:connection:forced`. */
  force(): void {
    for (const socket of this.#sockets) socket.end(forced)
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #accept(socket: Socket): void {
    this.connections += 1
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
    socket.resume()
    if (this.behaviour === 'closes') socket.end()
    else socket.write(Buffer.concat(SPEECHES[this.behaviour]))
    if (this.behaviour === 'answers with a TLS alert') socket.end()
  }
}
