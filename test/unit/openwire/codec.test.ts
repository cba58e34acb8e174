import { describe, expect, it } from 'vitest'
import { DEFINITIONS } from '../../../src/providers/openwire/codec/commands.ts'
import { FrameParser } from '../../../src/providers/openwire/codec/frame-parser.ts'
import { readMessage } from '../../../src/providers/openwire/codec/incoming.ts'
import { decodeText } from '../../../src/providers/openwire/codec/modified-utf8.ts'
import { type OutgoingMessage, writeHead, writeTail } from '../../../src/providers/openwire/codec/outgoing.ts'
import { OpenWireProtocolError } from '../../../src/providers/openwire/codec/protocol-error.ts'
import { WireReader } from '../../../src/providers/openwire/codec/reader.ts'
import { readStructure, writeStructure } from '../../../src/providers/openwire/codec/structures.ts'
import { type Structure, TYPE } from '../../../src/providers/openwire/codec/types.ts'
import { decodeWireFormat, encodeWireFormat } from '../../../src/providers/openwire/codec/wire-format.ts'
import { WireWriter } from '../../../src/providers/openwire/codec/writer.ts'
import { bytesOf, VECTORS } from './vectors.ts'

const CONNECTION: Structure = { type: TYPE.CONNECTION_ID, value: 'ID:a-1-1:1' }
const SESSION: Structure = { type: TYPE.SESSION_ID, connectionId: 'ID:a-1-1:1', value: 1 }
const PRODUCER: Structure = { type: TYPE.PRODUCER_ID, connectionId: 'ID:a-1-1:1', value: 1, sessionId: 1 }
const CONSUMER: Structure = { type: TYPE.CONSUMER_ID, connectionId: 'ID:a-1-1:1', sessionId: 1, value: 1 }
const QUEUE: Structure = { type: TYPE.QUEUE, physicalName: 'q' }
const MESSAGE_ID: Structure = {
  type: TYPE.MESSAGE_ID,
  producerId: PRODUCER,
  producerSequenceId: 1,
  brokerSequenceId: 0,
}

const command = (type: number, commandId: number, responseRequired: boolean, fields: object): Structure => ({
  type,
  commandId,
  responseRequired,
  ...fields,
})

/** What each frame of the vectors says. */
const COMMANDS: readonly (readonly [keyof typeof VECTORS, Structure])[] = [
  ['keepAliveInfo', command(TYPE.KEEP_ALIVE_INFO, 1, false, {})],
  [
    'connectionInfo',
    command(TYPE.CONNECTION_INFO, 2, true, {
      ...{
        connectionId: CONNECTION,
        clientId: 'c',
        password: 'p',
        userName: 'u',
        manageable: true,
        clientMaster: true,
      },
    }),
  ],
  ['sessionInfo', command(TYPE.SESSION_INFO, 3, true, { sessionId: SESSION })],
  ['producerInfo', command(TYPE.PRODUCER_INFO, 4, true, { producerId: PRODUCER, destination: QUEUE })],
  [
    'consumerInfo',
    command(TYPE.CONSUMER_INFO, 5, true, {
      ...{ consumerId: CONSUMER, destination: QUEUE, prefetchSize: 10, dispatchAsync: true },
    }),
  ],
  [
    'textMessage',
    command(TYPE.TEXT_MESSAGE, 6, true, {
      ...{ producerId: PRODUCER, destination: QUEUE, messageId: MESSAGE_ID, persistent: true, priority: 4 },
      ...{ timestamp: 1, content: bytesOf('000000026869') },
    }),
  ],
  [
    'messageAck',
    command(TYPE.MESSAGE_ACK, 7, false, {
      ...{ destination: QUEUE, consumerId: CONSUMER, ackType: 2, firstMessageId: MESSAGE_ID },
      ...{ lastMessageId: MESSAGE_ID, messageCount: 1 },
    }),
  ],
  [
    'transactionInfo',
    command(TYPE.TRANSACTION_INFO, 8, false, {
      connectionId: CONNECTION,
      transactionId: { type: TYPE.LOCAL_TRANSACTION_ID, value: 1, connectionId: CONNECTION },
      operation: 0,
    }),
  ],
  ['messagePull', command(TYPE.MESSAGE_PULL, 9, false, { consumerId: CONSUMER, destination: QUEUE, timeout: -1 })],
  ['removeInfo', command(TYPE.REMOVE_INFO, 10, true, { objectId: CONSUMER, lastDeliveredSequenceId: -2 })],
  ['shutdownInfo', command(TYPE.SHUTDOWN_INFO, 11, false, {})],
]

function encoded(structure: Structure, version = 12): Buffer {
  const writer = new WireWriter()
  writer.begin(structure.type)
  writeStructure(writer, structure, version)
  return writer.finish()
}

function decoded(frame: Buffer, version = 12): Structure {
  const reader = new WireReader(frame, 5)
  const structure = readStructure(reader, frame[4] ?? 0, version)
  expect(reader.offset).toBe(frame.length)
  return structure
}

describe('commands of OpenWire', () => {
  it.each(COMMANDS)('are written as brokers take them: %s', (name, structure) => {
    expect(encoded(structure).toString('hex')).toBe(VECTORS[name])
  })

  it.each(COMMANDS)('are read as they were written: %s', (name, structure) => {
    expect(decoded(bytesOf(VECTORS[name]))).toMatchObject(structure)
  })

  it.each([10, 11, 12])('survive a round trip in version %d, all that there are', (version) => {
    for (const definition of DEFINITIONS) {
      if (definition === undefined || definition.type === TYPE.WIRE_FORMAT_INFO) continue
      const frame = encoded({ type: definition.type }, version)
      const structure = decoded(frame, version)
      expect(encoded(structure, version)).toEqual(frame)
    }
  })

  it('have no field that their version lacks', () => {
    expect(encoded({ type: TYPE.SUBSCRIPTION_INFO }, 11)).toHaveLength(
      encoded({ type: TYPE.SUBSCRIPTION_INFO }, 10).length + 1,
    )
  })

  it('tell the broker what the connection wants', () => {
    const properties = {
      ...{ CacheEnabled: false, TightEncodingEnabled: false, StackTraceEnabled: false, TcpNoDelayEnabled: true },
      ...{ SizePrefixDisabled: false, MaxInactivityDuration: 30_000n, MaxInactivityDurationInitalDelay: 10_000n },
    }
    const frame = Buffer.from(encodeWireFormat(properties))
    expect(frame.toString('hex')).toBe(VECTORS.wireFormatInfo)
    expect(decodeWireFormat(new WireReader(frame, 5))).toEqual({
      version: 12,
      properties: { ...properties, MaxInactivityDuration: 30_000, MaxInactivityDurationInitalDelay: 10_000 },
    })
  })

  it('refuse what says another magic', () => {
    const frame = bytesOf(VECTORS.wireFormatInfo)
    frame[5] = 0x42
    expect(() => decodeWireFormat(new WireReader(frame, 5))).toThrow(OpenWireProtocolError)
  })

  it('keep 64-bit numbers exact', () => {
    for (const value of [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n]) {
      const frame = encoded({ type: TYPE.LOCAL_TRANSACTION_ID, value })
      expect(decoded(frame).value).toBe(value)
    }
  })
})

describe('messages of OpenWire', () => {
  const structure = new WireWriter()
  const part = (one: Structure): Buffer => {
    structure.beginPart()
    structure.byte(1)
    structure.byte(one.type)
    writeStructure(structure, one, 12)
    return Buffer.from(structure.part())
  }
  const plain: OutgoingMessage = {
    ...{ type: TYPE.TEXT_MESSAGE, commandId: 6, responseRequired: true, producerId: part(PRODUCER) },
    ...{ destination: part(QUEUE), transactionId: undefined, idProducer: part(PRODUCER), sequence: 1 },
    ...{ textView: undefined, groupId: undefined, groupSequence: 0, correlationId: undefined, persistent: true },
    ...{ expiration: 0, priority: 4, replyTo: undefined, timestamp: 1, jmsType: undefined, compressed: false },
    redeliveryCounter: 0,
  }
  const full: OutgoingMessage = {
    ...plain,
    ...{ transactionId: part({ type: TYPE.LOCAL_TRANSACTION_ID, value: 7, connectionId: CONNECTION }) },
    ...{ textView: 'ID:x', groupId: 'g', groupSequence: 3, correlationId: 'c ☃', persistent: false },
    ...{ expiration: 2 ** 41, priority: 9, replyTo: part({ type: TYPE.TEMP_QUEUE, physicalName: 't:1' }) },
    ...{ timestamp: 2 ** 40, jmsType: 'order', compressed: true, redeliveryCounter: 2 },
  }
  const written = (message: OutgoingMessage, writer = new WireWriter(), text = 'hi'): Buffer => {
    writeHead(writer, message)
    const start = writer.beginBytes()
    writer.longText(text)
    writer.endBytes(start)
    writer.byte(0)
    writeTail(writer, message)
    return writer.finish()
  }

  it('are written by hand as by the table', () => {
    expect(written(plain).toString('hex')).toBe(VECTORS.textMessage)
    expect(decoded(written(full))).toMatchObject({
      ...{ transactionId: { value: 7 }, messageId: { textView: 'ID:x', producerSequenceId: 1 }, groupID: 'g' },
      ...{ groupSequence: 3, correlationId: 'c ☃', persistent: false, expiration: 2 ** 41, priority: 9 },
      ...{ replyTo: { physicalName: 't:1' }, timestamp: 2 ** 40, jmsType: 'order', compressed: true },
      ...{ redeliveryCounter: 2, content: bytesOf('000000026869'), marshalledProperties: null },
    })
  })

  it('are read by hand as by the table', () => {
    const frame = written(full)
    const reader = new WireReader(frame, 5)
    const message = readMessage(reader, TYPE.TEXT_MESSAGE, 12)
    expect(reader.offset).toBe(frame.length)
    expect(message).toMatchObject({
      ...{ groupId: 'g', groupSequence: 3, correlationId: 'c ☃', persistent: false, expiration: 2 ** 41 },
      ...{ priority: 9, timestamp: 2 ** 40, jmsType: 'order', compressed: true, redeliveryCounter: 2 },
      properties: undefined,
    })
    const id = readStructure(new WireReader(frame, message.messageId.start + 2), TYPE.MESSAGE_ID, 12)
    expect(id).toMatchObject({ textView: 'ID:x', producerId: PRODUCER, producerSequenceId: 1 })
    expect(frame.subarray(message.content?.start, message.content?.end)).toEqual(bytesOf('000000026869'))
  })

  it('may be larger than what frames are written into', () => {
    const writer = new WireWriter()
    const small = written(plain, writer)
    const large = written(plain, writer, 'x'.repeat(200_000))
    expect(small.toString('hex')).toBe(VECTORS.textMessage)
    expect(decoded(large).content).toHaveLength(200_004)
    expect(written(plain, writer).toString('hex')).toBe(VECTORS.textMessage)
  })

  it('are given up without a trace', () => {
    const writer = new WireWriter()
    writer.begin(TYPE.TEXT_MESSAGE)
    writer.string('half')
    writer.rollBack()
    expect(written(plain, writer).toString('hex')).toBe(VECTORS.textMessage)
  })

  it('have no text that the protocol has no room for', () => {
    expect(() => written({ ...plain, correlationId: 'x'.repeat(65_536) })).toThrow(OpenWireProtocolError)
  })
})

describe('text of OpenWire', () => {
  const encode = (text: string): Buffer => {
    const writer = new WireWriter()
    writer.beginPart()
    writer.longText(text)
    return Buffer.from(writer.part().subarray(4))
  }

  it('is written as Java reads it', () => {
    expect(encode('😀\0').toString('hex')).toBe('eda0bdedb880c080')
    expect(encode('t😀\0x').toString('hex')).toBe('74eda0bdedb880c08078')
    expect(encode('').toString('hex')).toBe('')
    expect(encode('Grüße ☃')).toEqual(Buffer.from('Grüße ☃'))
  })

  it.each([
    [
      '',
      'plain',
      'x'.repeat(1_000),
      'Grüße ☃ 世界',
      '😀👩‍👩‍👧‍👦🏳️‍🌈',
      'a\0b\u0001',
      `${'x'.repeat(9_000)}😀\0`,
      '\ud800 alone',
      '\ufefftext',
    ],
  ])('comes back as it went', (...texts) => {
    for (const text of texts) {
      const bytes = encode(text)
      expect(decodeText(bytes, 0, bytes.length)).toBe(text)
    }
  })

  it('is read in plain UTF-8, too', () => {
    const bytes = Buffer.from('😀 Grüße \0')
    expect(decodeText(bytes, 0, bytes.length)).toBe('😀 Grüße \0')
    const mixed = bytesOf('f09f9880eda0bdedb880c080')
    expect(decodeText(mixed, 0, mixed.length)).toBe('😀😀\0')
  })

  it('loses no more than what is no text', () => {
    const bytes = bytesOf('61ff62c363e28264f8656680')
    expect(decodeText(bytes, 0, bytes.length)).toBe('a\ufffdb\ufffdc\ufffdd\ufffdef\ufffd')
  })
})

describe('frames of OpenWire', () => {
  const frames = Object.values(VECTORS).map(bytesOf)
  const all = Buffer.concat(frames)

  it.each([1, 2, 3, 5, 7, 64, 1_000, all.length])('are found in pieces of %d bytes', (size) => {
    const found: string[] = []
    const parser = new FrameParser(1_000_000, (bytes, start, end) => found.push(bytes.toString('hex', start, end)))
    for (let at = 0; at < all.length; at += size) parser.push(all.subarray(at, at + size))
    expect(found).toEqual(frames.map((frame) => frame.toString('hex', 4)))
  })

  it.each([
    ['too large', '00100001'],
    ['empty', '00000000'],
    ['negative', 'ffffffff'],
  ])('are refused when they are %s, before anything is made for them', (_, head) => {
    const parser = new FrameParser(1_048_576, () => {})
    expect(() => parser.push(bytesOf(head))).toThrow(OpenWireProtocolError)
    const split = new FrameParser(1_048_576, () => {})
    const feed = (): void => {
      for (const byte of bytesOf(`${head}00`)) split.push(Buffer.of(byte))
    }
    expect(feed).toThrow(OpenWireProtocolError)
  })

  it('are gathered as they come, however large they say they are', () => {
    const sizes: number[] = []
    const parser = new FrameParser(2 ** 31 - 1, (_, start, end) => sizes.push(end - start))
    const head = Buffer.alloc(4)
    head.writeInt32BE(3_000_000)
    parser.push(head)
    for (let sent = 0; sent < 3_000_000; sent += 100_000) parser.push(Buffer.alloc(100_000))
    expect(sizes).toEqual([3_000_000])
  })
})
