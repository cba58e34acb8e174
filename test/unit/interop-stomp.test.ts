import { describe, expect, it } from 'vitest'
import { queue } from '../../src/index.ts'
import { stompBorn } from '../../src/interop/stomp-born.ts'
import type { MessageData } from '../../src/message/message-data.ts'
import { decodeJavaText } from '../../src/providers/stomp/java-text.ts'
import { decodeXstreamMap } from '../../src/providers/stomp/xstream-map.ts'

describe('a map as ActiveMQ has it in JSON', () => {
  it('has its types', () => {
    const json =
      '{"map":{"entry":[{"string":"a","int":1},{"string":["b","two"]},{"string":"c","boolean":true},{"string":"d","long":5},{"string":"e","byte-array":"AQI="},{"string":"f","double":1.5},{"string":"n","null":""}]}}'
    expect(decodeXstreamMap(json)).toEqual({ a: 1, b: 'two', c: true, d: 5, e: Uint8Array.of(1, 2), f: 1.5, n: null })
  })

  it('may have one entry, or none', () => {
    expect(decodeXstreamMap('{"map":{"entry":{"string":["a","b"]}}}')).toEqual({ a: 'b' })
    expect(decodeXstreamMap('{"map":""}')).toEqual({})
  })

  it.each(['', 'null', '7', '{"map":7}', '{"map":{"entry":[7]}}', '{"map":{"entry":{"list":1}}}'])(
    'is none: %s',
    (json) => {
      expect(decodeXstreamMap(json)).toBeUndefined()
    },
  )
})

describe('text as Java writes it', () => {
  it('has characters in two halves, and others that stay', () => {
    const halves = [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]
    expect(decodeJavaText(Uint8Array.of(0x61, ...halves, 0xc3, 0xa4))).toBe('a😀ä')
    expect(decodeJavaText(new TextEncoder().encode('힣 \ufffd 😀'))).toBe('힣 \ufffd 😀')
  })
})

describe('a message of a polymq client over STOMP, by another protocol', () => {
  const message: MessageData = {
    kind: 'text',
    body: '{"a":1}',
    messageId: 'the broker’s',
    correlationId: undefined,
    destination: queue('orders'),
    replyTo: undefined,
    type: undefined,
    timestamp: 1,
    expiration: undefined,
    deliveryTime: undefined,
    deliveryMode: 'persistent',
    priority: 4,
    userId: undefined,
    groupId: undefined,
    groupSequence: undefined,
    properties: {
      PolymqMessageId: 'ID:1',
      PolymqTypes: '{"kind":"map","properties":{"n":"short"},"hidden":{"type":"own"}}',
      'amq-msg-type': 'text',
      n: '7',
    },
    propertyTypes: undefined,
  }

  it('has the kind, the types and the id that were sent', () => {
    const { kind, body, messageId, properties, propertyTypes } = stompBorn(message)
    expect({ kind, body, messageId }).toEqual({ kind: 'map', body: { a: 1 }, messageId: 'ID:1' })
    expect(properties).toEqual({ n: 7, type: 'own' })
    expect(propertyTypes).toEqual({ n: 'short' })
  })

  it('keeps a body that is not of its kind', () => {
    expect(stompBorn({ ...message, body: 'no JSON' })).toMatchObject({ kind: 'text', body: 'no JSON' })
  })
})
