import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MessageFormatError } from '../../../src/errors.ts'
import { queue, topic } from '../../../src/message/destination.ts'
import type { MessageData } from '../../../src/message/message-data.ts'
import {
  byte,
  double,
  float,
  inferNumericType,
  int,
  long,
  short,
  TypedNumber,
} from '../../../src/message/typed-number.ts'
import { activemq, decode, encode, messageOf, NOW, rabbitmq, roundTrip } from './support.ts'

const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer({ min: -128, max: 127 }).map(byte),
  fc.integer({ min: -32768, max: 32767 }).map(short),
  fc.integer().map(int),
  fc.maxSafeInteger().map(long),
  fc.float({ noNaN: true }).map(float),
  fc.double({ noNaN: true }).map(double),
)
const entry = fc.oneof(scalar, fc.constant(null), fc.uint8Array())
const name = fc.oneof(
  fc.constantFrom('region', 'attempt', '__proto__', 'constructor'),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
)
const record = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(name, value, { maxKeys: 8 })

const body: fc.Arbitrary<Pick<MessageData, 'kind' | 'body'>> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), body: fc.string({ unit: 'grapheme', maxLength: 400 }) }),
  fc.record({ kind: fc.constant('bytes' as const), body: fc.uint8Array({ maxLength: 400 }) }),
  fc.record({ kind: fc.constant('map' as const), body: record(entry) }),
  fc.record({ kind: fc.constant('stream' as const), body: fc.array(entry) }),
  fc.record({ kind: fc.constant('object' as const), body: fc.json() }),
  fc.constant({ kind: 'empty' as const, body: undefined }),
)
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const time = fc.integer({ min: 1, max: 8_640_000_000_000_000 })

const message: fc.Arbitrary<MessageData> = fc
  .record({
    content: body,
    messageId: optional(fc.uuid().map((id) => `ID:${id}`)),
    correlationId: optional(fc.string({ unit: 'grapheme', maxLength: 300 }).filter((id) => !id.startsWith('ID:AMQP_'))),
    destination: fc.constantFrom(queue('orders'), topic('prices.eur')),
    replyTo: optional(fc.constantFrom(queue('answers'), topic('answers'))),
    type: optional(fc.string({ unit: 'grapheme' })),
    timestamp: optional(time),
    expiration: optional(time),
    deliveryTime: optional(time),
    deliveryMode: fc.constantFrom('persistent' as const, 'non-persistent' as const),
    priority: fc.integer({ min: 0, max: 9 }),
    userId: optional(fc.string({ unit: 'grapheme', minLength: 1 })),
    group: optional(fc.tuple(fc.string(), fc.integer())),
    properties: record(scalar),
  })
  .map(({ content, group, ...fields }) =>
    messageOf({ ...fields, ...content, ...(group && { groupId: group[0], groupSequence: group[1] }) }),
  )

/** As the receiver has it: plain numbers, longs as numbers where that is exact. */
function plain(value: unknown): unknown {
  const bare = value instanceof TypedNumber ? value.value : value
  const safe = typeof bare === 'bigint' && Number.isSafeInteger(Number(bare))
  return safe ? Number(bare) : bare
}

function plainRecord(values: object): object {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, plain(value)]))
}

function typesOf(properties: MessageData['properties']): object {
  const types = Object.entries(properties).flatMap(([key, value]) => {
    const type = value instanceof TypedNumber ? value.type : typeof value === 'bigint' ? 'long' : undefined
    const received = plain(value)
    const guessed =
      typeof received === 'number' || typeof received === 'bigint' ? inferNumericType(received) : undefined
    return type === undefined || type === guessed ? [] : [[key, type]]
  })
  return Object.fromEntries(types)
}

describe('a message sent and received', () => {
  it.each([activemq, { ...activemq, textBody: 'data' as const, emptyBody: 'empty-data' as const }])(
    'is the same message (text as $textBody)',
    (context) => {
      fc.assert(
        fc.property(message, (sent) => {
          const received = roundTrip(sent, context)
          const expected =
            sent.kind === 'map'
              ? plainRecord(sent.body as object)
              : sent.kind === 'stream'
                ? (sent.body as unknown[]).map(plain)
                : sent.body
          expect({ ...received, propertyTypes: { ...received.propertyTypes } }).toEqual({
            ...sent,
            body: expected,
            properties: plainRecord(sent.properties),
            propertyTypes: typesOf(sent.properties),
          })
        }),
        { numRuns: 1000 },
      )
    },
  )
})

describe('a hostile payload', () => {
  const survives = (payload: Uint8Array): void => {
    for (const context of [activemq, rabbitmq]) {
      try {
        const { message: received } = decode(payload, context)
        expect(received.destination).toBeDefined()
      } catch (error) {
        expect(error).toBeInstanceOf(MessageFormatError)
      }
    }
  }

  it('of random bytes is decoded or refused', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives), { numRuns: 5000 })
  })

  it('of random bytes in a known section is decoded or refused', () => {
    const section = fc.tuple(fc.integer({ min: 0x6f, max: 0x79 }), fc.uint8Array({ maxLength: 100 }))
    fc.assert(
      fc.property(fc.array(section, { minLength: 1, maxLength: 3 }), (sections) => {
        survives(Uint8Array.from(sections.flatMap(([descriptor, bytes]) => [0, 0x53, descriptor, ...bytes])))
      }),
      { numRuns: 5000 },
    )
  })

  it('made from a good one by changing, cutting or repeating bytes is decoded or refused', () => {
    const edit = fc.record({
      at: fc.nat(),
      value: fc.integer({ min: 0, max: 255 }),
      action: fc.constantFrom('set', 'cut', 'repeat'),
    })
    fc.assert(
      fc.property(message, fc.array(edit, { minLength: 1, maxLength: 4 }), (sent, edits) => {
        let payload = Buffer.from(encode(sent))
        for (const { at, value, action } of edits) {
          const index = at % (payload.length + 1)
          if (action === 'set') payload[index] = value
          else if (action === 'cut') payload = payload.subarray(0, index)
          else payload = Buffer.concat([payload, payload.subarray(index)])
        }
        survives(payload)
      }),
      { numRuns: 5000 },
    )
  })

  it('cut anywhere never reads past its end', () => {
    const whole = encode(
      messageOf({ kind: 'map', body: { a: 'x', b: 2.5, c: null }, properties: { p: 'q' }, timestamp: NOW }),
    )
    for (let length = 0; length < whole.length; length++) survives(Buffer.from(whole).subarray(0, length))
  })
})
