import { describe, expect, it } from 'vitest'
import { MessageFormatError } from '../../../src/errors.ts'
import { decode, encode, fromRhea, hex, messageOf, NOW, rabbitmq, rhea, text } from './support.ts'

const { types, message: codec } = rhea
const typed = (code: number): object => ({ message_annotations: { 'x-opt-jms-msg-type': types.wrap_byte(code) } })
const data = (value: string | Uint8Array): unknown => codec.data_section(Buffer.from(value as string))
const value = (digits: string): Uint8Array => hex(`005377${digits}`)
const properties = (digits: string): Uint8Array => {
  const pairs = Buffer.from(hex(digits))
  return Buffer.concat([hex('005374 d1'), uint32(pairs.length + 4), uint32(2), pairs])
}
const uint32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(n)
  return bytes
}

describe('the kind and body of a received message', () => {
  it.each<[string, object, string, unknown]>([
    ['annotated text in data', { ...typed(5), body: data('grüße') }, 'text', 'grüße'],
    ['annotated text of no characters', { ...typed(5), body: data('') }, 'text', ''],
    ['annotated text without a text', { ...typed(5), body: null }, 'empty', undefined],
    ['annotated bytes', { ...typed(3), content_type: 'text/plain', body: data('x') }, 'bytes', new Uint8Array([120])],
    ['annotated empty message with the section RabbitMQ needs', { ...typed(0), body: data('') }, 'empty', undefined],
    ['annotated map', { ...typed(2), body: { a: 'x' } }, 'map', { a: 'x' }],
    ['annotated map without entries', { ...typed(2), body: null }, 'map', {}],
    ['annotated stream', { ...typed(4), body: codec.sequence_section(['x', true]) }, 'stream', ['x', true]],
    ['annotated stream as a list value', { ...typed(4), body: ['x', null] }, 'stream', ['x', null]],
    ['annotated object as an AMQP value', { ...typed(1), body: { a: ['x'] } }, 'object', '{"a":["x"]}'],
    ['annotated object as a Java object', { ...typed(1), body: data('\u00ac') }, 'bytes', new Uint8Array([0xc2, 0xac])],
    [
      'a Java object',
      { content_type: 'application/x-java-serialized-object', body: data('x') },
      'bytes',
      new Uint8Array([120]),
    ],
    ['data without a content type', { body: data('x') }, 'bytes', new Uint8Array([120])],
    ['data of an unknown content type', { content_type: 'image/png', body: data('x') }, 'bytes', new Uint8Array([120])],
    ['data of text', { content_type: 'text/html', body: data('ä') }, 'text', 'ä'],
    ['data of text with a charset', { content_type: 'Text/Plain; Charset="UTF-8"', body: data('ä') }, 'text', 'ä'],
    [
      'data of text in another charset',
      { content_type: 'text/plain; charset=latin1', body: data('a') },
      'bytes',
      new Uint8Array([97]),
    ],
    [
      'data of text that is not UTF-8',
      { content_type: 'text/plain', body: data(Uint8Array.of(0xff)) },
      'bytes',
      new Uint8Array([255]),
    ],
    ['data of XML', { content_type: 'application/soap+xml', body: data('<a/>') }, 'text', '<a/>'],
    ['data of JSON', { content_type: 'application/json', body: data('{"a":1}') }, 'object', '{"a":1}'],
    ['data of a JSON dialect', { content_type: 'application/cloudevents+json', body: data('{}') }, 'object', '{}'],
    ['data of JSON without a byte', { content_type: 'application/json', body: data('') }, 'text', ''],
    [
      'several data sections',
      { body: codec.data_sections([Buffer.from('a'), Buffer.from('b')]) },
      'bytes',
      new Uint8Array([97, 98]),
    ],
    [
      'a character split between data sections',
      { ...typed(5), body: codec.data_sections([Buffer.from([0xc3]), Buffer.from([0xa4])]) },
      'text',
      'ä',
    ],
    ['a string value', { body: 'x' }, 'text', 'x'],
    ['a null value', { body: null }, 'empty', undefined],
    ['a binary value', { body: Buffer.from('x') }, 'bytes', new Uint8Array([120])],
    ['a map value', { body: { a: 'x', n: null } }, 'map', { a: 'x', n: null }],
    ['a list value', { body: ['x', 1] }, 'stream', ['x', 1]],
    ['a sequence', { body: codec.sequence_section(['x']) }, 'stream', ['x']],
    ['several sequences', { body: codec.sequence_sections([['a'], ['b']]) }, 'stream', ['a', 'b']],
    ['a map in a map', { body: { a: { b: [1, null] } } }, 'object', '{"a":{"b":[1,null]}}'],
    ['a list in a list', { body: [['x']] }, 'object', '[["x"]]'],
    ['a number', { body: 42 }, 'object', '42'],
    ['a boolean', { body: true }, 'object', 'true'],
  ])('reads %s', (_, sent, kind, body) => {
    const { message } = fromRhea(sent)
    expect(message.kind).toBe(kind)
    expect(message.body).toEqual(body)
  })

  it('reads no body at all as empty, or as the kind that was announced', () => {
    expect(decode(hex('')).message.kind).toBe('empty')
    expect(decode(encode(messageOf())).message.kind).toBe('empty')
    const octets = Buffer.from('application/octet-stream')
    const withContentType = Buffer.concat([hex('005373 c0 21 07 404040404040 a318'), octets])
    expect(decode(withContentType).message).toMatchObject({ kind: 'bytes', body: new Uint8Array() })
  })

  it.each([
    ['a long beyond 2^53', '81 0020000000000001', '9007199254740993'],
    ['a described value', '00 a30178 54ff', '-1'],
    ['a map with a key that is no string', 'c1 06 02 5401 a10161', '{"1":"a"}'],
    ['a binary inside', 'c0 06 01 c0 03 01 a000', '[[""]]'],
    ['a float that is no number', '72 7fc00000', 'null'],
  ])('gives %s, which JMS cannot hold, as JSON', (_, digits, json) => {
    expect(decode(value(digits)).message).toMatchObject({ kind: 'object', body: json })
  })

  it.each([
    ['a symbol', 'a30178', 'x'],
    ['a char', '7300000061', 'a'],
    ['a uuid', '983f2504e04f8911d39a0c0305e82c3301', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
  ])('gives %s value as text', (_, digits, body) => {
    expect(decode(value(digits)).message).toMatchObject({ kind: 'text', body })
  })

  it('reads arrays as streams', () => {
    expect(decode(value('e0 04 02 50 0102')).message).toMatchObject({ kind: 'stream', body: [1, 2] })
    expect(decode(value('f0 0000000a 00000002 a1 0161 026262')).message).toMatchObject({
      kind: 'stream',
      body: ['a', 'bb'],
    })
    expect(decode(value('e0 02 02 41')).message).toMatchObject({ kind: 'stream', body: [true, true] })
    expect(decode(value('e0 08 02 00 a30178 50 0102')).message).toMatchObject({ kind: 'stream', body: [1, 2] })
  })

  it('gives bytes of their own, not a view of the payload', () => {
    const payload = Buffer.from(encode(messageOf({ kind: 'bytes', body: new Uint8Array([1, 2]) })))
    const single = decode(payload).message.body as Uint8Array
    payload.fill(0)
    expect(single).toEqual(new Uint8Array([1, 2]))
    expect(single.buffer.byteLength).toBe(2)
    expect(Buffer.isBuffer(single)).toBe(false)
  })

  it('keeps a map entry called __proto__ without touching the prototype', () => {
    const entries = JSON.parse('{"__proto__":"x"}')
    const { message } = decode(encode(messageOf({ kind: 'map', body: entries, properties: entries })))
    expect(Object.entries(message.body as object)).toEqual([['__proto__', 'x']])
    expect(Object.entries(message.properties)).toEqual([['__proto__', 'x']])
    expect(Object.getPrototypeOf(message.body)).toBe(Object.prototype)
  })
})

describe('the fields of a received message', () => {
  it('reads what rhea writes', () => {
    const { message, redelivered, deliveryCount } = fromRhea({
      durable: true,
      priority: 7,
      delivery_count: 2,
      message_id: 'ID:1',
      user_id: 'ann',
      to: 'topic://prices',
      subject: 'T',
      reply_to: 'queue://answers',
      correlation_id: 'c',
      content_encoding: 'gzip',
      absolute_expiry_time: NOW + 5,
      creation_time: NOW,
      group_id: 'g',
      group_sequence: 3,
      reply_to_group_id: 'r',
      message_annotations: { 'x-opt-delivery-time': types.wrap_long(NOW + 3), 'x-other': [{ a: 1 }] },
      delivery_annotations: { x: 1 },
      footer: { y: 1 },
      body: 'x',
    })
    expect({ message, redelivered, deliveryCount }).toEqual({
      redelivered: true,
      deliveryCount: 3,
      message: {
        kind: 'text',
        body: 'x',
        messageId: 'ID:1',
        correlationId: 'c',
        destination: { kind: 'topic', name: 'prices' },
        replyTo: { kind: 'queue', name: 'answers' },
        type: 'T',
        timestamp: NOW,
        expiration: NOW + 5,
        deliveryTime: NOW + 3,
        deliveryMode: 'persistent',
        priority: 7,
        userId: 'ann',
        groupId: 'g',
        groupSequence: 3,
        properties: {},
        propertyTypes: undefined,
      },
    })
  })

  it('has the defaults of AMQP where a field is absent', () => {
    expect(fromRhea({ body: 'x' })).toMatchObject({
      redelivered: false,
      deliveryCount: 1,
      message: {
        deliveryMode: 'non-persistent',
        priority: 4,
        destination: { name: 'consumed.from' },
        expiration: undefined,
      },
    })
  })

  it('tells the kind of an unprefixed address by the annotation', () => {
    const annotated = (code: number): object => ({
      to: 'a',
      message_annotations: { 'x-opt-jms-dest': types.wrap_byte(code) },
    })
    expect(fromRhea(annotated(1)).message.destination).toEqual({ kind: 'topic', name: 'a' })
    expect(fromRhea(annotated(0)).message.destination).toEqual({ kind: 'queue', name: 'a' })
    expect(fromRhea(annotated(9)).message.destination).toEqual({ kind: 'queue', name: 'a' })
  })

  it('falls back to where it was consumed from when the address is no destination', () => {
    expect(fromRhea({ to: 'a\u0000b', reply_to: 'a\u0000b' }).message).toMatchObject({
      destination: { name: 'consumed.from' },
      replyTo: undefined,
    })
    expect(fromRhea({ to: '/exchanges/x' }, rabbitmq).message.destination?.name).toBe('consumed.from')
  })

  it('takes where RabbitMQ says that it was published to when the sender over another protocol named nothing', () => {
    const routed = (exchange: string, key: string): object => ({
      message_annotations: { 'x-exchange': exchange, 'x-routing-key': key },
    })
    const destinationOf = (fields: object): unknown => fromRhea(fields, rabbitmq).message.destination
    expect(destinationOf(routed('amq.topic', 'prices.żółć'))).toEqual({ kind: 'topic', name: 'prices.żółć' })
    expect(destinationOf(routed('', 'orders'))).toEqual({ kind: 'queue', name: 'orders' })
    expect(destinationOf(routed('other', 'orders'))).toMatchObject({ name: 'consumed.from' })
    expect(destinationOf({ ...routed('', 'DLQ'), to: '/queues/orders' })).toEqual({ kind: 'queue', name: 'orders' })
    expect(fromRhea(routed('', 'orders')).message.destination).toMatchObject({ name: 'consumed.from' })
  })

  it.each([
    ['answers of finance', { kind: 'queue', name: 'answers of finance' }],
    ['/queue/answers', { kind: 'queue', name: 'answers' }],
    ['/topic/answers', { kind: 'topic', name: 'answers' }],
    ['/exchange/amq.topic/answers', { kind: 'topic', name: 'answers' }],
    ['/exchange/other/answers', undefined],
  ])('takes the reply-to %s of a client of RabbitMQ over another protocol', (replyTo, destination) => {
    expect(fromRhea({ reply_to: replyTo }, rabbitmq).message.replyTo).toEqual(destination)
  })

  it('has the type of a sender over AMQP 0-9-1, which RabbitMQ annotates', () => {
    const typed = { message_annotations: { 'x-basic-type': 'invoice' } }
    expect(fromRhea(typed, rabbitmq).message.type).toBe('invoice')
    expect(fromRhea({ ...typed, subject: 'order' }, rabbitmq).message.type).toBe('order')
  })

  it('counts the expiry from now when there is only a ttl, because a broker sends what is left of it', () => {
    const before = Date.now()
    const expiration = fromRhea({ ttl: 60_000, creation_time: NOW }).message.expiration ?? 0
    expect(expiration).toBeGreaterThanOrEqual(before + 60_000)
    expect(expiration).toBeLessThanOrEqual(Date.now() + 60_000)
  })

  it('takes times of 0 for unset, as Qpid Proton writes them', () => {
    expect(
      fromRhea({ ttl: 0, absolute_expiry_time: 0, creation_time: 0, group_sequence: 0, delivery_count: 0 }),
    ).toMatchObject({
      redelivered: false,
      message: { expiration: undefined, timestamp: undefined, groupSequence: undefined },
    })
  })

  it('believes first-acquirer on RabbitMQ only, whose classic queues do not count', () => {
    expect(fromRhea({ first_acquirer: false }, rabbitmq)).toMatchObject({ redelivered: true, deliveryCount: 2 })
    expect(fromRhea({ first_acquirer: true }, rabbitmq)).toMatchObject({ redelivered: false, deliveryCount: 1 })
    expect(fromRhea({ first_acquirer: false, delivery_count: 3 }, rabbitmq).deliveryCount).toBe(4)
    expect(fromRhea({ first_acquirer: false })).toMatchObject({ redelivered: false, deliveryCount: 1 })
  })

  it('understands sections whose descriptor is a symbol', () => {
    const name = Buffer.from('amqp:amqp-value:*')
    expect(decode(Buffer.concat([hex('00a3'), Buffer.of(name.length), name, hex('a10178')])).message.body).toBe('x')
  })

  it('understands the compact list forms and wide descriptors', () => {
    expect(decode(hex('00 80 0000000000000070 c0 02 01 41 00 53 73 45 00 53 77 a10178')).message).toMatchObject({
      deliveryMode: 'persistent',
      body: 'x',
    })
  })

  it('ignores a field of the wrong type instead of losing the message', () => {
    expect(decode(hex('005370 c0 09 03 5601 a10135 c00100')).message.priority).toBe(4)
    expect(decode(hex('005373 c0 09 03 5405 45 7000000001')).message.destination?.name).toBe('consumed.from')
  })
})

describe('the application properties of a received message', () => {
  it.each<[string, string, unknown, string | undefined]>([
    ['true', '41', true, undefined],
    ['false in two bytes', '5600', false, undefined],
    ['a ubyte', '50ff', 255, undefined],
    ['a byte', '51ff', -1, 'byte'],
    ['a ushort', '60ffff', 65535, undefined],
    ['a short', '61ffff', -1, 'short'],
    ['a uint', '70ffffffff', 4294967295, undefined],
    ['a small uint', '5205', 5, undefined],
    ['uint 0', '43', 0, undefined],
    ['an int', '71ffffffff', -1, undefined],
    ['a small int', '54fe', -2, undefined],
    ['a small ulong', '5305', 5, undefined],
    ['a ulong beyond 2^63', '80ffffffffffffffff', 18446744073709551615n, undefined],
    ['a long that fits an int', '810000000000000005', 5, 'long'],
    ['a small long', '5505', 5, 'long'],
    ['a long that no int holds', '81000000012a05f200', 5000000000, undefined],
    ['the largest safe long', '81001fffffffffffff', 9007199254740991, undefined],
    ['a long beyond', '810020000000000001', 9007199254740993n, undefined],
    ['the smallest long', '818000000000000000', -9223372036854775808n, undefined],
    ['a float', '723fc00000', 1.5, 'float'],
    ['a double', '823ff8000000000000', 1.5, undefined],
    ['an integral double', '824000000000000000', 2, 'double'],
    ['a timestamp', '830000018bcfe56800', NOW, undefined],
    ['a char', '730001f600', '😀', undefined],
    ['a char beyond Unicode', '73ffffffff', '\ufffd', undefined],
    ['a uuid', '983f2504e04f8911d39a0c0305e82c3301', '3f2504e0-4f89-11d3-9a0c-0305e82c3301', undefined],
    ['a symbol', 'a30178', 'x', undefined],
    ['a string', 'a10178', 'x', undefined],
    ['a decimal32 of 1.5', '743200000f', 1.5, 'float'],
    ['a decimal64 of -2', '84b1c0000000000002', -2, 'double'],
    ['a decimal128 of 1', '9430400000000000000000000000000001', 1, 'double'],
    ['a decimal infinity', '7478000000', Number.POSITIVE_INFINITY, 'float'],
  ])('reads %s', (_, digits, expected, type) => {
    const { message } = decode(properties(`a10170 ${digits}`))
    expect(message.properties.p).toEqual(expected)
    expect(message.propertyTypes?.p).toBe(type)
  })

  it.each([
    ['null', '40'],
    ['a binary', 'a00100'],
    ['a list', 'c0020140'],
    ['a map', 'c10100'],
    ['an array', 'e003015001'],
  ])('leaves out %s, which no JMS property can be', (_, digits) => {
    expect(decode(properties(`a10170 ${digits}`)).message.properties).toEqual({})
  })

  it('leaves out what brokers add', () => {
    const { message } = fromRhea({
      application_properties: {
        JMS_AMQP_NATIVE: true,
        JMS_AMQP_MA_x: 'y',
        __HDR_ARRIVAL: 1,
        __AMQ_CID: 'a',
        _AMQ_LARGE_SIZE: 5,
        NATIVE_MESSAGE_ID: 'ID:1',
        JMSXGroup: 'mine',
        _mine: 1,
      },
    })
    expect(message.properties).toEqual({ JMSXGroup: 'mine', _mine: 1 })
  })
})

describe('a broken payload', () => {
  it.each([
    ['no descriptor', 'a10178'],
    ['a descriptor alone', '00'],
    ['a section without a value', '005377'],
    ['a string that is cut', '005377 a10578'],
    ['a string of 4 GB', '005377 b1 ffffffff 78'],
    ['a list that claims more bytes', '005370 c0 ff 01 41'],
    ['a list that claims more fields', '005370 c0 02 05 41'],
    ['a list of 2^32-1 elements', '005377 d0 00000004 ffffffff'],
    ['a map of an odd count', '005374 c1 04 01 a10161'],
    ['a section that is no list', '005370 a10178'],
    ['data that is no binary', '005375 a10178'],
    ['a sequence that is no list', '005376 a10178'],
    ['an unknown type', '005377 01'],
    ['an array of 2^32-1 nulls', '005377 f0 00000005 ffffffff 40'],
    ['an array of more elements than bytes', '005377 f0 00000005 00000002 50'],
  ])('with %s is a MessageFormatError', (_, digits) => {
    expect(() => decode(hex(digits))).toThrow(MessageFormatError)
  })

  it('does not follow lists or descriptors nested deeper than 32', () => {
    let list = Buffer.from([0x45])
    for (let i = 0; i < 20_000; i++)
      list = i < 40 ? Buffer.concat([hex('d0'), uint32(list.length + 4), uint32(1), list]) : list
    expect(() => decode(Buffer.concat([hex('005377'), list]))).toThrow(/nested deeper/)
    expect(() => decode(Buffer.concat([hex('005377'), Buffer.alloc(100_000)]))).toThrow(/nested deeper/)
  })

  it('says where it broke and decodes the next one', () => {
    expect(() => decode(hex('005377 a10578'))).toThrow(/at byte 5/)
    expect(decode(encode(text('next'))).message.body).toBe('next')
  })

  it('skips sections and descriptors that AMQP 1.0 does not know', () => {
    expect(decode(hex('0053ff c0020140 00a30178 40 005377 a10178')).message.body).toBe('x')
  })
})
