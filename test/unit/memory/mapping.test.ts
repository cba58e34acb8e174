import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { byte, double, float, int, long, short } from '../../../src/message/typed-number.ts'
import { decode, encode } from '../../../src/providers/memory/mapping.ts'
import { q, text } from './harness.ts'

const store = (fields: Parameters<typeof text>[1]) => encode(text('x', fields), q('a'), 'me')
const bytes = (...values: number[]) => new Uint8Array(values)

test('properties arrive as plain values, with the type of each number that would not be guessed', () => {
  const properties = {
    a: byte(1),
    b: short(2),
    c: int(3),
    d: long(4),
    e: float(0.5),
    f: double(6),
    g: 7.5,
    h: true,
    i: 's',
  }
  const { data } = store({ properties })
  expect(data.properties).toEqual({ a: 1, b: 2, c: 3, d: 4, e: 0.5, f: 6, g: 7.5, h: true, i: 's' })
  expect(data.propertyTypes).toEqual({ a: 'byte', b: 'short', d: 'long', e: 'float', f: 'double' })
})

test('a long is a number when it is a safe integer, else a bigint', () => {
  const { data } = store({ properties: { small: 5n, wide: 2n ** 40n, huge: 2n ** 62n, typed: long(2n ** 62n) } })
  expect(data.properties).toEqual({ small: 5, wide: 2 ** 40, huge: 2n ** 62n, typed: 2n ** 62n })
  expect(data.propertyTypes).toEqual({ small: 'long' })
})

test('types that came with plain properties are kept', () => {
  const { data } = store({ properties: { d: 5, e: byte(1) }, propertyTypes: { d: 'double' } })
  expect(data.propertyTypes).toEqual({ d: 'double', e: 'byte' })
})

test('a property may be called as the language likes, __proto__ included', () => {
  const properties = Object.fromEntries([['__proto__', byte(1)]])
  expect(Object.entries(store({ properties }).data.properties)).toEqual([['__proto__', 1]])
})

test('a message with nothing to convert is not copied', () => {
  const message = text('x', { destination: q('a'), properties: { n: 1 } })
  expect(decode(encode(message, q('a'), 'me'))).toBe(message)
})

test.each([
  ['a Uint8Array', bytes(1, 2, 3)],
  ['a Node Buffer', Buffer.from([1, 2, 3])],
])('a bytes body given as %s is copied when sent and for each delivery', (_, body) => {
  const stored = store({ kind: 'bytes', body })
  body[0] = 9
  const first = decode(stored).body as Uint8Array
  expect(first).toEqual(bytes(1, 2, 3))
  first[0] = 8
  expect(decode(stored).body).toEqual(bytes(1, 2, 3))
})

test.each([0, 64, 65, 512, 513, 10_000])('bytes of %i are as they were, in memory of their own', (length) => {
  const bodies = Array.from({ length: 40 }, (_, index) => new Uint8Array(length).fill(index))
  const stored = bodies.map((body) => store({ kind: 'bytes', body }))
  for (const [index, body] of bodies.entries()) {
    const received = decode(stored[index] as (typeof stored)[number]).body as Uint8Array
    expect(received).toEqual(body)
    expect(received.buffer.byteLength).toBe(length)
    received.fill(255)
  }
  expect(stored.map((message) => decode(message).body)).toEqual(bodies)
})

test('map and stream entries become plain, and their bytes are copied', () => {
  const inner = bytes(1)
  const map = store({ kind: 'map', body: { a: byte(1), b: null, c: inner, d: 5n } })
  const stream = store({ kind: 'stream', body: [double(1), 'x', inner, null] })
  inner[0] = 9
  expect(decode(map).body).toEqual({ a: 1, b: null, c: bytes(1), d: 5 })
  expect(decode(stream).body).toEqual([1, 'x', bytes(1), null])
  ;(decode(stream).body as Uint8Array[])[2]?.fill(7)
  expect(decode(stream).body).toEqual([1, 'x', bytes(1), null])
})
