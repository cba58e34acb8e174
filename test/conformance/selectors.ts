import { expect } from 'vitest'
import { byte, double, InvalidSelectorError, long, message, queue, type Sendable, topic } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, unique } from './waiting.ts'

const messages: Readonly<Record<string, Sendable>> = {
  gold: message({ properties: { metal: 'gold', weight: 10, price: double(2.5), pure: true, note: '100% _fine_' } }),
  silver: message({ properties: { metal: 'silver', weight: byte(20), price: double(1), pure: false } }),
  iron: message({ properties: { metal: "iron's", weight: long(2n ** 53n + 1n), empty: '' } }),
  bare: message({ correlationId: 'order-7', type: 'bare' }),
}

/** Selectors and the messages they match (JMS 3.1 §3.8.1). */
const cases: readonly (readonly [selector: string, matches: readonly string[]])[] = [
  ["metal = 'gold'", ['gold']],
  ["metal <> 'gold'", ['silver', 'iron']],
  ["metal = 'iron''s'", ['iron']],
  ["metal = 'Gold'", []],
  ["Metal = 'gold'", []],
  ['METAL IS NULL AND metal IS NOT NULL', ['gold', 'silver', 'iron']],
  ['weight > 10', ['silver', 'iron']],
  ['weight >= 10 AND weight <= 20', ['gold', 'silver']],
  ['weight BETWEEN 10 AND 19', ['gold']],
  ['weight NOT BETWEEN 10 AND 19', ['silver', 'iron']],
  ['weight = 10.0', ['gold']],
  ['price * 4 = weight', ['gold']],
  ['price + 1 < 3 OR weight - 5 = 5', ['gold', 'silver']],
  ['weight / 2 = 10', ['silver']],
  ['-weight < -15', ['silver', 'iron']],
  ['price = 25e-1', ['gold']],
  ['pure = TRUE', ['gold']],
  ['pure', ['gold']],
  ['NOT pure', ['silver']],
  ['pure = FALSE', ['silver']],
  ["metal IN ('gold', 'iron''s')", ['gold', 'iron']],
  ["metal NOT IN ('gold', 'lead')", ['silver', 'iron']],
  ["metal LIKE 's%'", ['silver']],
  ["metal LIKE '_o%'", ['gold']],
  ["metal NOT LIKE '%l%'", ['iron']],
  ["note LIKE '100#% #_f%' ESCAPE '#'", ['gold']],
  ['price IS NULL', ['iron', 'bare']],
  ['price IS NOT NULL', ['gold', 'silver']],
  ["empty = ''", ['iron']],
  ["missing = 'x' OR metal = 'gold'", ['gold']],
  ["NOT (missing = 'x')", []],
  ["metal = 'gold' OR metal = 'silver' AND weight > 100", ['gold']],
  ["(metal = 'gold' OR metal = 'silver') AND weight > 100", []],
  ["JMSCorrelationID = 'order-7'", ['bare']],
  ["JMSType = 'bare'", ['bare']],
  ['JMSPriority = 4', ['gold', 'silver', 'iron', 'bare']],
  ["JMSDeliveryMode = 'PERSISTENT'", ['gold', 'silver', 'iron', 'bare']],
]

/** What is no selector, and the column of the first thing wrong with it. */
const invalid: readonly string[] = [
  'a =',
  "a = 'open",
  'a = 1 AND',
  '(a = 1',
  'a LIKE 1',
  "a IN ('x',)",
  'a BETWEEN 1',
  '1 = = 2',
  "a = 'x' b",
  "a LIKE 'x' ESCAPE 'long'",
  '#',
  'JMSReplyTo IS NULL',
]

export function selectors(bench: Bench): void {
  for (const [selector, matching] of cases) {
    if (bench.target.selectorDefects.includes(selector)) continue
    featureTest(bench, ['topics', 'selectors', 'properties', 'typedProperties'], `matches by ${selector}`, async () => {
      const { connection, session } = await bench.sit()
      const metals = topic(unique('metals'))
      // The last message gets through every selector, so that no time-out is needed to see the end.
      const reader = await session.createConsumer(metals, { selector: `(${selector}) OR JMSType = 'end'` })
      for (const [name, sent] of Object.entries(messages)) {
        await connection.send(metals, withName(name, sent))
      }
      await connection.send(metals, message({ type: 'end' }))
      const names: unknown[] = []
      let hasEnded = false
      while (!hasEnded || (!bench.target.keepsOrder && names.length < matching.length)) {
        const next = await bench.next(reader)
        if (next.type === 'end') hasEnded = true
        else names.push(next.properties.named)
      }
      bench.expectInOrder(names, matching)
    })
  }

  featureTest(
    bench,
    ['queues', 'selectors', 'properties'],
    'leaves on a queue what it does not match, in its place',
    async () => {
      const { connection, session } = await bench.sit()
      const orders = queue(unique('orders'))
      for (const [n, colour] of ['red', 'blue', 'red', 'blue', 'green'].entries()) {
        await connection.send(orders, message({ correlationId: String(n), properties: { colour } }))
      }
      const blue = await session.createConsumer(orders, { selector: "colour = 'blue'" })
      const received = await bench.take(blue, 2)
      expect(received.map(({ correlationId }) => correlationId)).toEqual(['1', '3'])
      await bench.expectNothing(blue)
      await blue.close()
      const rest = await bench.take(await session.createConsumer(orders), 3)
      expect(rest.map(({ correlationId }) => correlationId)).toEqual(['0', '2', '4'])
    },
  )

  featureTest(
    bench,
    ['queues', 'selectors', 'properties'],
    'gives each of two consumers its own share of a queue',
    async () => {
      const { connection, session } = await bench.sit()
      const orders = queue(unique('orders'))
      const odd = await session.createConsumer(orders, { selector: "parity = 'odd'" })
      const even = await session.createConsumer(orders, { selector: "parity = 'even'" })
      for (let n = 0; n < 20; n += 1) {
        const properties = { parity: n % 2 === 0 ? 'even' : 'odd' }
        await connection.send(orders, message({ correlationId: String(n), properties }))
      }
      const evens = await bench.take(even, 10)
      const odds = await bench.take(odd, 10)
      expect(evens.map(({ correlationId }) => Number(correlationId) % 2)).toEqual(Array(10).fill(0))
      expect(odds.map(({ correlationId }) => Number(correlationId) % 2)).toEqual(Array(10).fill(1))
      await bench.expectNothing(even, odd)
    },
  )

  featureTest(bench, ['queues', 'selectors'], 'takes a blank selector for none', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    await connection.send(orders, 'anything')
    expect((await bench.next(await session.createConsumer(orders, { selector: '  ' }))).body).toBe('anything')
  })

  featureTest(
    bench,
    ['queues', 'selectors'],
    'refuses what is no selector, pointing at it, and the session goes on',
    async () => {
      const { connection, session } = await bench.sit()
      const orders = queue(unique('orders'))
      for (const selector of invalid) {
        const error = await failureOf(session.createConsumer(orders, { selector }))
        expect(error).toBeInstanceOf(InvalidSelectorError)
        expect(error).toMatchObject({ code: 'ERR_INVALID_SELECTOR', selector })
        const { column } = error as InvalidSelectorError
        expect(column).toBeGreaterThan(0)
        expect(column).toBeLessThanOrEqual(selector.length + 1)
      }
      await connection.send(orders, 'goes on')
      expect((await bench.next(await session.createConsumer(orders))).body).toBe('goes on')
    },
  )
}

function withName(named: string, sent: Sendable): Sendable {
  const { properties, correlationId, type } = sent as ReturnType<typeof message>
  return message({
    properties: { ...properties, named },
    ...(correlationId !== undefined && { correlationId }),
    ...(type !== undefined && { type }),
  })
}
