import { Buffer } from 'node:buffer'
import { createServer, type Server, type Socket } from 'node:net'
import { queue } from '../../../src/index.ts'
import type { MessageData } from '../../../src/message/message-data.ts'
import { FrameParser } from '../../../src/providers/amqp091/codec/frame-parser.ts'
import * as methods from '../../../src/providers/amqp091/codec/methods.ts'
import { PayloadReader } from '../../../src/providers/amqp091/codec/reader.ts'
import { type FrameWriter, methodFrame } from '../../../src/providers/amqp091/codec/writer.ts'
import type { Publish } from '../../../src/providers/amqp091/mapping.ts'

export const NOW = 1_800_000_000_123

export function message(fields: Partial<MessageData>): MessageData {
  return {
    kind: 'text',
    body: 'text',
    messageId: 'ID:1',
    correlationId: undefined,
    destination: queue('orders'),
    replyTo: undefined,
    type: undefined,
    timestamp: NOW,
    expiration: undefined,
    deliveryTime: undefined,
    deliveryMode: 'persistent',
    priority: 4,
    userId: undefined,
    groupId: undefined,
    groupSequence: undefined,
    properties: {},
    propertyTypes: undefined,
    ...fields,
  }
}

/** What was written since the writer began. */
export function finished(writer: FrameWriter): Buffer {
  return writer.bytes.subarray(writer.finish(), writer.offset)
}

export function bytesOf({ slab, start, end }: Publish): Buffer {
  return slab.bytes.subarray(start, end)
}

export interface Frame {
  readonly type: number
  readonly channel: number
  readonly payload: Buffer
}

export function framesOf(bytes: Buffer, largestFrame = 0x100000): Frame[] {
  const frames: Frame[] = []
  new FrameParser(largestFrame, (type, channel, payload, start, end) =>
    frames.push({ type, channel, payload: payload.subarray(start, end) }),
  ).push(bytes)
  return frames
}

/** What a peer does with a method: gives an answer, or none. */
export type Answer = (arguments_: PayloadReader, peer: ScriptedPeer, channel: number) => Buffer | undefined

/** A server that does the handshake of AMQP 0-9-1, and then what the test says. */
export class ScriptedPeer {
  readonly port: number
  /** Methods that came, each with what it is answered. */
  readonly answers = new Map<number, Answer>()
  /** Connections that were made. */
  connections = 0
  socket: Socket | undefined
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as { readonly port: number }).port
  }

  static async listen(heartbeat = 0): Promise<ScriptedPeer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const peer = new ScriptedPeer(server)
    server.on('connection', (socket) => peer.#accept(socket))
    const { answers } = peer
    answers.set(methods.CONNECTION_START_OK, () =>
      methodFrame(0, methods.CONNECTION_TUNE, (writer) => {
        writer.uint16(16)
        writer.uint32(131_072)
        writer.uint16(heartbeat)
      }),
    )
    answers.set(methods.CONNECTION_OPEN, () => methodFrame(0, methods.CONNECTION_OPEN_OK, (writer) => writer.uint8(0)))
    answers.set(methods.CONNECTION_CLOSE, () => methodFrame(0, methods.CONNECTION_CLOSE_OK))
    answers.set(methods.CHANNEL_OPEN, () => methodFrame(1, methods.CHANNEL_OPEN_OK, (writer) => writer.uint32(0)))
    answers.set(methods.CONFIRM_SELECT, () => methodFrame(1, methods.CONFIRM_SELECT_OK))
    return peer
  }

  get uri(): string {
    return `amqp://guest:secret@127.0.0.1:${this.port}`
  }

  send(channel: number, method: number, write?: (writer: FrameWriter) => void): void {
    this.socket?.write(methodFrame(channel, method, write))
  }

  close(): void {
    this.socket?.destroy()
    this.#server.close()
  }

  #accept(socket: Socket): void {
    this.connections += 1
    this.socket = socket
    socket.on('error', () => {})
    const parser = new FrameParser(0x100000, (_type, channel, bytes, start, end) => {
      if (end - start < 4) return
      const reader = new PayloadReader(bytes, start, end)
      const answer = this.answers.get(reader.uint32())?.(reader, this, channel)
      if (answer !== undefined) socket.write(answer)
    })
    let hasHeader = false
    socket.on('data', (bytes) => {
      if (hasHeader) return parser.push(bytes as Buffer)
      hasHeader = true
      if ((bytes as Buffer)[4] !== 0) {
        // AMQP 1.0: it tells which version it has instead, and closes (AMQP 0-9-1 §4.2.2).
        socket.end(Buffer.from('AMQP\0\0\x09\x01', 'latin1'))
        return undefined
      }
      socket.write(
        methodFrame(0, methods.CONNECTION_START, (writer) => {
          writer.uint8(0)
          writer.uint8(9)
          writer.table({ product: 'Scripted', version: '3.10.8', capabilities: { publisher_confirms: true } })
          writer.longstr('PLAIN AMQPLAIN')
          writer.longstr('en_US')
        }),
      )
      return parser.push((bytes as Buffer).subarray(8))
    })
  }
}
