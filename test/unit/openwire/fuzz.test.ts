import { describe, expect, it } from 'vitest'
import { TemporaryNames } from '../../../src/interop/temporary-names.ts'
import { DEFINITIONS } from '../../../src/providers/openwire/codec/commands.ts'
import { FrameParser } from '../../../src/providers/openwire/codec/frame-parser.ts'
import { type IncomingMessage, readDispatch, readMessage } from '../../../src/providers/openwire/codec/incoming.ts'
import { OpenWireProtocolError } from '../../../src/providers/openwire/codec/protocol-error.ts'
import { WireReader } from '../../../src/providers/openwire/codec/reader.ts'
import { readStructure } from '../../../src/providers/openwire/codec/structures.ts'
import { TYPE } from '../../../src/providers/openwire/codec/types.ts'
import { readMap, readStream } from '../../../src/providers/openwire/codec/values.ts'
import { decodeWireFormat } from '../../../src/providers/openwire/codec/wire-format.ts'
import { IncomingData } from '../../../src/providers/openwire/mapping.ts'
import { bytesOf, VECTORS } from './vectors.ts'

const FRAMES = 5_000
const LARGEST = 64 * 1024
/** Bytes that a body may have once it is inflated. */
const LARGEST_BODY = 256 * 1024

/** A small generator with a seed (mulberry32), so that a failure comes again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

const dispatch = Buffer.concat([
  bytesOf('15000000000001'),
  bytesOf('7a01000a49443a612d312d313a3100000000000000010000000000000001'),
  bytesOf('01640100017' + '1'),
  bytesOf(`01${VECTORS.textMessage.slice(8)}`),
  bytesOf('00000002'),
])
const SEEDS: readonly Buffer[] = [...Object.values(VECTORS).map((hex) => bytesOf(hex).subarray(4)), dispatch]

/** All that a connection does with a frame; what an application does with the message in it ends in no error at all. */
function digest(frame: Buffer): void {
  for (const message of onlyOwnErrors(() => messagesIn(frame)) ?? []) look(message)
}

function messagesIn(frame: Buffer): IncomingMessage[] {
  const type = frame[0] ?? 0
  const reader = new WireReader(frame, 1)
  if (type === TYPE.WIRE_FORMAT_INFO) decodeWireFormat(reader)
  else if (type === TYPE.MESSAGE_DISPATCH) return [readDispatch(reader, 12).message].filter((one) => one !== undefined)
  else if (DEFINITIONS[type] !== undefined) readStructure(reader, type, 12)
  const isMessage = type >= TYPE.MESSAGE && type <= TYPE.BLOB_MESSAGE
  return isMessage ? [readMessage(new WireReader(frame, 1), type, 12)] : []
}

function look(message: IncomingMessage): void {
  const { body, properties, messageId } = new IncomingData(message, {
    largestBody: LARGEST_BODY,
    names: new TemporaryNames(),
  })
  expect(properties).toBeTypeOf('object')
  expect(['string', 'undefined']).toContain(typeof messageId)
  if (body instanceof Uint8Array) expect(body.length).toBeLessThanOrEqual(LARGEST_BODY)
}

function onlyOwnErrors<Result>(action: () => Result): Result | undefined {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof OpenWireProtocolError)) throw error
    return undefined
  }
}

it('frames that are not broken are read', () => {
  for (const seed of SEEDS) digest(seed)
  const [message] = messagesIn(dispatch)
  expect(message && new IncomingData(message, { largestBody: LARGEST_BODY, names: new TemporaryNames() }).body).toBe(
    'hi',
  )
})

describe.each([1, 2, 3])('whatever comes, seed %d', (seed) => {
  it('random frames end in nothing but the error of the codec', () => {
    const random = randomOf(seed)
    for (let index = 0; index < FRAMES; index += 1) {
      const frame = Buffer.from(Array.from({ length: 1 + random(60) }, () => random(256)))
      frame[0] = SEEDS[random(SEEDS.length)]?.[0] ?? 0
      digest(frame)
    }
  })

  it('mutated frames end in nothing but the error of the codec', () => {
    const random = randomOf(seed)
    for (let index = 0; index < FRAMES; index += 1) {
      const frame = Buffer.from(SEEDS[random(SEEDS.length)] as Buffer)
      for (let count = random(6); count >= 0; count -= 1) frame[random(frame.length)] = random(256)
      const cut = random(4) === 0 ? frame.subarray(0, 1 + random(frame.length)) : frame
      digest(cut)
    }
  })

  it('streams of broken frames keep within the limit', () => {
    const random = randomOf(seed)
    for (let round = 0; round < 300; round += 1) {
      const parser = new FrameParser(LARGEST, (bytes, start, end) => {
        expect(end - start).toBeLessThanOrEqual(LARGEST)
        digest(bytes.subarray(start, end))
      })
      const stream = Buffer.concat(Object.values(VECTORS).map(bytesOf))
      for (let count = random(4); count >= 0; count -= 1) stream[random(stream.length)] = random(256)
      onlyOwnErrors(() => {
        for (let at = 0; at < stream.length; ) {
          const size = 1 + random(400)
          parser.push(stream.subarray(at, at + size))
          at += size
        }
      })
    }
  })

  it('random values end in nothing but the error of the codec', () => {
    const random = randomOf(seed)
    for (let index = 0; index < FRAMES; index += 1) {
      const bytes = Buffer.from(Array.from({ length: random(40) }, () => (random(3) === 0 ? random(14) : random(256))))
      onlyOwnErrors(() => readStream(new WireReader(bytes)))
      onlyOwnErrors(() => readMap(new WireReader(bytes), () => {}))
    }
  })
})

describe('hostile frames', () => {
  const nested = (type: number, depth: number): Buffer =>
    Buffer.from([type, ...Array.from({ length: depth }, () => [1, type === 11 ? 0 : 110, 0]).flat()])

  it('do not nest without end', () => {
    const deep = Buffer.concat([Buffer.from([110]), ...Array.from({ length: 50_000 }, () => Buffer.from([0, 1, 110]))])
    expect(() => readStructure(new WireReader(deep, 1), TYPE.MESSAGE_ID, 12)).toThrow(/nested 33 deep/)
    const lists = Buffer.concat(Array.from({ length: 50_000 }, () => bytesOf('0c00000001')))
    expect(() => readStream(new WireReader(lists))).toThrow(OpenWireProtocolError)
    const maps = Buffer.concat([
      bytesOf('00000001'),
      ...Array.from({ length: 50_000 }, () => bytesOf('00000b00000001')),
    ])
    expect(() => readMap(new WireReader(maps), () => {})).toThrow(OpenWireProtocolError)
    digest(nested(28, 10_000))
  })

  it('announce no more than is there', () => {
    for (const hex of ['7fffffff', '0000ffff00']) {
      expect(() => readMap(new WireReader(bytesOf(hex)), () => {})).toThrow(OpenWireProtocolError)
    }
    expect(() => readStream(new WireReader(bytesOf('0a7fffffff')))).toThrow(OpenWireProtocolError)
    expect(() => readStream(new WireReader(bytesOf('0c7fffffff')))).toThrow(OpenWireProtocolError)
    expect(() => readStream(new WireReader(bytesOf('0dffffffff')))).toThrow(OpenWireProtocolError)
  })
})
