import { describe, expect, it } from 'vitest'
import { MessageFormatError } from '../../../src/errors.ts'
import { makeDestination, queue, topic } from '../../../src/message/destination.ts'
import type { PropertyInput } from '../../../src/message/message-data.ts'
import { byte, double, float, int, long, short } from '../../../src/message/typed-number.ts'
import { encodeMessage } from '../../../src/providers/amqp10/mapping.ts'
import { activemq, encode, hex, messageOf, NOW, rabbitmq, text, witnessed } from './support.ts'

const ascii = (value: string): string => Buffer.from(value).toString('hex')

/** The annotations of a message to a queue without a reply address. */
const annotations = (type: string): string =>
  `005372 d1 0000002c 00000004 a312 ${ascii('x-opt-jms-msg-type')} 51${type} a30e ${ascii('x-opt-jms-dest')} 5100`

const HEADER = '005370 d0 00000005 00000001 41'
const TO_ORDERS = `40 40 a10e ${ascii('queue://orders')}`

describe('encoding a message', () => {
  it('writes a text for ActiveMQ as a string value', () => {
    expect(Buffer.from(encode(text('hi')))).toEqual(
      Buffer.from(hex(`${HEADER} ${annotations('05')} 005373 d0 00000016 00000003 ${TO_ORDERS} 005377 a102 6869`)),
    )
  })

  it('writes a text for RabbitMQ as data with a textual content type', () => {
    const sent = witnessed(text('hi'), rabbitmq)
    expect(sent.body.typecode).toBe(0x75)
    expect(sent.body.content.toString()).toBe('hi')
    expect(sent).toMatchObject({
      to: '/queues/orders',
      content_type: 'text/plain; charset=utf-8',
      message_annotations: { 'x-opt-jms-msg-type': 5 },
    })
  })

  it('writes bytes as data', () => {
    const sent = witnessed(messageOf({ kind: 'bytes', body: new Uint8Array([0, 255]) }))
    expect(sent.body.typecode).toBe(0x75)
    expect(sent.body.content).toEqual(Buffer.from([0, 255]))
    expect(sent).toMatchObject({
      content_type: 'application/octet-stream',
      message_annotations: { 'x-opt-jms-msg-type': 3 },
    })
  })

  it('writes an object as JSON that no Java reader takes for a serialised object', () => {
    const sent = witnessed(messageOf({ kind: 'object', body: '{"a":1}' }))
    expect(sent.body.content.toString()).toBe('{"a":1}')
    expect(sent.content_type).toBe('application/json')
    expect(sent.message_annotations).toEqual({ 'x-opt-jms-dest': 0 })
  })

  it('writes a map as a map value, each number in its JMS type', () => {
    const body = { a: 1, b: byte(2), c: null, d: new Uint8Array([7]), e: 'x', f: false, g: 2.5 }
    expect(Buffer.from(encode(messageOf({ kind: 'map', body }))).toString('hex')).toContain(
      hexOf(
        `005377 d1 0000002e 0000000e a10161 5401 a10162 5102 a10163 40 a10164 a00107 a10165 a10178 a10166 42 a10167 82 4004000000000000`,
      ),
    )
  })

  it('writes a stream as a sequence, as Qpid JMS does', () => {
    const bytes = encode(messageOf({ kind: 'stream', body: [1, 'x', null, long(5)] }))
    expect(Buffer.from(bytes).toString('hex')).toContain(hexOf('005376 d0 0000000c 00000004 5401 a10178 40 5505'))
  })

  it('writes no body section for an empty message, or an empty one where the broker needs it', () => {
    expect(witnessed(messageOf()).body).toBeUndefined()
    const sent = witnessed(messageOf(), rabbitmq)
    expect(sent.body.typecode).toBe(0x75)
    expect(sent.body.content.length).toBe(0)
    expect(sent.content_type).toBeUndefined()
    expect(sent.message_annotations['x-opt-jms-msg-type']).toBe(0)
  })

  it('writes every header field and property field', () => {
    const sent = witnessed(
      text('hi', {
        messageId: 'ID:1',
        userId: 'ann',
        type: 'T',
        replyTo: topic('answers'),
        correlationId: 'c',
        expiration: NOW + 5000,
        timestamp: NOW,
        groupId: 'g',
        groupSequence: 3,
        priority: 9,
      }),
    )
    expect(sent).toMatchObject({
      durable: true,
      priority: 9,
      ttl: 5000,
      message_id: 'ID:1',
      to: 'queue://orders',
      subject: 'T',
      reply_to: 'topic://answers',
      correlation_id: 'c',
      absolute_expiry_time: new Date(NOW + 5000),
      creation_time: new Date(NOW),
      group_id: 'g',
      group_sequence: 3,
    })
    expect(sent.user_id.toString()).toBe('ann')
    expect(sent.message_annotations).toEqual({ 'x-opt-jms-msg-type': 5, 'x-opt-jms-dest': 0, 'x-opt-jms-reply-to': 1 })
  })

  it('says false, not nothing, for a non-persistent message', () => {
    expect(Buffer.from(encode(messageOf({ deliveryMode: 'non-persistent' }))).toString('hex')).toMatch(
      /^005370d0000000050000000142/,
    )
  })

  it.each([
    ['queue', 0],
    ['topic', 1],
    ['temporary-queue', 2],
    ['temporary-topic', 3],
  ] as const)('marks a %s destination with %i', (kind, code) => {
    const destination = makeDestination(kind, 'd')
    expect(witnessed(messageOf({ destination, replyTo: destination })).message_annotations).toMatchObject({
      'x-opt-jms-dest': code,
      'x-opt-jms-reply-to': code,
    })
  })

  it('asks again for the address of a temporary destination, and once for any other', () => {
    const asked: string[] = []
    const context = {
      ...activemq,
      addressOf: (destination: { name: string }) => {
        asked.push(destination.name)
        return destination.name
      },
    }
    const fixed = queue('fixed')
    const temporary = makeDestination('temporary-queue', 'temporary')
    for (let i = 0; i < 2; i++) encodeMessage(messageOf({ destination: fixed, replyTo: temporary }), context, NOW)
    expect(asked).toEqual(['fixed', 'temporary', 'temporary'])
  })

  it('writes the delivery time as a long, never as a timestamp', () => {
    const bytes = Buffer.from(encode(messageOf({ deliveryTime: NOW }))).toString('hex')
    expect(bytes).toContain(hexOf(`a313 ${ascii('x-opt-delivery-time')} 81 0000018bcfe56800`))
  })

  it('has a time to live of 1 ms for what has expired already', () => {
    expect(witnessed(messageOf({ expiration: NOW - 10 })).ttl).toBe(1)
    expect(witnessed(messageOf({ expiration: NOW })).ttl).toBe(1)
  })

  it('leaves a time to live beyond 2^32-1 ms to the absolute expiry time', () => {
    const longest = witnessed(messageOf({ expiration: NOW + 0xffff_ffff }))
    expect(longest.ttl).toBe(0xffff_ffff)
    const longer = witnessed(messageOf({ expiration: NOW + 0x1_0000_0000 }))
    expect(longer.ttl).toBeUndefined()
    expect(longer.absolute_expiry_time).toEqual(new Date(NOW + 0x1_0000_0000))
  })

  it.each<[string, PropertyInput, string]>([
    ['a boolean', true, '41'],
    ['a byte', byte(-1), '51ff'],
    ['a short', short(-2), '61fffe'],
    ['a small int', 5, '5405'],
    ['an int', int(-70000), '71fffeee90'],
    ['a small long', long(-1), '55ff'],
    ['a long', long(300), '81000000000000012c'],
    ['a negative long', long(-300), '81fffffffffffffed4'],
    ['a long beyond an int', 5_000_000_000, '81000000012a05f200'],
    ['a bigint', -9_223_372_036_854_775_808n, '818000000000000000'],
    ['a float', float(1.5), '723fc00000'],
    ['a double', 1.5, '823ff8000000000000'],
    ['an integral double', double(2), '824000000000000000'],
    ['minus zero', -0, '828000000000000000'],
    ['a string', 'ä', 'a102c3a4'],
  ])('writes %s property in its own AMQP type', (_, value, encoded) => {
    expect(Buffer.from(encode(messageOf({ properties: { p: value } }))).toString('hex')).toContain(`a10170${encoded}`)
  })

  it.each([84, 85, 86, 127, 128, 255, 256, 1000])('writes a text of %i characters of any width', (length) => {
    for (const character of ['a', 'ä', '€']) {
      const body = character.repeat(length)
      expect(witnessed(text(body)).body).toBe(body)
      expect(witnessed(text(`a${body}`)).body).toBe(`a${body}`)
    }
    const astral = '😀'.repeat(length)
    expect(witnessed(text(astral)).body).toBe(astral)
  })

  it('writes a body larger than its scratch buffer', () => {
    const body = 'x€'.repeat(1_000_000)
    expect(witnessed(text(body)).body).toBe(body)
    expect(witnessed(text('small')).body).toBe('small')
  })

  it('takes the body as it is at the call', () => {
    const body = new Uint8Array([1, 2, 3])
    const bytes = encode(messageOf({ kind: 'bytes', body }))
    body.fill(9)
    expect(Buffer.from(bytes.subarray(-3))).toEqual(Buffer.from([1, 2, 3]))
  })

  it.each<[string, object]>([
    ['a text that is no string', { kind: 'text', body: 5 }],
    ['bytes that are no Uint8Array', { kind: 'bytes', body: 'x' }],
    ['a map that is no record', { kind: 'map', body: null }],
    ['a stream that is no array', { kind: 'stream', body: {} }],
    ['a map entry that is an object', { kind: 'map', body: { a: {} } }],
    ['a stream entry that is undefined', { kind: 'stream', body: [undefined] }],
    ['a property that is null', { properties: { a: null } }],
    ['a property that is a date', { properties: { a: new Date() } }],
    ['a bigint beyond 64 bits', { properties: { a: 2n ** 63n } }],
  ])('refuses %s', (_, fields) => {
    expect(() => encode(messageOf(fields))).toThrow(MessageFormatError)
    expect(witnessed(text('after a refusal')).body).toBe('after a refusal')
  })
})

function hexOf(digits: string): string {
  return digits.replace(/\s+/g, '')
}
