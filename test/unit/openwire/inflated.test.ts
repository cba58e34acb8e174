import { constants, deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { inflated } from '../../../src/providers/openwire/body-content.ts'
import { OpenWireProtocolError } from '../../../src/providers/openwire/codec/protocol-error.ts'
import { TYPE } from '../../../src/providers/openwire/codec/types.ts'

const LIMIT = 10_000
const text = Buffer.from('hello '.repeat(100))

describe('compressed content', () => {
  it('is read without the end of its stream, which Artemis does not write', () => {
    const unfinished = deflateSync(text, { finishFlush: constants.Z_SYNC_FLUSH })
    expect(inflated(TYPE.TEXT_MESSAGE, unfinished, LIMIT)).toEqual(text)
    expect(inflated(TYPE.BYTES_MESSAGE, announced(text.length, unfinished), LIMIT)).toEqual(text)
  })

  it('of bytes ends where they do, and not with the buffer that Java had them in', () => {
    for (const length of [0, 1, 50, 1_000, 5_000, LIMIT]) {
      const body = Buffer.alloc(length, 7)
      const buffer = Buffer.concat([body, Buffer.alloc(length + 1_028)])
      expect(inflated(TYPE.BYTES_MESSAGE, announced(length, deflateSync(buffer)), LIMIT)).toEqual(body)
    }
  })

  it('is not inflated beyond the limit, nor far beyond what is announced', () => {
    const bomb = deflateSync(Buffer.alloc(1_000_000))
    expect(() => inflated(TYPE.TEXT_MESSAGE, bomb, LIMIT)).toThrow(RangeError)
    expect(() => inflated(TYPE.BYTES_MESSAGE, announced(100, bomb), LIMIT)).toThrow(RangeError)
    expect(() => inflated(TYPE.BYTES_MESSAGE, announced(1_000_000, bomb), LIMIT)).toThrow(OpenWireProtocolError)
    expect(() => inflated(TYPE.BYTES_MESSAGE, announced(2 ** 32 - 1, bomb), LIMIT)).toThrow(OpenWireProtocolError)
  })

  it('is broken when less is there than is announced', () => {
    const short = announced(text.length + 1, deflateSync(text))
    expect(() => inflated(TYPE.BYTES_MESSAGE, short, LIMIT)).toThrow(OpenWireProtocolError)
  })
})

function announced(length: number, packed: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(length)
  return Buffer.concat([head, packed])
}
