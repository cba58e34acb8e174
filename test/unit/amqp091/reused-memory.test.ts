import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { queue } from '../../../src/index.ts'
import type { ConnectionInfo } from '../../../src/provider/resources.ts'
import { type Channel, type Content, kept } from '../../../src/providers/amqp091/channel.ts'
import * as methods from '../../../src/providers/amqp091/codec/methods.ts'
import { PayloadReader } from '../../../src/providers/amqp091/codec/reader.ts'
import { FrameWriter, methodFrame } from '../../../src/providers/amqp091/codec/writer.ts'
import { AmqpConnection } from '../../../src/providers/amqp091/connection.ts'
import { parseEndpoint } from '../../../src/providers/amqp091/endpoint.ts'
import { decodeMessage, encodePublish } from '../../../src/providers/amqp091/mapping.ts'
import type { Transport, TransportHandler } from '../../../src/transport/transport.ts'
import { bytesOf, finished, message, NOW } from './support.ts'

/** Bytes of a whole frame, so that bodies come in several. */
const LARGEST_FRAME = 4_096
const orders = queue('orders')

/** A transport that has all that arrives in the same memory, and spoils it as soon as it was handed over. */
class SpoilingTransport implements Transport {
  readonly secure = false
  readonly certificate: undefined
  readonly bufferedBytes = 0
  readonly #memory = Buffer.alloc(64 * 1024)
  #handler: TransportHandler | undefined

  start(handler: TransportHandler): void {
    this.#handler = handler
  }

  arrive(bytes: Uint8Array): void {
    this.#memory.set(bytes)
    this.#handler?.data(this.#memory.subarray(0, bytes.length))
    this.#memory.fill(0xee)
  }

  write(): boolean {
    return true
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
}

async function open(): Promise<{ readonly transport: SpoilingTransport; readonly connection: AmqpConnection }> {
  const transport = new SpoilingTransport()
  const info: ConnectionInfo = {
    ...{ id: 'c', uri: new URL('amqp://localhost'), attempt: 0, credentials: {}, clientId: undefined, tls: {} },
    ...{ heartbeat: 0, requestTimeout: 1_000, closeTimeout: 100, logger: {} },
  }
  const settings = { connection: info, endpoint: parseEndpoint(info) }
  const opening = AmqpConnection.open(transport, settings, new AbortController().signal)
  transport.arrive(
    methodFrame(0, methods.CONNECTION_START, (writer) => {
      writer.uint16(9)
      writer.table({ product: 'Spoiling', version: '1' })
      writer.longstr('PLAIN AMQPLAIN ANONYMOUS')
      writer.longstr('en_US')
    }),
  )
  transport.arrive(
    methodFrame(0, methods.CONNECTION_TUNE, (writer) => {
      writer.uint16(16)
      writer.uint32(LARGEST_FRAME)
      writer.uint16(0)
    }),
  )
  transport.arrive(methodFrame(0, methods.CONNECTION_OPEN_OK, (writer) => writer.uint8(0)))
  return { transport, connection: await opening }
}

/** A delivery on a channel; its header and body are those of a publication. */
function delivery(channel: number, body: Uint8Array): Buffer {
  const method = methodFrame(channel, methods.BASIC_DELIVER, (writer) => {
    writer.shortstr('tag')
    writer.uint64(1)
    writer.uint8(0)
    writer.shortstr('')
    writer.shortstr(orders.name)
  })
  const writer = new FrameWriter()
  const properties = { size: body.length, channel }
  const context = { writer, channel, largestFrame: LARGEST_FRAME, now: NOW, username: undefined }
  const frames = bytesOf(encodePublish(message({ kind: 'bytes', body, destination: orders, properties }), context))
  return Buffer.concat([method, frames.subarray(frames.readUInt32BE(3) + methods.FRAME_OVERHEAD)])
}

function read({ method, properties, body }: Content): { readonly body: unknown; readonly properties: unknown } {
  method.shortstr()
  method.int64()
  method.uint8()
  const decoded = decodeMessage(properties, body, {
    exchange: method.shortstr(),
    routingKey: method.shortstr(),
    consumedFrom: orders,
    now: NOW,
    decodeAmqp10: undefined,
  })
  expect(decoded?.destination).toEqual(orders)
  return { body: decoded?.body, properties: decoded?.properties }
}

describe('memory that the socket reads into again and again', () => {
  it('has no part in messages, wherever they are cut and whichever come at the same time', async () => {
    const { transport, connection } = await open()
    const received: ReturnType<typeof read>[] = []
    const waiting: Content[] = []
    const listener = {
      delivered: (content: Content) => {
        // What is read later has to be kept.
        if (received.length % 2 === 0) received.push(read(content))
        else waiting.push(kept(content))
      },
      closed: () => {},
    }
    const channels: Channel[] = [connection.openChannel(listener), connection.openChannel(listener)]
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 9_000, size: 'max' }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }),
        async (bodies, cuts) => {
          received.length = 0
          waiting.length = 0
          // The channels take turns frame by frame.
          const [first = [], second = []] = channels.map(({ number }) => framesIn(bodies, number))
          const bytes = Buffer.concat(first.flatMap((frame, index) => [frame, second[index] ?? Buffer.alloc(0)]))
          let offset = 0
          for (let index = 0; offset < bytes.length; index += 1) {
            const end = offset + (cuts[index % cuts.length] ?? 1)
            transport.arrive(bytes.subarray(offset, end))
            offset = end
          }
          const all = [...received, ...waiting.map(read)]
          for (const { number } of channels) {
            for (const body of bodies) {
              expect(all).toContainEqual({
                body: new Uint8Array(body),
                properties: { size: body.length, channel: number },
              })
            }
          }
          expect(all).toHaveLength(bodies.length * channels.length)
        },
      ),
      // What is large takes long to shrink.
      { numRuns: 60, endOnFailure: true },
    )
  })

  it('has no part in answers, which are read when those who asked go on', async () => {
    const { transport, connection } = await open()
    const channel = connection.openChannel({ closed: () => {} })
    const answer = channel.call(methods.QUEUE_DECLARE, methods.QUEUE_DECLARE_OK, 'declaring')
    transport.arrive(methodFrame(channel.number, methods.CHANNEL_OPEN_OK, (writer) => writer.uint32(0)))
    transport.arrive(methodFrame(channel.number, methods.QUEUE_DECLARE_OK, (writer) => writer.shortstr('amq.gen-1')))
    expect((await answer).shortstr()).toBe('amq.gen-1')
  })

  it('has no part in the bytes of a table', () => {
    const writer = new FrameWriter()
    writer.begin()
    writer.raw(Buffer.from('\x00\x00\x00\x09\x01ax\x00\x00\x00\x02hi', 'latin1'))
    const bytes = finished(writer)
    const table = new PayloadReader(bytes).table()
    bytes.fill(0xee)
    expect(table).toEqual({ a: Buffer.from('hi') })
  })
})

/** The frames of deliveries, each for itself. */
function framesIn(bodies: readonly Uint8Array[], channel: number): Buffer[] {
  const bytes = Buffer.concat(bodies.map((body) => delivery(channel, body)))
  const frames: Buffer[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const end = offset + bytes.readUInt32BE(offset + 3) + methods.FRAME_OVERHEAD
    frames.push(bytes.subarray(offset, end))
    offset = end
  }
  return frames
}
