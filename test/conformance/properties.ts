import { expect } from 'vitest'
import {
  byte,
  double,
  float,
  int,
  long,
  MessageFormatError,
  message,
  type PropertyInput,
  type PropertyType,
  type PropertyValue,
  queue,
  type ReceivedMessage,
  readProperty,
  short,
} from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { unique } from './waiting.ts'

/** What is sent, what arrives, and the types JMS lets a reader read it as (JMS 3.1 §3.5.4). */
const typed: Readonly<Record<string, readonly [PropertyInput, PropertyValue, readonly PropertyType[]]>> = {
  boolean: [true, true, ['boolean', 'string']],
  byte: [byte(-7), -7, ['byte', 'short', 'int', 'long', 'string']],
  short: [short(300), 300, ['short', 'int', 'long', 'string']],
  int: [int(70_000), 70_000, ['int', 'long', 'string']],
  'plain integer': [5, 5, ['int', 'long', 'string']],
  long: [long(5), 5, ['long', 'string']],
  'plain large integer': [2 ** 40, 2 ** 40, ['long', 'string']],
  float: [float(0.5), 0.5, ['float', 'double', 'string']],
  double: [double(2), 2, ['double', 'string']],
  'plain fraction': [0.1, 0.1, ['double', 'string']],
}

const everyType: readonly PropertyType[] = ['boolean', 'byte', 'short', 'int', 'long', 'float', 'double']

export function properties(bench: Bench): void {
  for (const [what, [sent, value, readable]] of Object.entries(typed)) {
    featureTest(
      bench,
      ['queues', 'properties', 'typedProperties'],
      `keeps the value and the type of a ${what}`,
      async () => {
        const received = await roundTrip(bench, { value: sent })
        expect(received.properties).toEqual({ value })
        for (const type of everyType) {
          if (readable.includes(type)) expect(readProperty(received, 'value', type)).toBe(value)
          else expect(() => readProperty(received, 'value', type)).toThrow(MessageFormatError)
        }
        expect(readProperty(received, 'value', 'string')).toBe(String(value))
      },
    )
  }

  featureTest(
    bench,
    ['queues', 'properties', 'typedProperties'],
    'keeps a long beyond 2^53 exactly, as a bigint',
    async () => {
      const largest = 2n ** 63n - 1n
      const received = await roundTrip(bench, { largest, smallest: long(-(2n ** 63n)), edge: long(2n ** 53n) })
      expect(received.properties).toEqual({ largest, smallest: -(2n ** 63n), edge: 2n ** 53n })
    },
  )

  featureTest(bench, ['queues', 'properties', 'typedProperties'], 'gives a long within 2^53 as a number', async () => {
    const received = await roundTrip(bench, { n: 9_007_199_254_740_991n })
    expect(received.properties.n).toBe(Number.MAX_SAFE_INTEGER)
  })

  featureTest(bench, ['queues', 'properties', 'typedProperties'], 'keeps unusual doubles', async () => {
    const values = { nan: Number.NaN, infinite: Number.POSITIVE_INFINITY, tiny: Number.MIN_VALUE, minus: double(-0) }
    expect((await roundTrip(bench, values)).properties).toEqual({ ...values, minus: -0 })
  })

  featureTest(bench, ['queues', 'properties'], 'keeps texts of any kind', async () => {
    const texts = {
      empty: '',
      unicode: 'Grüße ☃ 😀',
      control: 'a\u0000b\n\r\tc',
      colon: 'a:b=c;d\\e',
      number: '0012',
      truth: 'true',
      long: 'x'.repeat(bench.target.longestProperty),
    }
    expect((await roundTrip(bench, texts)).properties).toEqual(texts)
  })

  featureTest(bench, ['queues', 'properties'], 'keeps names of any letters, case and all', async () => {
    const named = { name: 'a', Name: 'b', $price_2: 'c', größe: 'd', 名前: 'e', _: 'f' }
    expect((await roundTrip(bench, named)).properties).toEqual(named)
  })

  featureTest(bench, ['queues', 'properties'], 'keeps a hundred properties', async () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`p${index}`, `value ${index}`]))
    expect((await roundTrip(bench, many)).properties).toEqual(many)
  })

  featureTest(
    bench,
    ['queues', 'properties', 'typedProperties'],
    'keeps types when a received message is sent on',
    async () => {
      const { connection, session } = await bench.sit()
      const again = queue(unique('again'))
      await connection.send(again, await roundTrip(bench, { b: byte(1), d: double(1), big: 2n ** 60n }))
      const received = await bench.next(await session.createConsumer(again))
      expect(received.properties).toEqual({ b: 1, d: 1, big: 2n ** 60n })
      expect(readProperty(received, 'b', 'short')).toBe(1)
      expect(() => readProperty(received, 'd', 'int')).toThrow(MessageFormatError)
    },
  )
}

async function roundTrip(bench: Bench, sent: Readonly<Record<string, PropertyInput>>): Promise<ReceivedMessage> {
  const { connection, session } = await bench.sit()
  const orders = queue(unique('properties'))
  await connection.send(orders, message({ properties: sent }))
  return bench.next(await session.createConsumer(orders))
}
