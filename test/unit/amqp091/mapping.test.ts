import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import {
  byte,
  double,
  float,
  InvalidDestinationError,
  int,
  long,
  MessageFormatError,
  MessageTooLargeError,
  queue,
  short,
  topic,
} from '../../../src/index.ts'
import type { MessageData } from '../../../src/message/message-data.ts'
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../../../src/providers/amqp091/codec/methods.ts'
import { PayloadReader } from '../../../src/providers/amqp091/codec/reader.ts'
import { FrameWriter } from '../../../src/providers/amqp091/codec/writer.ts'
import { decodeMessage, encodePublish } from '../../../src/providers/amqp091/mapping.ts'
import { bytesOf, finished, framesOf, message, NOW } from './support.ts'

const context = { writer: new FrameWriter(), channel: 1, largestFrame: 4096, now: NOW, username: 'me' }

/** Flags and values of the properties, and the body, as they go out. */
function content(fields: Partial<MessageData>): { readonly properties: PayloadReader; readonly body: Buffer } {
  const frames = framesOf(bytesOf(encodePublish(message(fields), context)))
  const header = frames.find(({ type }) => type === FRAME_HEADER)?.payload ?? Buffer.alloc(0)
  const body = Buffer.concat(frames.filter(({ type }) => type === FRAME_BODY).map(({ payload }) => payload))
  expect(header.readUInt32BE(8)).toBe(body.length)
  const properties = new PayloadReader(header)
  properties.offset = 12
  return { properties, body }
}

function decoded(
  properties: PayloadReader,
  body: Buffer,
  more: Partial<Parameters<typeof decodeMessage>[2]> = {},
): MessageData {
  const found = decodeMessage(properties, body, {
    exchange: '',
    routingKey: 'orders',
    consumedFrom: queue('consumed'),
    now: NOW,
    decodeAmqp10: undefined,
    ...more,
  })
  if (found === undefined) throw new Error('the decoder of AMQP 1.0 is asked for')
  return found
}

function roundTrip(fields: Partial<MessageData>): MessageData {
  const { properties, body } = content(fields)
  return decoded(properties, body)
}

/** The properties of a message as a client of another make writes them: a content type, and headers. */
function foreign(contentType: string, headers: (writer: FrameWriter) => void): PayloadReader {
  const writer = new FrameWriter()
  writer.begin()
  writer.uint16(0xa000)
  writer.shortstr(contentType)
  const start = writer.beginTable()
  headers(writer)
  writer.endTable(start)
  return new PayloadReader(finished(writer))
}

describe('messages over AMQP 0-9-1', () => {
  it.each([
    ['text', 'grüße 🐇'],
    ['text', ''],
    ['bytes', Uint8Array.of(0, 255, 206)],
    ['bytes', new Uint8Array(0)],
    ['object', '{"id":7}'],
    ['map', { a: 1, b: 'x', c: null, d: true, e: 2n ** 60n, f: Uint8Array.of(1), g: -0, h: 1.5 }],
    ['stream', [1, 'x', null, false, 2n ** 60n, Uint8Array.of(1), Number.POSITIVE_INFINITY]],
    ['empty', undefined],
  ] as const)('carry a body of kind %s', (kind, body) => {
    expect(roundTrip({ kind, body })).toMatchObject({ kind, body })
  })

  it('carry a body of any size in frames of the agreed size', () => {
    const most = context.largestFrame - 8
    for (const size of [1, most - 1, most, most + 1, 3 * most, 100_000]) {
      const body = Uint8Array.from({ length: size }, (_, index) => index % 251)
      const frames = bytesOf(encodePublish(message({ kind: 'bytes', body }), context))
      for (const { payload } of framesOf(frames)) expect(payload.length).toBeLessThanOrEqual(most)
      expect(roundTrip({ kind: 'bytes', body }).body).toEqual(body)
      const text = 'ä'.repeat(size)
      expect(roundTrip({ body: text }).body).toBe(text)
    }
  })

  it('carry properties with their types', () => {
    const properties = {
      text: 'grüße',
      yes: true,
      no: false,
      byte: byte(-1),
      short: short(-2),
      int: int(-3),
      long: long(-4),
      huge: 2n ** 62n,
      float: float(0.5),
      double: double(3),
      plain: 7,
      fraction: 0.1,
    }
    const received = roundTrip({ properties })
    expect(received.properties).toEqual({
      ...properties,
      byte: -1,
      short: -2,
      int: -3,
      long: -4,
      float: 0.5,
      double: 3,
    })
    expect(received.propertyTypes).toEqual({
      byte: 'byte',
      short: 'short',
      long: 'long',
      float: 'float',
      double: 'double',
    })
  })

  it('carry properties that the broker, or another protocol on it, has other ideas about', () => {
    const properties = {
      nothing: Number.NaN,
      endless: Number.POSITIVE_INFINITY,
      destination: 'here',
      'x-delivery-count': 5,
      'x-polymq-types': '{}',
      JMSXGroupID: 'mine',
      __proto__own: 'x',
    }
    expect(roundTrip({ properties }).properties).toEqual(properties)
  })

  it('carry every header', () => {
    const fields: Partial<MessageData> = {
      correlationId: 'c-1',
      replyTo: queue('answers'),
      type: 'order',
      expiration: NOW + 60_000,
      deliveryMode: 'non-persistent',
      priority: 0,
      userId: 'me',
      groupId: 'g',
      groupSequence: -1,
    }
    expect(roundTrip(fields)).toEqual({ ...message(fields), propertyTypes: undefined })
    const long = 'ü'.repeat(200)
    expect(roundTrip({ correlationId: long, groupId: long })).toMatchObject({ correlationId: long, groupId: long })
  })

  it('keep a life that is longer than the broker counts', () => {
    const expiration = NOW + 2 ** 40
    expect(roundTrip({ expiration }).expiration).toBe(expiration)
  })

  it('name no user but the one that is logged in: the broker would close the channel', () => {
    expect(roundTrip({ userId: 'other' }).userId).toBeUndefined()
  })

  it.each([
    [queue('a/b%2F c'), ['', 'a/b%2F c']],
    [topic('prices.eur'), ['amq.topic', 'prices.eur']],
  ])('go to %o, and are answered there', (destination, [exchange, routingKey]) => {
    expect(encodePublish(message({ destination }), context)).toMatchObject({ exchange, routingKey })
    const { properties, body } = content({ replyTo: destination })
    const received = decoded(properties, body, { exchange: exchange ?? '', routingKey: routingKey ?? '' })
    expect(received.destination).toEqual(destination)
    expect(received.replyTo).toEqual(destination)
  })

  it('come back when nobody has their queue, and not when nobody subscribes to their topic', () => {
    const mandatory = (destination: MessageData['destination']): number | undefined =>
      framesOf(bytesOf(encodePublish(message({ destination }), context)))
        .find(({ type }) => type === FRAME_METHOD)
        ?.payload.at(-1)
    expect(mandatory(queue('orders'))).toBe(1)
    expect(mandatory(topic('orders'))).toBe(0)
  })

  it('say what is wrong with them', () => {
    const encode = (fields: Partial<MessageData>) => (): unknown => encodePublish(message(fields), context)
    expect(encode({ body: 5 })).toThrow(MessageFormatError)
    expect(encode({ properties: { when: new Date() as never } })).toThrow(/the property when cannot be object/)
    expect(encode({ properties: { ['n'.repeat(256)]: 1 } })).toThrow(/property name .* longer than the 255 bytes/)
    expect(encode({ properties: { text: 'x'.repeat(5_000) } })).toThrow(MessageTooLargeError)
    expect(encode({ type: 'x'.repeat(256) })).toThrow(/type is longer than the 255 bytes/)
    expect(encode({ destination: queue('x'.repeat(256)) })).toThrow(InvalidDestinationError)
  })

  it('are read from clients of another make', () => {
    const headers = foreign('application/json', (writer) => {
      for (const [name, type, write] of [
        ['count', 'B', () => writer.uint8(200)],
        ['when', 'T', () => writer.uint64(1_700_000_000)],
        ['void', 'V', () => {}],
        ['bytes', 'x', () => writer.longstr('b')],
        ['table', 'F', () => writer.uint32(0)],
        ['x-delivery-count', 'l', () => writer.uint64(2)],
        ['x-reply-to-topic', 'S', () => writer.longstr('answers.mine')],
      ] as const) {
        writer.shortstr(name)
        writer.uint8(type.charCodeAt(0))
        write()
      }
    })
    const received = decoded(headers, Buffer.from('{"a":1}'))
    expect(received).toMatchObject({
      kind: 'object',
      body: '{"a":1}',
      deliveryMode: 'non-persistent',
      replyTo: topic('answers.mine'),
    })
    expect(received.properties).toEqual({ count: 200, when: 1_700_000_000 })
    expect(
      decoded(
        foreign('text/plain', () => {}),
        Buffer.from([0xff]),
      ).kind,
    ).toBe('bytes')
  })

  it('wait for the decoder of AMQP 1.0 when their body is encoded so', () => {
    const { properties, body } = content({ type: 'amqp-1.0' })
    const start = properties.offset
    const asked = { exchange: '', routingKey: 'q', consumedFrom: queue('q'), now: NOW, decodeAmqp10: undefined }
    expect(decodeMessage(properties, body, asked)).toBeUndefined()
    properties.offset = start
    const decodeAmqp10 = () => ({ kind: 'map', body: { a: 1 } }) as const
    expect(decoded(properties, body, { decodeAmqp10 })).toMatchObject({ kind: 'map', body: { a: 1 }, type: undefined })
  })
})
