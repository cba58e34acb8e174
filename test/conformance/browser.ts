import { expect } from 'vitest'
import {
  IllegalStateError,
  InvalidDestinationError,
  message,
  type QueueBrowser,
  queue,
  topic,
} from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, numbered, unique } from './waiting.ts'

export function browsing(bench: Bench): void {
  const needed = ['queues', 'queueBrowser'] as const

  featureTest(bench, needed, 'shows all messages of a queue in order, and takes none', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(5))
    const browser = await session.createBrowser(orders)
    expect(await look(browser)).toEqual(numbered(5))
    await browser.close()
    expect(await bench.remaining(orders)).toEqual(numbered(5))
  })

  featureTest(bench, needed, 'shows more messages than the prefetch, and large ones', async () => {
    const { session } = await bench.sit({}, { prefetch: 10 })
    const orders = queue(unique('orders'))
    const bodies = numbered(35).map((body) => body.padEnd(20_000, '.'))
    await bench.fill(orders, bodies)
    expect(await look(await session.createBrowser(orders))).toEqual(bodies)
  })

  featureTest(bench, needed, 'shows headers and properties as a consumer gets them', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    await connection.send(orders, message({ correlationId: 'c', type: 't' }))
    for await (const each of await session.createBrowser(orders)) {
      expect(each).toMatchObject({ kind: 'empty', correlationId: 'c', type: 't', redelivered: false })
    }
    expect(await bench.next(await session.createConsumer(orders))).toMatchObject({ redelivered: false })
  })

  featureTest(bench, [...needed, 'selectors'], 'shows only what its selector matches', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    for (const type of ['a', 'b', 'a', 'c']) await connection.send(orders, message({ type }))
    const types: unknown[] = []
    for await (const { type } of await session.createBrowser(orders, { selector: "JMSType = 'a'" })) types.push(type)
    expect(types).toEqual(['a', 'a'])
  })

  featureTest(bench, needed, 'looks anew at each iteration', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const browser = await session.createBrowser(orders)
    expect(await look(browser)).toEqual([])
    await connection.send(orders, '0')
    expect(await look(browser)).toEqual(['0'])
    await connection.send(orders, '1')
    expect(await look(browser)).toEqual(['0', '1'])
    await bench.next(await session.createConsumer(orders, { prefetch: 1 }))
    await connection.send(orders, '2')
    expect(await look(browser)).toContain('2')
  })

  featureTest(bench, needed, 'lets a look be left early', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(5))
    const browser = await session.createBrowser(orders)
    for await (const { body } of browser) if (body === '1') break
    expect(await look(browser)).toEqual(numbered(5))
  })

  featureTest(bench, needed, 'shows two browsers the same', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(3))
    const [one, two] = [await session.createBrowser(orders), await session.createBrowser(orders)]
    expect(await Promise.all([look(one), look(two)])).toEqual([numbered(3), numbered(3)])
  })

  featureTest(
    bench,
    [...needed, 'topics'],
    'refuses to browse a topic, with a wrong selector, or after close',
    async () => {
      const { session } = await bench.sit()
      const asQueue = topic(unique('news')) as never
      expect(await failureOf(session.createBrowser(asQueue))).toBeInstanceOf(InvalidDestinationError)
      const browser = await session.createBrowser(queue(unique('orders')))
      expect(browser.queue.kind).toBe('queue')
      await browser.close()
      await browser.close()
      expect(await failureOf(look(browser))).toBeInstanceOf(IllegalStateError)
    },
  )
}

async function look(browser: QueueBrowser): Promise<unknown[]> {
  const bodies: unknown[] = []
  for await (const { body } of browser) bodies.push(body)
  return bodies
}
