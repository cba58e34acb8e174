import { expect } from 'vitest'
import {
  byte,
  bytesMessage,
  double,
  float,
  int,
  long,
  mapMessage,
  message,
  objectMessage,
  queue,
  type Sendable,
  short,
  streamMessage,
  textMessage,
} from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { unique } from './waiting.ts'

const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index)

const texts: Readonly<Record<string, string>> = {
  'an empty text': '',
  'a text beyond ASCII': 'Grüße, 世界, مرحبا, ☃',
  'a text with emoji': '😀👩‍👩‍👧‍👦🏳️‍🌈',
  'a text with NUL and other control characters': 'a\u0000b\u0001\u001f\u007f\r\n\t',
  'a text that looks like a number': '00012',
  'a text that looks like JSON': '{"a": 1}',
  'a text with a byte-order mark': '\ufefftext',
}

const objects: Readonly<Record<string, unknown>> = {
  'nested JSON': { a: [1, { b: [null, true, 'x'], c: {} }], d: { e: { f: [] } } },
  'a JSON array': [1, 'two', null, [3]],
  'a JSON number': 12.5,
  'a JSON boolean': false,
  'JSON null': null,
  'JSON with unicode keys': { 'ключ ☃': '😀', '': 'empty key' },
}

export function messageKinds(bench: Bench): void {
  for (const [what, text] of Object.entries(texts)) {
    featureTest(bench, 'queues', `brings ${what} through`, async () => {
      expect(await roundTrip(bench, text)).toEqual({ kind: 'text', body: text })
      expect(await roundTrip(bench, textMessage(text))).toEqual({ kind: 'text', body: text })
    })
  }

  for (const [what, object] of Object.entries(objects)) {
    featureTest(bench, 'queues', `brings ${what} through`, async () => {
      expect(await roundTrip(bench, objectMessage(object))).toEqual({ kind: 'object', body: object })
      expect(await roundTrip(bench, object)).toEqual({ kind: 'object', body: object })
    })
  }

  featureTest(bench, 'queues', 'brings every byte through, as a plain Uint8Array', async () => {
    expect(await roundTrip(bench, everyByte)).toEqual({ kind: 'bytes', body: everyByte })
    expect(await roundTrip(bench, bytesMessage(everyByte.subarray(7, 9)))).toEqual({
      kind: 'bytes',
      body: Uint8Array.of(7, 8),
    })
  })

  featureTest(bench, 'queues', 'brings no bytes at all through', async () => {
    expect(await roundTrip(bench, new Uint8Array())).toEqual({ kind: 'bytes', body: new Uint8Array() })
  })

  featureTest(bench, 'queues', 'brings a message without a body through', async () => {
    expect(await roundTrip(bench, message())).toEqual({ kind: 'empty', body: undefined })
    expect(await roundTrip(bench, undefined)).toEqual({ kind: 'empty', body: undefined })
  })

  featureTest(bench, 'queues', 'brings a map with every type of entry through', async () => {
    const sent = mapMessage({
      flag: true,
      byte: byte(-128),
      short: short(32_767),
      int: int(-2_147_483_648),
      long: long(2n ** 63n - 1n),
      smallLong: long(5),
      float: float(1.5),
      double: double(3),
      text: '☃',
      bytes: Uint8Array.of(0, 255),
      nothing: null,
    })
    expect(await roundTrip(bench, sent)).toEqual({
      kind: 'map',
      body: {
        flag: true,
        byte: -128,
        short: 32_767,
        int: -2_147_483_648,
        long: 2n ** 63n - 1n,
        smallLong: 5,
        float: 1.5,
        double: 3,
        text: '☃',
        bytes: Uint8Array.of(0, 255),
        nothing: null,
      },
    })
  })

  featureTest(bench, 'queues', 'brings an empty map and an empty stream through', async () => {
    expect(await roundTrip(bench, mapMessage({}))).toEqual({ kind: 'map', body: {} })
    expect(await roundTrip(bench, streamMessage([]))).toEqual({ kind: 'stream', body: [] })
  })

  featureTest(bench, 'queues', 'brings a stream of values through in their order', async () => {
    const sent = streamMessage([byte(1), 'two', 3, double(4), null, false, Uint8Array.of(7), long(-(2n ** 60n))])
    expect(await roundTrip(bench, sent)).toEqual({
      kind: 'stream',
      body: [1, 'two', 3, 4, null, false, Uint8Array.of(7), -(2n ** 60n)],
    })
  })

  for (const size of [1, 10_000, Math.min(1024 * 1024, bench.target.largestBody)]) {
    featureTest(bench, 'queues', `brings ${size} bytes through unharmed`, async () => {
      const body = Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 0xff)
      const received = await roundTrip(bench, body)
      expect(received.kind).toBe('bytes')
      expect(Buffer.compare(received.body as Uint8Array, body)).toBe(0)
    })

    featureTest(bench, 'queues', `brings a text of ${size} characters through unharmed`, async () => {
      const body = 'aß☃'.repeat(Math.ceil(size / 3)).slice(0, size)
      const received = await roundTrip(bench, body)
      expect(received.kind).toBe('text')
      expect(received.body === body).toBe(true)
    })
  }

  featureTest(bench, 'queues', 'sends a received message on as it was', async () => {
    const { connection, session } = await bench.sit()
    const [first, second] = [queue(unique('first')), queue(unique('second'))]
    const sent = mapMessage({ n: 1 }, { correlationId: 'c', type: 't' })
    await connection.send(first, sent)
    await connection.send(second, await bench.next(await session.createConsumer(first)))
    const received = await bench.next(await session.createConsumer(second))
    expect(received).toMatchObject({ kind: 'map', body: { n: 1 }, correlationId: 'c', type: 't' })
  })
}

async function roundTrip(bench: Bench, sent: Sendable): Promise<{ kind: string; body: unknown }> {
  const { connection, session } = await bench.sit()
  const orders = queue(unique('kinds'))
  await connection.send(orders, sent)
  const { kind, body } = await bench.next(await session.createConsumer(orders))
  if (body instanceof Uint8Array) expect(Object.getPrototypeOf(body)).toBe(Uint8Array.prototype)
  return { kind, body }
}
