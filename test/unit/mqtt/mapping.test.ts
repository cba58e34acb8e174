import { describe, expect, it } from 'vitest'
import { byte, double, float, int, long, queue, short, topic, UnsupportedFeatureError } from '../../../src/index.ts'
import type { MessageData } from '../../../src/message/message-data.ts'
import { encodePublish } from '../../../src/providers/mqtt/codec/encode.ts'
import { PacketParser } from '../../../src/providers/mqtt/codec/packet-parser.ts'
import { PACKET, type Publish } from '../../../src/providers/mqtt/codec/packets.ts'
import { unwrapped } from '../../../src/providers/mqtt/envelope.ts'
import { decodeMessage, type EncodeContext, encodeMessage, isExpired } from '../../../src/providers/mqtt/mapping.ts'

const NOW = 1_800_000_000_000
const FIVE: EncodeContext = { level: 5, rules: { losesDots: false }, qos: 1, envelope: false, peer: 'a broker' }
const THREE: EncodeContext = { ...FIVE, level: 4 }

function message(fields: Partial<MessageData>): MessageData {
  return {
    kind: 'text',
    body: 'text',
    messageId: 'ID:1',
    correlationId: undefined,
    destination: topic('prices.gold'),
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

/** The PUBLISH as the broker hands it on. */
function carried(sent: MessageData, context = FIVE): Publish {
  let received: Publish | undefined
  const parser = new PacketParser(1_000_000, (packet) => {
    if (packet.type === PACKET.publish) received = packet
  })
  parser.level = context.level
  const publish = encodeMessage(sent, context, NOW)
  parser.push(encodePublish(publish, publish.qos === 0 ? 0 : 1))
  if (received === undefined) throw new Error('nothing was encoded')
  return received
}

const roundTrip = (sent: MessageData, context = FIVE): MessageData =>
  decodeMessage(carried(sent, context), { now: NOW })

function foreign(fields: Partial<Publish>): MessageData {
  const publish: Publish = {
    type: PACKET.publish,
    topic: 'a/b',
    qos: 1,
    retain: false,
    duplicate: false,
    packetId: 1,
    properties: {},
    payload: new TextEncoder().encode('text'),
    ...fields,
  }
  return decodeMessage(publish, { now: NOW })
}

describe('messages over MQTT 5', () => {
  it.each<[MessageData['kind'], unknown]>([
    ['text', 'Größe 😀'],
    ['text', ''],
    ['bytes', Uint8Array.of(0, 1, 255)],
    ['bytes', new Uint8Array(0)],
    ['object', '{"a":1}'],
    ['object', ''],
    ['empty', undefined],
    ['map', { a: 1, b: 'x', c: null, d: Uint8Array.of(1, 2), e: 2n ** 60n, f: Number.NaN }],
    ['stream', [1, 'x', null, true, Uint8Array.of(3)]],
  ])('keep a %s body', (kind, body) => {
    expect(roundTrip(message({ kind, body }))).toMatchObject({ kind, body })
  })

  it('keep the headers', () => {
    const sent = message({
      correlationId: 'ID:request-1',
      replyTo: topic('answers.here'),
      type: 'quote',
      expiration: NOW + 90_500,
      groupId: 'group',
      groupSequence: 3,
    })
    expect(roundTrip(sent)).toEqual({ ...sent })
    expect(roundTrip({ ...sent, deliveryMode: 'non-persistent' }).deliveryMode).toBe('non-persistent')
  })

  it('keep properties with their types', () => {
    const properties = {
      text: 'x',
      flag: true,
      small: byte(1),
      shorter: short(2),
      whole: int(3),
      wide: long(4),
      real: float(1.5),
      large: 2n ** 60n,
      exact: double(5),
      JMSXGroupID: 'mine',
    }
    expect(roundTrip(message({ properties }))).toMatchObject({
      properties: {
        ...{ text: 'x', flag: true, small: 1, shorter: 2, whole: 3, wide: 4, real: 1.5, large: 2n ** 60n, exact: 5 },
        JMSXGroupID: 'mine',
      },
      propertyTypes: { small: 'byte', shorter: 'short', wide: 'long', real: 'float', exact: 'double' },
    })
  })

  it('say to everybody what the payload is, and when it expires', () => {
    expect(carried(message({ expiration: NOW + 1 })).properties).toMatchObject({
      payloadFormat: 1,
      contentType: 'text/plain; charset=utf-8',
      messageExpiry: 1,
    })
    expect(carried(message({ kind: 'object', body: '{}' })).properties.contentType).toBe('application/json')
    expect(carried(message({ kind: 'bytes', body: Uint8Array.of(1) })).properties.contentType).toBeUndefined()
  })

  it('are retained when they say so, and say so when they were', () => {
    expect(encodeMessage(message({ properties: { MqttRetain: true } }), FIVE, NOW).retain).toBe(true)
    expect(roundTrip(message({ properties: { MqttRetain: true } })).properties).toEqual({ MqttRetain: true })
    expect(encodeMessage(message({ properties: { MqttRetain: false } }), FIVE, NOW).retain).toBe(false)
  })

  it('go out at the QoS of the connection, and at 0 when they may be lost', () => {
    expect(encodeMessage(message({}), { ...FIVE, qos: 2 }, NOW).qos).toBe(2)
    expect(encodeMessage(message({ deliveryMode: 'non-persistent' }), { ...FIVE, qos: 2 }, NOW).qos).toBe(0)
  })

  it('cannot be answered to a queue', () => {
    expect(() => encodeMessage(message({ replyTo: queue('answers') }), FIVE, NOW)).toThrow(UnsupportedFeatureError)
  })

  it('expire by the clock within the last second only: clocks differ', () => {
    const late = { ...message({}), expiration: NOW - 1 }
    const publish = carried(message({ expiration: NOW + 500 }))
    expect(isExpired(publish, late, NOW)).toBe(true)
    expect(isExpired({ ...publish, properties: { messageExpiry: 30 } }, late, NOW)).toBe(false)
    expect(isExpired({ ...publish, properties: {} }, late, NOW)).toBe(true)
    expect(isExpired(publish, { ...late, expiration: NOW + 1 }, NOW)).toBe(false)
  })
})

describe('messages of other clients', () => {
  it('are bytes unless they say that they are text', () => {
    expect(foreign({})).toMatchObject({ kind: 'bytes', destination: topic('a.b') })
    expect(foreign({ properties: { payloadFormat: 1 } })).toMatchObject({ kind: 'text', body: 'text' })
    expect(foreign({ properties: { contentType: 'application/json' } })).toMatchObject({ kind: 'object', body: 'text' })
    const broken = { payload: Uint8Array.of(255), properties: { payloadFormat: 1 } }
    expect(foreign(broken)).toMatchObject({ kind: 'bytes', body: Uint8Array.of(255) })
  })

  it('have their user properties as properties, the last one of a name', () => {
    const userProperties = ['a', '1', 'a', '2', '__proto__', 'x']
    const { properties } = foreign({ properties: { userProperties } })
    expect(Object.entries(properties)).toEqual([
      ['a', '2'],
      ['__proto__', 'x'],
    ])
  })

  it('have no properties of what AMQP 1.0 annotated them with', () => {
    const userProperties = ['x-opt-jms-dest', '1', 'a', '2']
    expect(foreign({ properties: { userProperties } }).properties).toEqual({ a: '2' })
  })

  it('have a correlation id also where it is no text, which goes back as it came', () => {
    const correlationData = Uint8Array.of(0xff, 0x00, 0x0a)
    const { correlationId } = foreign({ properties: { correlationData } })
    expect(correlationId).toBe('ID:AMQP_BINARY:FF000A')
    expect(carried(message({ correlationId })).properties.correlationData).toEqual(correlationData)
  })

  it('are not lost for what makes no sense', () => {
    const userProperties = ['x-polymq-types', '{', 'x-polymq-timestamp', 'soon', 'JMSXGroupSeq', '']
    expect(foreign({ properties: { userProperties, responseTopic: '\u0001' } })).toMatchObject({
      kind: 'bytes',
      timestamp: undefined,
      replyTo: undefined,
      groupSequence: undefined,
      properties: {},
    })
  })
})

describe('messages over MQTT 3.1.1', () => {
  it('are bytes', () => {
    expect(roundTrip(message({ body: 'text' }), THREE)).toMatchObject({
      kind: 'bytes',
      body: new TextEncoder().encode('text'),
      messageId: undefined,
      deliveryMode: 'persistent',
    })
  })

  it.each<[string, Partial<MessageData>, string]>([
    ['a property', { properties: { a: 1 } }, 'properties'],
    ['a correlation id', { correlationId: 'x' }, 'properties'],
    ['a type', { type: 'x' }, 'properties'],
    ['a map', { kind: 'map', body: { a: 1 } }, 'properties'],
    ['where to answer', { replyTo: topic('a') }, 'replyTo'],
    ['an expiry', { expiration: NOW + 1 }, 'timeToLive'],
  ])('have no place for %s', (_, fields, feature) => {
    const error = (() => {
      try {
        return encodeMessage(message(fields), THREE, NOW)
      } catch (failure) {
        return failure
      }
    })()
    expect(error).toBeInstanceOf(UnsupportedFeatureError)
    expect(error).toMatchObject({ feature, protocol: 'mqtt', peer: 'a broker' })
  })
})

describe('messages over MQTT 3.1.1 in an envelope', () => {
  const ENVELOPE: EncodeContext = { ...THREE, envelope: true }
  const through = (sent: MessageData): MessageData => decodeMessage(unwrapped(carried(sent, ENVELOPE)), { now: NOW })

  it.each<[MessageData['kind'], unknown]>([
    ['text', 'Größe 😀'],
    ['bytes', Uint8Array.of(0, 1, 255)],
    ['object', '{"a":1}'],
    ['empty', undefined],
    ['map', { a: 1, d: Uint8Array.of(1, 2) }],
  ])('keep a %s body, headers and properties', (kind, body) => {
    const sent = message({
      kind,
      body,
      correlationId: 'ID:request-1',
      replyTo: topic('answers.here'),
      type: 'quote',
      properties: { text: 'x', flag: true },
    })
    expect(through(sent)).toEqual(sent)
  })

  it('refuse a time to live, which the broker would have to see', () => {
    expect(() => carried(message({ expiration: NOW + 1 }), ENVELOPE)).toThrow(UnsupportedFeatureError)
  })

  it.each(['', '{"mqtt5":{', '{"mqtt5":{}}', '{"mqtt5":{},"payloadBase64":"§"}', 'text', '{"a":1}'])(
    'are left as they came when they are none: %s',
    (text) => {
      const publish = { ...carried(message({})), payload: new TextEncoder().encode(text) }
      expect(unwrapped(publish)).toBe(publish)
    },
  )

  it('may hold anything', () => {
    const text = '{"mqtt5":{"userProperties":[["a"],7,null],"correlationData":9,"contentType":{}},"payload":"x"}'
    const publish = unwrapped({ ...carried(message({})), payload: new TextEncoder().encode(text) })
    expect(decodeMessage(publish, { now: NOW })).toMatchObject({ kind: 'bytes', correlationId: undefined })
  })
})
