import { describe, expect, it } from 'vitest'
import { MessageFormatError } from '../../../src/index.ts'
import { encodeBinaryFrame } from '../../../src/providers/stomp/binary-frame.ts'
import { type Frame, StompProtocolError, type StompVersion } from '../../../src/providers/stomp/frame.ts'
import { encodeFrame, encodeHead, type FrameHeaders } from '../../../src/providers/stomp/frame-encoder.ts'
import { FrameParser } from '../../../src/providers/stomp/frame-parser.ts'
import { escapeHeader, unescapeHeader } from '../../../src/providers/stomp/header-escapes.ts'

const LIMITS = { head: 4_096, headers: 20, body: 100_000 }
const encoder = new TextEncoder()

/** Plain values, to compare. */
interface PlainFrame {
  readonly command: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function plain({ command, headers, body }: Frame): PlainFrame {
  return { command, headers: Object.fromEntries(headers), body: new TextDecoder().decode(body) }
}

/** The frames in these bytes, which come in pieces of such a size. */
function parse(bytes: Uint8Array, size: number = bytes.length, version: StompVersion = '1.2'): PlainFrame[] {
  const frames: PlainFrame[] = []
  const parser = new FrameParser(LIMITS, (frame) => frames.push(plain(frame)))
  parser.version = version
  for (let start = 0; start < bytes.length; start += size) parser.push(bytes.slice(start, start + size))
  return frames
}

function text(wire: string): Uint8Array {
  return encoder.encode(wire)
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]))
}

describe('frames that come in', () => {
  const headers: FrameHeaders = [
    ['destination', '/queue/ü'],
    ['odd:name', 'C:\\new\r\nline'],
    ['empty', ''],
  ]
  const wire = joined(
    text('\n\r\n'),
    text(`${encodeHead('MESSAGE', headers, '1.2')}ä😀\0`),
    text('\n\n'),
    encodeBinaryFrame(encodeHead('MESSAGE', [['content-length', '5']], '1.2'), Uint8Array.of(97, 0, 98, 0, 10)),
    text(encodeFrame('RECEIPT', [['receipt-id', '7']], '1.2')),
    text('\n'),
  )
  const expected: PlainFrame[] = [
    { command: 'MESSAGE', headers: Object.fromEntries(headers), body: 'ä😀' },
    { command: 'MESSAGE', headers: { 'content-length': '5' }, body: 'a\0b\0\n' },
    { command: 'RECEIPT', headers: { 'receipt-id': '7' }, body: '' },
  ]

  it.each(Array.from({ length: wire.length }, (_, index) => index + 1))('are right in pieces of %i bytes', (size) => {
    expect(parse(wire, size)).toEqual(expected)
  })

  it('may end their lines with carriage return and line feed', () => {
    const lines = text('MESSAGE\r\na:1\r\nb:2\r\n\r\nbody\0')
    for (let size = 1; size <= lines.length; size += 1) {
      expect(parse(lines, size)).toEqual([{ command: 'MESSAGE', headers: { a: '1', b: '2' }, body: 'body' }])
    }
  })

  it('end with the WebSocket message where each is one, whatever their length is said to be', () => {
    const frames: PlainFrame[] = []
    const parser = new FrameParser(LIMITS, (frame) => frames.push(plain(frame)))
    parser.isWhole = true
    // Two bytes and a frame, which the broker has made text of: each 0xff has become three bytes.
    const forged = 'MESSAGE\nsubscription:1\n\nforged\0'
    const messages = [`MESSAGE\ncontent-length:2\n\n\ufffd\0${forged}`, '\n', 'RECEIPT\nreceipt-id:7\n\n\0\n']
    for (const message of messages) parser.push(text(message))
    expect(frames).toEqual([
      { command: 'MESSAGE', headers: { 'content-length': '2' }, body: `\ufffd\0${forged.slice(0, -1)}` },
      { command: 'RECEIPT', headers: { 'receipt-id': '7' }, body: '' },
    ])
  })

  it('have the first one of repeated headers', () => {
    expect(parse(text('MESSAGE\na:1\na:2\n\n\0'))[0]?.headers).toEqual({ a: '1' })
  })

  it('are not unescaped in STOMP 1.0, nor in CONNECTED', () => {
    expect(parse(text('MESSAGE\na:C:\\new\n\n\0'), undefined, '1.0')[0]?.headers).toEqual({ a: 'C:\\new' })
    expect(parse(text('CONNECTED\na:C:\\new\n\n\0'))[0]?.headers).toEqual({ a: 'C:\\new' })
  })

  it('bring a large body that comes in small pieces in no more time than its size asks for', () => {
    const body = new Uint8Array(90_000).fill(120)
    const head = encodeHead('MESSAGE', [['content-length', String(body.length)]], '1.2')
    expect(parse(encodeBinaryFrame(head, body), 100)[0]?.body.length).toBe(body.length)
  })

  it.each([
    ['no STOMP at all', 'HTTP/1.1 400 Bad Request\r\n\r\n\0'],
    ['a header without a colon', 'RECEIPT\nheader\n\n\0'],
    ['an escape that does not exist', 'RECEIPT\na:\\t\n\n\0'],
    ['a body that is longer than its content-length', 'MESSAGE\ncontent-length:1\n\nab\0'],
    ['a content-length that is no number', 'MESSAGE\ncontent-length:x\n\n\0'],
    ['a content-length over the limit', 'MESSAGE\ncontent-length:100001\n\n'],
    ['a body over the limit', `MESSAGE\n\n${'x'.repeat(100_002)}`],
    ['headers over the limit', `MESSAGE\na:${'x'.repeat(5_000)}`],
    ['too many headers', `MESSAGE\n${Array.from({ length: 21 }, (_, index) => `h${index}:x\n`).join('')}\n\0`],
  ])('are refused: %s', (_, bytes) => {
    expect(() => parse(text(bytes))).toThrow(StompProtocolError)
    expect(() => parse(text(bytes), 1_000)).toThrow(StompProtocolError)
  })

  it('are refused when their headers are no UTF-8', () => {
    expect(() => parse(joined(text('RECEIPT\na:'), Uint8Array.of(0xff), text('\n\n\0')))).toThrow(StompProtocolError)
  })

  it('fail with no other error, whatever comes', () => {
    let seed = 42
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
      return seed % below
    }
    for (let round = 0; round < 3_000; round += 1) {
      const bytes = wire.slice()
      for (let count = random(6); count >= 0; count -= 1) bytes[random(bytes.length)] = random(256)
      const cut = bytes.slice(random(20), bytes.length - random(20))
      try {
        parse(cut, 1 + random(40))
      } catch (error) {
        expect(error).toBeInstanceOf(StompProtocolError)
      }
    }
  })
})

describe('headers', () => {
  const odd = ['C:\\new', 'a\\\\b', '\\n', '\r\n', 'a:b', '::', ' spaces ', '', '\\c', 'ü\\r']

  it.each(odd)('bring %j through', (value) => {
    expect(unescapeHeader(escapeHeader(value, '1.2'), false)).toBe(value)
  })

  it('have no carriage return before STOMP 1.2, and no line feed before 1.1', () => {
    expect(escapeHeader('a:b\n', '1.1')).toBe('a\\cb\\n')
    expect(() => escapeHeader('\r', '1.1')).toThrow(MessageFormatError)
    expect(escapeHeader('a:b\\', '1.0')).toBe('a:b\\')
    expect(() => escapeHeader('\n', '1.0')).toThrow(MessageFormatError)
  })

  it('are not escaped in CONNECT', () => {
    expect(encodeHead('CONNECT', [['passcode', 'a:b\\c']], '1.2')).toBe('CONNECT\npasscode:a:b\\c\n\n')
  })
})
