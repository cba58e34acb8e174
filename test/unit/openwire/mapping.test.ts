import { constants, deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { byte, double, float, long, queue, short, topic } from '../../../src/index.ts'
import { TemporaryNames } from '../../../src/interop/temporary-names.ts'
import type { MessageData } from '../../../src/message/message-data.ts'
import { destinationOptions, wireDestination } from '../../../src/providers/openwire/addresses.ts'
import { readMessage } from '../../../src/providers/openwire/codec/incoming.ts'
import { WireReader } from '../../../src/providers/openwire/codec/reader.ts'
import { readStructure } from '../../../src/providers/openwire/codec/structures.ts'
import { TYPE } from '../../../src/providers/openwire/codec/types.ts'
import { WireWriter } from '../../../src/providers/openwire/codec/writer.ts'
import { encoded } from '../../../src/providers/openwire/ids.ts'
import { encodeMessage, IncomingData } from '../../../src/providers/openwire/mapping.ts'
import { bytesOf } from './vectors.ts'

const producerId = encoded({ type: TYPE.PRODUCER_ID, connectionId: 'ID:c', value: 3, sessionId: 2 })
const SENDER = {
  ...{ commandId: 1, responseRequired: true, producerId, idProducer: producerId, sequence: 42, textView: undefined },
  ...{ transactionId: undefined, redeliveryCounter: 0 },
}
const PLAIN: MessageData = {
  ...{ kind: 'empty', body: undefined, messageId: undefined, correlationId: undefined, destination: queue('q') },
  ...{ replyTo: undefined, type: undefined, timestamp: undefined, expiration: undefined, deliveryTime: undefined },
  ...{ deliveryMode: 'persistent', priority: 4, userId: undefined, groupId: undefined, groupSequence: undefined },
  ...{ properties: {}, propertyTypes: undefined },
}

function frameOf(message: Partial<MessageData>, useCompression = false): Buffer {
  const writer = new WireWriter()
  encodeMessage(writer, { ...PLAIN, ...message }, SENDER, useCompression, 1_000)
  return writer.finish()
}

function read(frame: Buffer): IncomingData {
  const message = readMessage(new WireReader(frame, 5), frame[4] ?? 0, 12)
  return new IncomingData(message, { largestBody: 100_000, names: new TemporaryNames() })
}

/** A frame with other content, as a client in Java would send it. */
function withContent(type: number, content: Buffer | undefined, isCompressed = false): Buffer {
  const writer = new WireWriter()
  const frame = frameOf({ kind: 'bytes', body: content ?? new Uint8Array() })
  const fields = readStructure(new WireReader(frame, 5), frame[4] ?? 0, 12)
  return encodedMessage(writer, { ...fields, type, content: content ?? null, compressed: isCompressed })
}

function encodedMessage(writer: WireWriter, structure: Parameters<typeof encoded>[0]): Buffer {
  const body = Buffer.from(encoded(structure)).subarray(2)
  writer.begin(structure.type)
  writer.raw(body)
  return writer.finish()
}

const MAP = {
  ...{ flag: true, byte: byte(-128), short: short(300), int: 70_000, long: long(2n ** 63n - 1n), small: long(5) },
  ...{ float: float(1.5), double: double(3), text: '☃ 😀', bytes: Uint8Array.of(0, 255), nothing: null },
}
const PLAIN_MAP = {
  ...{ flag: true, byte: -128, short: 300, int: 70_000, long: 2n ** 63n - 1n, small: 5, float: 1.5, double: 3 },
  ...{ text: '☃ 😀', bytes: Uint8Array.of(0, 255), nothing: null },
}

describe('messages over OpenWire', () => {
  it.each([
    ['text', 'Grüße 😀 \0', 'Grüße 😀 \0'],
    ['text', '', ''],
    ['bytes', Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3)],
    ['bytes', new Uint8Array(), new Uint8Array()],
    ['map', MAP, PLAIN_MAP],
    ['map', {}, {}],
    ['stream', ['😀 \0', byte(1), null, Uint8Array.of(9)], ['😀 \0', 1, null, Uint8Array.of(9)]],
    ['stream', [], []],
    ['object', '{"a":1}', '{"a":1}'],
    ['empty', undefined, undefined],
  ] as const)('of kind %s come back as they went, compressed and not, case %#', (kind, body, expected) => {
    for (const useCompression of [false, true]) {
      expect(read(frameOf({ kind, body }, useCompression))).toMatchObject({ kind, properties: {} })
      expect(read(frameOf({ kind, body }, useCompression)).body).toEqual(expected)
    }
  })

  it('keep their headers', () => {
    const sent: Partial<MessageData> = {
      ...{ correlationId: 'c', replyTo: topic('answers'), type: 't', timestamp: 7, expiration: 9_999 },
      ...{ deliveryMode: 'non-persistent', priority: 9, groupId: 'g', groupSequence: 3 },
    }
    expect(read(frameOf(sent)).data).toMatchObject({ ...sent, messageId: 'ID:c:2:3:42', destination: queue('q') })
  })

  it('keep properties with their types', () => {
    const { properties, propertyTypes } = read(frameOf({ properties: { ...MAP, bytes: 1, nothing: 2 } }))
    expect(properties).toEqual({ ...PLAIN_MAP, bytes: 1, nothing: 2 })
    expect(propertyTypes).toEqual({ byte: 'byte', short: 'short', small: 'long', float: 'float', double: 'double' })
  })

  it('have texts in properties and maps as Java reads them there, and others as it reads those', () => {
    expect(frameOf({ properties: { p: '😀' } }).includes(Buffer.from('😀'))).toBe(true)
    expect(frameOf({ kind: 'map', body: { p: '😀' } }).includes(Buffer.from('😀'))).toBe(true)
    expect(frameOf({ kind: 'stream', body: ['😀'] }).includes(bytesOf('eda0bdedb880'))).toBe(true)
    expect(frameOf({ kind: 'text', body: '😀' }).includes(bytesOf('eda0bdedb880'))).toBe(true)
  })

  it('of Java are read as it wrote them', () => {
    const text = bytesOf('0000000a74eda0bdedb880c08078')
    expect(read(withContent(TYPE.TEXT_MESSAGE, text)).body).toBe('t😀\0x')
    const stream = bytesOf('05000000010900037477' + '6f00')
    expect(read(withContent(TYPE.STREAM_MESSAGE, stream)).body).toEqual([1, 'two', null])
    const zeros = Buffer.concat([bytesOf('00000032'), deflateSync(Buffer.alloc(50))])
    expect(read(withContent(TYPE.BYTES_MESSAGE, zeros, true)).body).toEqual(new Uint8Array(50))
    const packed = deflateSync(text)
    expect(read(withContent(TYPE.TEXT_MESSAGE, packed, true)).body).toBe('t😀\0x')
    const unfinished = deflateSync(text, { finishFlush: constants.Z_SYNC_FLUSH })
    expect(read(withContent(TYPE.TEXT_MESSAGE, unfinished, true)).body).toBe('t😀\0x')
  })

  it('of Java with serialised objects are bytes, which nobody runs', () => {
    const serialised = bytesOf('aced00057400016f')
    expect(read(withContent(TYPE.OBJECT_MESSAGE, serialised)).data).toMatchObject({
      kind: 'bytes',
      body: new Uint8Array(serialised),
    })
  })

  it('with maps in maps are JSON', () => {
    const nested = bytesOf('00000001' + '00016d' + '0b' + '00000001' + '0001620a00000001ff')
    expect(read(withContent(TYPE.MAP_MESSAGE, nested)).data).toMatchObject({
      kind: 'object',
      body: '{"m":{"b":"/w=="}}',
    })
  })

  it('without content are what Java takes them for', () => {
    expect(read(withContent(TYPE.TEXT_MESSAGE, undefined)).kind).toBe('empty')
    expect(read(withContent(TYPE.MAP_MESSAGE, undefined)).data).toMatchObject({ kind: 'map', body: {} })
    expect(read(withContent(TYPE.STREAM_MESSAGE, undefined)).data).toMatchObject({ kind: 'stream', body: [] })
    expect(read(withContent(TYPE.BYTES_MESSAGE, undefined)).data).toMatchObject({
      kind: 'bytes',
      body: new Uint8Array(),
    })
  })

  it('that are broken, or grow too large, are handed over as their bytes', () => {
    const bomb = deflateSync(Buffer.alloc(1_000_000))
    expect(read(withContent(TYPE.TEXT_MESSAGE, bomb, true)).data).toMatchObject({
      kind: 'bytes',
      body: new Uint8Array(bomb),
    })
    const broken = bytesOf('7fffffff')
    expect(read(withContent(TYPE.MAP_MESSAGE, broken)).data).toMatchObject({
      kind: 'bytes',
      body: new Uint8Array(broken),
    })
  })

  it('that came by AMQP are what was sent there', () => {
    const json = { kind: 'text', body: '{"a":1}', properties: { JMS_AMQP_ContentType: 'application/json' } } as const
    expect(read(frameOf(json)).data).toMatchObject({ kind: 'object', body: '{"a":1}', properties: {} })
    const none = { kind: 'bytes', body: new Uint8Array(), properties: { 'JMS_AMQP_MA_x-opt-jms-msg-type': 0 } } as const
    expect(read(frameOf(none)).data).toMatchObject({ kind: 'empty', body: undefined, properties: {} })
  })

  it('that are advisories have the command that they are about, without its password', () => {
    const frame = frameOf({})
    const fields = readStructure(new WireReader(frame, 5), frame[4] ?? 0, 12)
    const dataStructure = { type: TYPE.CONNECTION_INFO, clientId: 'c', userName: 'u', password: 'secret' }
    const { kind, body } = read(encodedMessage(new WireWriter(), { ...fields, dataStructure }))
    expect(kind).toBe('object')
    expect(JSON.parse(String(body))).toMatchObject({ type: 3, clientId: 'c', userName: 'u' })
    expect(body).not.toContain('secret')
  })

  it('are delayed by the scheduler of the broker, and tell for when', () => {
    const frame = frameOf({ deliveryTime: 5_000 })
    expect(frame.includes(Buffer.from('AMQ_SCHEDULED_DELAY'))).toBe(true)
    expect(read(frame).data).toMatchObject({ deliveryTime: 5_000, properties: {} })
  })

  it('have no correlation id that does not fit', () => {
    expect(() => frameOf({ correlationId: 'x'.repeat(70_000) })).toThrow(/does not fit/)
  })
})

describe('destinations over OpenWire', () => {
  it('have options behind their names, as those of Java', () => {
    const orders = queue('orders?consumer.exclusive=true&consumer.priority=7')
    expect(wireDestination(orders)).toEqual({ type: TYPE.QUEUE, physicalName: 'orders' })
    expect(destinationOptions(orders)).toEqual({ exclusive: true, retroactive: false, priority: 7 })
    expect(destinationOptions(topic('a'))).toEqual({ exclusive: false, retroactive: false, priority: 0 })
  })

  it.each(['a?consumer.exclusiv=true', 'a?consumer.priority=128', 'a?consumer.exclusive=yes', 'a?b'])(
    'refuse options that are none: %s',
    (name) => {
      expect(() => destinationOptions(queue(name))).toThrow(/consumer.exclusive=true/)
    },
  )
})
