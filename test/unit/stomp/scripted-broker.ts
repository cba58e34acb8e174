/** A STOMP broker that says what a test tells it to. */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { encodeBinaryFrame } from '../../../src/providers/stomp/binary-frame.ts'
import type { Frame } from '../../../src/providers/stomp/frame.ts'
import { encodeFrame, encodeHead } from '../../../src/providers/stomp/frame-encoder.ts'
import { FrameParser } from '../../../src/providers/stomp/frame-parser.ts'

type Headers = Readonly<Record<string, string>>

const LIMITS = { head: 1_000_000, headers: 1_000, body: 100_000_000 }

/** One connection to the broker. */
export class Client {
  /** Resolves when it is gone. */
  readonly gone: Promise<unknown>
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    this.gone = once(socket, 'close')
  }

  say(command: string, headers: Headers = {}, body = ''): void {
    this.write(bytesOf(command, headers, body))
  }

  /** Any bytes. */
  write(bytes: string | Uint8Array): void {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** What a broker says to a frame that is carried out. */
  receipt(frame: Frame): void {
    const id = frame.headers.get('receipt')
    if (id !== undefined) this.write(encodeFrame('RECEIPT', [['receipt-id', id]], '1.2'))
  }

  /** Ends the connection behind what was said. */
  end(): void {
    this.#socket.end()
  }

  cut(): void {
    this.#socket.destroy()
  }
}

/** A frame as it goes over the wire. */
export function bytesOf(command: string, headers: Headers = {}, body = ''): Uint8Array {
  return encodeBinaryFrame(encodeHead(command, Object.entries(headers), '1.2'), Buffer.from(body))
}

/** Handles a frame; false leaves it to the broker, which gives receipts. */
export type Script = (frame: Frame, client: Client) => boolean

export class ScriptedBroker {
  script: Script
  /** Frames that came, of all connections, in order. */
  readonly frames: Frame[] = []
  readonly clients: Client[] = []
  readonly #product: string
  readonly #server: Server
  readonly #heard: (() => void)[] = []

  /** @param product - what CONNECTED says in `server` */
  static async listen(product: string, script: Script = () => false): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker(product, script)
    broker.#server.listen(0, '127.0.0.1')
    await once(broker.#server, 'listening')
    return broker
  }

  private constructor(product: string, script: Script) {
    this.#product = product
    this.script = script
    this.#server = createServer((socket) => this.#accept(socket))
  }

  get uri(): string {
    return `stomp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get client(): Client {
    const client = this.clients.at(-1)
    if (client === undefined) throw new Error('nobody has connected')
    return client
  }

  /** Commands of the frames that came. */
  get commands(): string[] {
    return this.frames.map(({ command }) => command)
  }

  /** The first frame that is like that, as soon as it has come. */
  async frame(isWanted: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(isWanted)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#heard.push(resolve))
    }
  }

  close(): void {
    for (const client of this.clients) client.cut()
    this.#server.close()
  }

  #accept(socket: Socket): void {
    const client = new Client(socket)
    this.clients.push(client)
    const parser = new FrameParser(LIMITS, (frame) => this.#answer(frame, client))
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      parser.push(bytes)
      parser.version = '1.2'
    })
  }

  #answer(frame: Frame, client: Client): void {
    this.frames.push(frame)
    for (const heard of this.#heard.splice(0)) heard()
    if (this.script(frame, client)) return
    if (frame.command === 'CONNECT') client.say('CONNECTED', { version: '1.2', server: this.#product, session: 's' })
    else client.receipt(frame)
  }
}

/** A subscription that the client has made, by its destination. */
export function subscriptionTo(broker: ScriptedBroker, destination: string): Promise<Frame> {
  return broker.frame(({ command, headers }) => command === 'SUBSCRIBE' && headers.get('destination') === destination)
}
