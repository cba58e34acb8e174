/** An MQTT broker that says what a test tells it to. It reads and writes packets with the codec of mqtt.js. */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { generate, type Packet, parser } from 'mqtt-packet'

/** One connection to the broker. */
export class Client {
  /** Resolves when it is gone. */
  readonly gone: Promise<unknown>
  /** Resolves when the client says nothing more. */
  readonly ended: Promise<unknown>
  hasEnded = false
  /** The version that it has come with. */
  version = 5
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    this.gone = once(socket, 'close')
    this.ended = once(socket, 'end').then(() => (this.hasEnded = true))
    this.ended.catch(() => {})
  }

  say(...packets: readonly Packet[]): void {
    this.write(Buffer.concat(packets.map((packet) => generate(packet, { protocolVersion: this.version } as never))))
  }

  /** Any bytes. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  cut(): void {
    this.#socket.destroy()
  }
}

/** Handles a packet; false leaves it to the broker, which takes everything. */
export type Script = (packet: Packet, client: Client) => boolean

export class ScriptedBroker {
  script: Script
  /** Packets that came, of all connections, in order. */
  readonly packets: Packet[] = []
  readonly clients: Client[] = []
  readonly #server: Server
  readonly #heard: (() => void)[] = []

  static async listen(script: Script = () => false): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker(script)
    broker.#server.listen(0, '127.0.0.1')
    await once(broker.#server, 'listening')
    return broker
  }

  private constructor(script: Script) {
    this.script = script
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
  }

  get uri(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get client(): Client {
    const client = this.clients.at(-1)
    if (client === undefined) throw new Error('nobody has connected')
    return client
  }

  of<Name extends Packet['cmd']>(name: Name): Extract<Packet, { cmd: Name }>[] {
    return this.packets.filter((packet) => packet.cmd === name) as Extract<Packet, { cmd: Name }>[]
  }

  /** That many packets of a kind, as soon as they have come. */
  async next<Name extends Packet['cmd']>(name: Name, count = 1): Promise<Extract<Packet, { cmd: Name }>[]> {
    for (;;) {
      const found = this.of(name)
      if (found.length >= count) return found
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
    const packets = parser()
    packets.on('packet', (packet: Packet) => {
      if (packet.cmd === 'connect') client.version = packet.protocolVersion ?? 4
      this.#answer(packet, client)
    })
    packets.on('error', () => client.cut())
    socket.on('error', () => {})
    socket.on('data', (bytes) => packets.parse(bytes))
  }

  #answer(packet: Packet, client: Client): void {
    this.packets.push(packet)
    for (const heard of this.#heard.splice(0)) heard()
    if (this.script(packet, client)) return
    const { messageId = 0 } = packet
    switch (packet.cmd) {
      case 'connect':
        client.say(accepted())
        break
      case 'subscribe':
        client.say({ cmd: 'suback', messageId, granted: [1] })
        break
      case 'unsubscribe':
        client.say({ cmd: 'unsuback', messageId, granted: [0] } as Packet)
        break
      case 'publish':
        if (packet.qos === 1) client.say({ cmd: 'puback', messageId })
        if (packet.qos === 2) client.say({ cmd: 'pubrec', messageId })
        break
      case 'pubrel':
        client.say({ cmd: 'pubcomp', messageId })
        break
      case 'pingreq':
        client.say({ cmd: 'pingresp' })
        break
      case 'disconnect':
        client.cut()
        break
      default:
    }
  }
}

/** A CONNACK that lets in, with what it says of the broker. */
export function accepted(properties: object = {}): Packet {
  return { cmd: 'connack', sessionPresent: false, reasonCode: 0, returnCode: 0, properties } as Packet
}

/** A message of the broker at QoS 1. */
export function message(messageId: number, topic: string, more: object = {}): Packet {
  return {
    cmd: 'publish',
    messageId,
    topic,
    payload: `message ${messageId}`,
    qos: 1,
    dup: false,
    retain: false,
    ...more,
  } as Packet
}
