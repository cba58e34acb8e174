import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameParser } from '../../../src/providers/amqp091/codec/frame-parser.ts'
import { AmqpProtocolError } from '../../../src/providers/amqp091/codec/protocol-error.ts'
import { PayloadReader } from '../../../src/providers/amqp091/codec/reader.ts'
import { FrameWriter, methodFrame } from '../../../src/providers/amqp091/codec/writer.ts'
import { finished, framesOf } from './support.ts'

function frame(payload: Uint8Array, channel = 1): Buffer {
  const writer = new FrameWriter()
  writer.begin(payload.length)
  const start = writer.beginFrame(3, channel)
  writer.raw(payload)
  writer.endFrame(start)
  return finished(writer)
}

/** A table whose value at this depth is a table again. */
function nested(depth: number): Buffer {
  let table = Buffer.alloc(4)
  for (let level = 0; level < depth; level++) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(table.length + 3)
    table = Buffer.concat([length, Buffer.from('\x01aF', 'latin1'), table])
  }
  return table
}

describe('frames of AMQP 0-9-1', () => {
  it('come out the same wherever they are split or joined', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (payloads, cuts) => {
          const bytes = Buffer.concat(payloads.map((payload, index) => frame(payload, index + 1)))
          const seen: [number, string][] = []
          const parser = new FrameParser(4096, (_, channel, bytes, start, end) =>
            seen.push([channel, bytes.toString('hex', start, end)]),
          )
          let offset = 0
          for (let index = 0; offset < bytes.length; index++) {
            const end = offset + (cuts[index % cuts.length] ?? 1)
            parser.push(bytes.subarray(offset, end))
            offset = end
          }
          expect(seen).toEqual(payloads.map((payload, index) => [index + 1, Buffer.from(payload).toString('hex')]))
        },
      ),
    )
  })

  it('are not taken when they are larger than was agreed, before room is made for them', () => {
    const parser = new FrameParser(4096, () => {})
    expect(() => parser.push(Buffer.from([3, 0, 1, 0x7f, 0xff, 0xff, 0xff]))).toThrow(AmqpProtocolError)
  })

  it('are not taken without their end', () => {
    const bytes = frame(Buffer.from('text'))
    bytes[bytes.length - 1] = 0
    expect(() => framesOf(bytes)).toThrow(/no end/)
  })
})

describe('the values of AMQP 0-9-1', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.record({
          short: fc.string({ unit: 'grapheme', maxLength: 20 }),
          long: fc.string({ unit: 'grapheme' }),
          eight: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          safe: fc.maxSafeInteger(),
        }),
        ({ short, long, eight, safe }) => {
          const bytes = methodFrame(1, 1, (writer) => {
            writer.shortstr(short)
            writer.longstr(long)
            writer.uint64(eight)
            writer.uint64(safe)
          })
          const reader = new PayloadReader(framesOf(bytes)[0]?.payload ?? Buffer.alloc(0))
          reader.uint32()
          const read = [reader.shortstr(), reader.longstr(), BigInt(reader.int64()), reader.int64()]
          expect(read).toEqual([short, long, eight, safe])
        },
      ),
    )
  })

  it('are not read beyond the end of their frame, whatever they say', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const read of ['table', 'shortstr', 'longstr', 'int64'] as const) {
          try {
            new PayloadReader(Buffer.from(bytes))[read]()
          } catch (error) {
            expect(error).toBeInstanceOf(AmqpProtocolError)
          }
        }
      }),
    )
  })

  it('may not be nested for ever, nor be without number', () => {
    expect(() => new PayloadReader(nested(10)).table()).not.toThrow()
    expect(() => new PayloadReader(nested(10_000)).table()).toThrow(/nested more than/)
    const field = Buffer.from('\x01aV', 'latin1')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(field.length * 5_000)
    const many = Buffer.concat([length, ...new Array<Buffer>(5_000).fill(field)])
    expect(() => new PayloadReader(many).table()).toThrow(/more than 4096 fields/)
  })
})
