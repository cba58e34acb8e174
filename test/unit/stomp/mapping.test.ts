import { describe, expect, it } from 'vitest'
import { byte, double, float, int, long, queue, short, topic } from '../../../src/index.ts'
import type { MessageData } from '../../../src/message/message-data.ts'
import { activemqDialect } from '../../../src/providers/stomp/activemq-dialect.ts'
import { artemisDialect } from '../../../src/providers/stomp/artemis-dialect.ts'
import type { Dialect } from '../../../src/providers/stomp/dialect.ts'
import type { Frame } from '../../../src/providers/stomp/frame.ts'
import { FrameParser } from '../../../src/providers/stomp/frame-parser.ts'
import { decodeMessage, encodeMessage } from '../../../src/providers/stomp/mapping.ts'
import { rabbitmqDialect } from '../../../src/providers/stomp/rabbitmq-dialect.ts'
import { TemporaryAliases } from '../../../src/providers/stomp/temporary-aliases.ts'

const NOW = 1_800_000_000_000
const dialects: readonly (readonly [string, Dialect])[] = [
  [
    'ActiveMQ',
    activemqDialect(
      { product: 'ActiveMQ', version: '5.18', transformation: undefined, loadAmqpReader: undefined },
      new TemporaryAliases(),
    ),
  ],
  [
    'Artemis',
    artemisDialect('ActiveMQ-Artemis', '2.44', {
      selectorOf: () => undefined,
      subscriptionOf: () => ({ headers: [] }),
    }),
  ],
  ['RabbitMQ', rabbitmqDialect('RabbitMQ', '4.0', { headersOf: () => [] })],
]

function message(fields: Partial<MessageData>): MessageData {
  return {
    kind: 'text',
    body: 'text',
    messageId: 'ID:1',
    correlationId: undefined,
    destination: queue('orders'),
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

/** The frame as it goes out. */
function encoded(fields: Partial<MessageData>, dialect: Dialect, isText = false): Frame {
  const context = { dialect, version: '1.2', isText, heads: new WeakMap() } as const
  const wire = encodeMessage(message(fields), context, '1', undefined, NOW)
  const frames: Frame[] = []
  const parser = new FrameParser({ head: 1e6, headers: 1e3, body: 1e6 }, (frame) => frames.push(frame))
  parser.version = '1.2'
  parser.push(Buffer.from(wire as string))
  return frames[0] as Frame
}

function roundTrip(fields: Partial<MessageData>, dialect: Dialect): MessageData {
  return decodeMessage(encoded(fields, dialect), dialect, NOW)
}

describe.each(dialects)('a message to %s', (_, dialect) => {
  it('says its delivery mode, and asks for a receipt', () => {
    expect(Object.fromEntries(encoded({}, dialect).headers)).toMatchObject({ persistent: 'true', receipt: '1' })
    expect(encoded({ deliveryMode: 'non-persistent' }, dialect).headers.get('persistent')).toBe('false')
  })

  it('tells who sent it, where the broker says so', () => {
    const frame = encoded({}, dialect)
    const headers = new Map(frame.headers).set(dialect.product === 'RabbitMQ' ? 'user-id' : 'JMSXUserID', 'ann')
    const received = decodeMessage({ ...frame, headers }, dialect, NOW)
    expect(received).toMatchObject({ userId: 'ann', properties: {} })
    expect(decodeMessage(frame, dialect, NOW).userId).toBeUndefined()
  })

  it('has all of its headers still', () => {
    const fields: Partial<MessageData> = {
      correlationId: 'a:b\n',
      replyTo: topic('answers.eu'),
      type: 'order',
      expiration: NOW + 5_000,
      priority: 9,
      groupId: 'g',
      groupSequence: 3,
    }
    expect(roundTrip(fields, dialect)).toEqual(message(fields))
  })

  it('has the types of its properties still, and those that are called like a header', () => {
    const properties = {
      text: 'a',
      flag: false,
      byte: byte(1),
      short: short(2),
      int: int(3),
      long: long(4),
      huge: 2n ** 63n - 1n,
      float: float(0.5),
      double: double(6),
      zero: -0,
      priority: 'mine',
      receipt: 7,
    }
    const { properties: received, propertyTypes } = roundTrip({ properties }, dialect)
    expect(received).toEqual({
      ...{ text: 'a', flag: false, byte: 1, short: 2, int: 3, long: 4, huge: 2n ** 63n - 1n, float: 0.5, double: 6 },
      ...{ zero: -0, priority: 'mine', receipt: 7 },
    })
    expect(propertyTypes).toEqual({ byte: 'byte', short: 'short', long: 'long', float: 'float', double: 'double' })
  })

  it.each<[MessageData['kind'], unknown]>([
    ['text', 'with \0 in it'],
    ['bytes', Uint8Array.of(0, 255)],
    ['object', '{"a":[1,null]}'],
    ['empty', undefined],
    ['map', { a: 1, b: Uint8Array.of(1, 2), c: 2n ** 60n, d: Number.NaN, e: null, f: 'x', g: true }],
    ['stream', [1, Uint8Array.of(0), 'x', null, -0, 2n ** 60n]],
  ])('has its body of kind %s still', (kind, body) => {
    expect(roundTrip({ kind, body }, dialect)).toMatchObject({ kind, body })
  })

  it('brings bytes through where only text goes', () => {
    const body = Uint8Array.from({ length: 256 }, (_, index) => index)
    const frame = encoded({ kind: 'bytes', body }, dialect, true)
    expect(frame.body.every((byte) => byte < 128)).toBe(true)
    expect(decodeMessage(frame, dialect, NOW)).toMatchObject({ kind: 'bytes', body })
  })

  it('is never lost for a types header that makes no sense', () => {
    for (const types of ['{', '7', 'null', '{"kind":"map"}', '{"kind":"stream","entries":7}', '{"hidden":{"a":1}}']) {
      const frame = encoded({ properties: { a: 'b' } }, dialect)
      const headers = new Map(frame.headers).set('PolymqTypes', types)
      expect(decodeMessage({ ...frame, headers }, dialect, NOW).body).toBeDefined()
    }
  })
})

describe('a message of another client', () => {
  const [activemq, artemis, rabbitmq] = dialects.map(([, dialect]) => dialect) as [Dialect, Dialect, Dialect]
  const frame = (headers: Record<string, string>): Frame => ({
    command: 'MESSAGE',
    headers: new Map(Object.entries(headers)),
    body: new TextEncoder().encode('ü'),
  })

  it('is text or bytes as ActiveMQ tells', () => {
    expect(decodeMessage(frame({ destination: '/queue/a' }), activemq, NOW)).toMatchObject({ kind: 'text', body: 'ü' })
    expect(decodeMessage(frame({ 'content-length': '2' }), activemq, NOW)).toMatchObject({ kind: 'bytes' })
  })

  it('is text or bytes on Artemis by where its length stands', () => {
    const kindOf = (headers: Record<string, string>) => decodeMessage(frame(headers), artemis, NOW).kind
    expect(kindOf({ subscription: 's', 'message-id': '1,2' })).toBe('text')
    expect(kindOf({ subscription: 's', 'message-id': '1,2', 'content-length': '2' })).toBe('text')
    expect(kindOf({ subscription: 's', 'content-length': '2', 'message-id': '1,2' })).toBe('bytes')
    expect(kindOf({ subscription: 's', 'message-id': '1,2', 'content-length': '0' })).toBe('bytes')
  })

  it('shows on Artemis no header of the broker as a property, and is of the kind that it was consumed from', () => {
    const headers = {
      ...{ destination: 'DLQ', 'destination-type': 'MULTICAST', receipt: '1', _AMQ_ORIG_ADDRESS: 'news' },
      ...{ __AMQ_CID: 'x', __HDR_COMMAND_ID: '1', NATIVE_MESSAGE_ID: 'ID:1', 'ingress-timestamp': '1', own: 'a' },
    }
    const received = decodeMessage(frame(headers), artemis, NOW, 'queue')
    expect(received.properties).toEqual({ own: 'a' })
    expect(received.destination).toEqual(queue('DLQ'))
  })

  it.each([
    ['queue://answers', 'queue'],
    ['topic://answers', 'topic'],
    ['temp-queue://answers', 'temporary-queue'],
    ['temp-topic://answers', 'temporary-topic'],
    ['answers', 'queue'],
  ])('is answered on Artemis where reply-to says %s', (replyTo, kind) => {
    expect(decodeMessage(frame({ 'reply-to': replyTo }), artemis, NOW).replyTo).toEqual({ kind, name: 'answers' })
  })

  it('is text, an object or bytes by its content type on RabbitMQ', () => {
    const kindOf = (type: string) => decodeMessage(frame({ 'content-type': type }), rabbitmq, NOW).kind
    expect(['text/plain', 'application/json', 'application/soap+xml'].map(kindOf)).toEqual(['text', 'object', 'text'])
    expect(['application/octet-stream', 'image/png'].map(kindOf)).toEqual(['bytes', 'bytes'])
  })

  it.each([
    ['/reply-queue/answers', 'answers'],
    ['/reply-queue//queues/a%2Fb', 'a/b'],
    ['/reply-queue/a/b', 'a/b'],
    ['/amq/queue/answers', 'answers'],
    ['answers', 'answers'],
  ])('is answered on RabbitMQ where reply-to says %s', (replyTo, name) => {
    expect(decodeMessage(frame({ 'reply-to': replyTo }), rabbitmq, NOW).replyTo).toEqual(queue(name))
  })

  it.each(['polymq.temporary.1', 'amq.gen-LhQz1gv3GhDOv8PIDabOXA', 'amq.rabbitmq.reply-to.g1h2/AA+.Duaoa3m=='])(
    'is answered on a temporary queue on RabbitMQ where reply-to says /reply-queue/%s',
    (name) => {
      const { replyTo } = decodeMessage(frame({ 'reply-to': `/reply-queue/${name}` }), rabbitmq, NOW)
      expect(replyTo).toEqual({ kind: 'temporary-queue', name })
    },
  )

  it.each(['/exchange/prices/eur', '/reply-queue//exchange/prices/eur', '/topics/x'])(
    'has no place for answers on RabbitMQ where reply-to says %s',
    (replyTo) => {
      expect(decodeMessage(frame({ 'reply-to': replyTo }), rabbitmq, NOW).replyTo).toBeUndefined()
    },
  )
})
