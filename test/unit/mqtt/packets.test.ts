import fc from 'fast-check'
import { generate, type Packet, parser } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import {
  encodeAcknowledgement,
  encodeConnect,
  encodeDisconnect,
  encodePing,
  encodePublish,
  encodeSubscribe,
  encodeUnsubscribe,
} from '../../../src/providers/mqtt/codec/encode.ts'
import { PacketParser } from '../../../src/providers/mqtt/codec/packet-parser.ts'
import {
  MqttProtocolError,
  PACKET,
  type ProtocolLevel,
  type ServerPacket,
} from '../../../src/providers/mqtt/codec/packets.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What mqtt.js reads in our bytes. */
function readByOthers(bytes: Uint8Array, protocolVersion: number): Packet {
  const packets: Packet[] = []
  const one = parser({ protocolVersion } as never)
  one.on('packet', (packet) => packets.push(packet))
  one.on('error', (error) => {
    throw error
  })
  one.parse(Buffer.from(bytes))
  expect(packets).toHaveLength(1)
  return packets[0] as Packet
}

/** What we read in the bytes of mqtt.js. */
function read(packets: readonly Packet[], level: ProtocolLevel = 5, piece = Number.POSITIVE_INFINITY): ServerPacket[] {
  const found: ServerPacket[] = []
  const one = new PacketParser(1_000_000, (packet) => found.push(packet))
  one.level = level
  const bytes = Buffer.concat(packets.map((packet) => generate(packet, { protocolVersion: level } as never)))
  for (let start = 0; start < bytes.length; start += piece) one.push(bytes.subarray(start, start + piece))
  return found
}

const publish = {
  cmd: 'publish',
  topic: 'prices/gold',
  payload: Buffer.from('text ö'),
  qos: 1,
  messageId: 300,
  dup: true,
  retain: true,
  properties: {
    payloadFormatIndicator: true,
    messageExpiryInterval: 60,
    contentType: 'text/plain',
    responseTopic: 'answers',
    correlationData: Buffer.from([1, 2, 255]),
    userProperties: { a: ['1', '2'], 'long name that is more than twenty-four bytes': 'ö' },
    subscriptionIdentifier: [7, 300],
  },
} as unknown as Packet

describe('packets that go out', () => {
  it('have the form that others read: CONNECT with a will', () => {
    const bytes = encodeConnect({
      level: 5,
      clientId: 'bus-17',
      cleanStart: false,
      keepAlive: 30,
      username: 'user',
      password: 'pass',
      will: { topic: 'buses/17', qos: 1, retain: true, properties: { willDelay: 5 }, payload: 'gone' },
      properties: { sessionExpiry: 0xffff_ffff, receiveMaximum: 10, maximumPacketSize: 1000, topicAliasMaximum: 5 },
    })
    expect(readByOthers(bytes, 5)).toMatchObject({
      cmd: 'connect',
      protocolVersion: 5,
      clientId: 'bus-17',
      clean: false,
      keepalive: 30,
      username: 'user',
      password: Buffer.from('pass'),
      will: {
        topic: 'buses/17',
        qos: 1,
        retain: true,
        payload: Buffer.from('gone'),
        properties: { willDelayInterval: 5 },
      },
      properties: {
        sessionExpiryInterval: 0xffff_ffff,
        receiveMaximum: 10,
        maximumPacketSize: 1000,
        topicAliasMaximum: 5,
      },
    })
  })

  it('have the form that others read: CONNECT of MQTT 3.1.1', () => {
    const bytes = encodeConnect({
      level: 4,
      clientId: 'x',
      cleanStart: true,
      keepAlive: 0,
      username: undefined,
      password: undefined,
      will: undefined,
      properties: { receiveMaximum: 1 },
    })
    expect(readByOthers(bytes, 4)).toMatchObject({ cmd: 'connect', protocolVersion: 4, clean: true, keepalive: 0 })
  })

  it.each([0, 100, 127, 128, 16_383, 16_384, 70_000, 2_097_152])(
    'have the form that others read: PUBLISH of %i bytes',
    (length) => {
      const payload = new Uint8Array(length).fill(7)
      const bytes = encodePublish(
        {
          topic: 'prices/gold',
          qos: 1,
          retain: true,
          payload,
          properties: {
            payloadFormat: 1,
            messageExpiry: 60,
            topicAlias: 3,
            contentType: 'text/plain',
            responseTopic: 'answers',
            correlationData: Uint8Array.of(1, 2, 255),
            userProperties: ['a', '1', 'a', '2', 'ö', 'x'.repeat(200)],
          },
        },
        65_535,
      )
      const packet = readByOthers(bytes, 5) as Extract<Packet, { cmd: 'publish' }>
      expect(packet).toMatchObject({ topic: 'prices/gold', qos: 1, retain: true, messageId: 65_535 })
      expect(packet.payload.length).toBe(length)
      expect(packet.properties).toMatchObject({
        payloadFormatIndicator: true,
        messageExpiryInterval: 60,
        topicAlias: 3,
        contentType: 'text/plain',
        responseTopic: 'answers',
        correlationData: Buffer.from([1, 2, 255]),
        userProperties: { a: ['1', '2'], ö: 'x'.repeat(200) },
      })
    },
  )

  it('have the form that others read: SUBSCRIBE, UNSUBSCRIBE, acknowledgements, PINGREQ and DISCONNECT', () => {
    const request = { filter: 'a/+/#', qos: 1, noLocal: true } as const
    expect(readByOthers(encodeSubscribe(5, request, 5, 200), 5)).toMatchObject({
      cmd: 'subscribe',
      messageId: 5,
      properties: { subscriptionIdentifier: 200 },
      subscriptions: [{ topic: 'a/+/#', qos: 1, nl: true, rap: false, rh: 0 }],
    })
    expect(readByOthers(encodeSubscribe(5, { ...request, noLocal: false }, 4, 0), 4)).toMatchObject({
      subscriptions: [{ topic: 'a/+/#', qos: 1 }],
    })
    expect(readByOthers(encodeUnsubscribe(6, 'a/b', 5), 5)).toMatchObject({
      cmd: 'unsubscribe',
      unsubscriptions: ['a/b'],
    })
    expect(readByOthers(encodeUnsubscribe(6, 'a/b', 4), 4)).toMatchObject({
      cmd: 'unsubscribe',
      unsubscriptions: ['a/b'],
    })
    const names = {
      [PACKET.puback]: 'puback',
      [PACKET.pubrec]: 'pubrec',
      [PACKET.pubrel]: 'pubrel',
      [PACKET.pubcomp]: 'pubcomp',
    }
    for (const [type, cmd] of Object.entries(names)) {
      expect(readByOthers(encodeAcknowledgement(Number(type), 258), 5)).toMatchObject({ cmd, messageId: 258 })
    }
    expect(readByOthers(encodePing(), 5)).toMatchObject({ cmd: 'pingreq' })
    expect(readByOthers(encodeDisconnect(), 5)).toMatchObject({ cmd: 'disconnect' })
  })

  it('refuse a field that is too long for its length', () => {
    const long = { topic: 'x'.repeat(65_536), qos: 0, retain: false, payload: '', properties: {} } as const
    expect(() => encodePublish(long, 0)).toThrow(/the topic has 65536 bytes/)
    expect(() =>
      encodePublish({ ...long, topic: 'a', properties: { userProperties: ['name', 'ö'.repeat(40_000)] } }, 0),
    ).toThrow(/the property name has 80000 bytes/)
    expect(readByOthers(encodePing(), 5)).toMatchObject({ cmd: 'pingreq' })
  })
})

describe('packets that come in', () => {
  const all: readonly Packet[] = [
    publish,
    { cmd: 'puback', messageId: 1, reasonCode: 0x10, properties: { reasonString: 'nobody' } } as Packet,
    { cmd: 'puback', messageId: 2 } as Packet,
    { cmd: 'suback', messageId: 3, granted: [0x87], properties: {} } as Packet,
    { cmd: 'unsuback', messageId: 4, granted: [0x11] } as Packet,
    { cmd: 'pingresp' } as Packet,
    { cmd: 'disconnect', reasonCode: 0x9d, properties: { serverReference: 'other:1883' } } as Packet,
  ]
  const expected = [
    {
      type: PACKET.publish,
      topic: 'prices/gold',
      qos: 1,
      retain: true,
      duplicate: true,
      packetId: 300,
      payload: utf8('text ö'),
      properties: {
        payloadFormat: 1,
        messageExpiry: 60,
        contentType: 'text/plain',
        responseTopic: 'answers',
        correlationData: Uint8Array.of(1, 2, 255),
        subscriptionIds: [7, 300],
        userProperties: ['a', '1', 'a', '2', 'long name that is more than twenty-four bytes', 'ö'],
      },
    },
    { type: PACKET.puback, packetId: 1, reasonCode: 0x10, properties: { reason: 'nobody' } },
    { type: PACKET.puback, packetId: 2, reasonCode: 0 },
    { type: PACKET.suback, packetId: 3, reasonCodes: Uint8Array.of(0x87) },
    { type: PACKET.unsuback, packetId: 4, reasonCodes: Uint8Array.of(0x11) },
    { type: PACKET.pingresp },
    { type: PACKET.disconnect, reasonCode: 0x9d, properties: { serverReference: 'other:1883' } },
  ]

  it.each([1, 2, 3, 5, 7, 50, Number.POSITIVE_INFINITY])('are found in pieces of %d bytes', (piece) => {
    expect(read([...all, ...all], 5, piece)).toMatchObject([...expected, ...expected])
  })

  it('are read in the form of MQTT 3.1.1', () => {
    const { properties: _, ...bare } = publish as { properties?: object } & Packet
    const packets = [
      { cmd: 'connack', sessionPresent: true, returnCode: 5 },
      bare,
      { cmd: 'suback', messageId: 3, granted: [128] },
    ]
    expect(read(packets as Packet[], 4)).toMatchObject([
      { type: PACKET.connack, sessionPresent: true, reasonCode: 5, properties: undefined },
      { type: PACKET.publish, payload: utf8('text ö'), properties: {} },
      { type: PACKET.suback, reasonCodes: Uint8Array.of(128) },
    ])
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['a packet that is too long', Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f), /longer than mqtt.maxPacketSize/],
    ['a length of five bytes', Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff), /no MQTT packet/],
    ['a packet of clients', Uint8Array.of(0x82, 0x00), /no packet of type 8/],
    ['a topic beyond its packet', Uint8Array.of(0x30, 0x03, 0x00, 0x09, 0x61), /longer than its packet/],
    ['a topic that is no UTF-8', Uint8Array.of(0x30, 0x04, 0x00, 0x01, 0xff, 0x00), /no UTF-8/],
    ['QoS 3', Uint8Array.of(0x36, 0x00), /no QoS 3/],
    ['packet id 0', Uint8Array.of(0x40, 0x02, 0x00, 0x00), /no packet id 0/],
    ['an unknown property', Uint8Array.of(0x30, 0x06, 0x00, 0x01, 0x61, 0x02, 0x7e, 0x00), /no property 126/],
    [
      'a property that occurs twice',
      Uint8Array.of(0x30, 0x08, 0x00, 0x01, 0x61, 0x04, 0x01, 0x00, 0x01, 0x00),
      /occurs twice/,
    ],
  ])('are refused: %s', (_, bytes, reason) => {
    const one = new PacketParser(1_000_000, () => {})
    expect(() => one.push(bytes)).toThrow(MqttProtocolError)
    expect(() => new PacketParser(1_000_000, () => {}).push(bytes)).toThrow(reason)
  })

  it('may be any bytes: nothing but an MqttProtocolError comes of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 5 }),
        (pieces) => {
          const one = new PacketParser(1_000, () => {})
          try {
            for (const piece of pieces) one.push(piece)
          } catch (error) {
            expect(error).toBeInstanceOf(MqttProtocolError)
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('may be broken in any place: nothing but an MqttProtocolError comes of it', () => {
    const whole = generate(publish, { protocolVersion: 5 } as never)
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const bytes = Uint8Array.from(whole)
        bytes[at] = byte
        const one = new PacketParser(100_000, () => {})
        try {
          one.push(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(MqttProtocolError)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
