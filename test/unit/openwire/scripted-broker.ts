/** A broker of OpenWire that says what a test tells it to, by the codec. */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { DEFINITIONS } from '../../../src/providers/openwire/codec/commands.ts'
import { FrameParser } from '../../../src/providers/openwire/codec/frame-parser.ts'
import { WireReader } from '../../../src/providers/openwire/codec/reader.ts'
import { readStructure, writeStructure } from '../../../src/providers/openwire/codec/structures.ts'
import { type FieldValue, type Structure, TYPE } from '../../../src/providers/openwire/codec/types.ts'
import { decodeWireFormat, encodeWireFormat } from '../../../src/providers/openwire/codec/wire-format.ts'
import { WireWriter } from '../../../src/providers/openwire/codec/writer.ts'

/** Handles a command; true where the broker need not answer it. */
export type Script = (command: Structure, client: Client) => boolean

/** What the broker says of itself. */
export interface Greeting {
  readonly version: number
  readonly properties: Readonly<Record<string, unknown>>
}

const GREETING: Greeting = {
  version: 12,
  properties: {
    MaxFrameSize: 10_485_760n,
    MaxInactivityDuration: 30_000n,
    ProviderName: 'ActiveMQ',
    ProviderVersion: '5.18.3',
  },
}

/** One connection to the broker. */
export class Client {
  /** Resolves when it is gone. */
  readonly gone: Promise<unknown>
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    this.gone = once(socket, 'close')
  }

  say(type: number, fields: Readonly<Record<string, FieldValue>>): void {
    const writer = new WireWriter()
    writer.begin(type)
    writeStructure(writer, { commandId: 0, responseRequired: false, ...fields, type }, 12)
    this.write(writer.finish())
  }

  /** Any bytes. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  cut(): void {
    this.#socket.destroy()
  }
}

export class ScriptedBroker {
  script: Script
  greeting: Greeting | undefined = GREETING
  /** Commands that came, of all connections, in order. */
  readonly commands: Structure[] = []
  /** What the clients said of themselves. */
  readonly greetings: Greeting[] = []
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
    this.#server = createServer((socket) => this.#accept(socket))
  }

  get uri(): string {
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get client(): Client {
    const client = this.clients.at(-1)
    if (client === undefined) throw new Error('nobody has connected')
    return client
  }

  of(type: number): Structure[] {
    return this.commands.filter((command) => command.type === type)
  }

  /** That many commands of a type, as soon as they have come. */
  async next(type: number, count = 1): Promise<Structure[]> {
    for (;;) {
      const found = this.of(type)
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
    socket.on('error', () => {})
    if (this.greeting !== undefined) client.write(encodeWireFormat(this.greeting.properties, this.greeting.version))
    const parser = new FrameParser(1_000_000, (bytes, start, end) => {
      const type = bytes[start] ?? 0
      const reader = new WireReader(bytes, start + 1, end)
      if (type === TYPE.WIRE_FORMAT_INFO) this.greetings.push(decodeWireFormat(reader))
      else if (DEFINITIONS[type] !== undefined) this.#received(readStructure(reader, type, 12), client)
    })
    socket.on('data', (bytes) => parser.push(bytes as Buffer))
  }

  #received(command: Structure, client: Client): void {
    this.commands.push(command)
    if (!this.script(command, client) && command.responseRequired === true) {
      client.say(TYPE.RESPONSE, { correlationId: command.commandId })
    }
    for (const resolve of this.#heard.splice(0)) resolve()
  }
}

/** The answer that refuses a command. */
export function refuse(client: Client, command: Structure, className: string, message: string): true {
  client.say(TYPE.EXCEPTION_RESPONSE, { correlationId: command.commandId, exception: { className, message } })
  return true
}
