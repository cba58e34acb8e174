import { expect } from 'vitest'
import { queue, topic } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { clockPasses, numbered, unique } from './waiting.ts'

/** ms by which timers of brokers and of this process may be early. */
const EARLY = 15

export function timing(bench: Bench): void {
  featureTest(bench, ['queues', 'timeToLive'], 'does not deliver a message whose time is over', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    await connection.send(orders, 'short-lived', { timeToLive: 1 })
    await connection.send(orders, 'long-lived', { timeToLive: 60_000 })
    await connection.send(orders, 'eternal')
    await clockPasses(Date.now() + EARLY)
    const consumer = await session.createConsumer(orders)
    expect(await bench.bodies(consumer, 2)).toEqual(['long-lived', 'eternal'])
    await bench.expectNothing(consumer)
  })

  featureTest(
    bench,
    ['queues', 'timeToLive'],
    'takes the time to live of the producer for each of its messages',
    async () => {
      const { session } = await bench.sit()
      const orders = queue(unique('orders'))
      const producer = await session.createProducer(orders, { timeToLive: 1 })
      await producer.send('by default')
      await producer.send('by the send', { timeToLive: 0 })
      await clockPasses(Date.now() + EARLY)
      const received = await bench.next(await session.createConsumer(orders))
      expect(received.body).toBe('by the send')
      expect(received).not.toHaveProperty('expiration')
    },
  )

  featureTest(
    bench,
    ['topics', 'durableSubscriptions', 'timeToLive'],
    'does not keep an expired message for a subscriber who is away',
    async () => {
      const { connection, session } = await bench.sit({}, { clientId: bench.clientId() })
      const news = topic(unique('news'))
      await (await session.createDurableConsumer(news, 'archive')).close()
      await connection.send(news, 'short-lived', { timeToLive: 1 })
      await connection.send(news, 'eternal')
      await clockPasses(Date.now() + EARLY)
      const reader = await session.createDurableConsumer(news, 'archive')
      expect((await bench.next(reader)).body).toBe('eternal')
      await reader.close()
      await session.unsubscribe('archive')
    },
  )

  featureTest(
    bench,
    ['queues', 'deliveryDelay'],
    'delivers a delayed message when its time has come, after others',
    async () => {
      const { connection, session } = await bench.sit()
      const orders = queue(unique('orders'))
      const consumer = await session.createConsumer(orders)
      const begin = Date.now()
      await connection.send(orders, 'later', { deliveryDelay: 300 })
      await connection.send(orders, 'now')
      const [first, second] = await bench.take(consumer, 2)
      expect([first?.body, second?.body]).toEqual(['now', 'later'])
      expect(Date.now() - begin).toBeGreaterThanOrEqual(300 - EARLY)
      expect(second?.deliveryTime).toBeGreaterThanOrEqual(begin + 300)
      expect(first).not.toHaveProperty('deliveryTime')
    },
  )

  featureTest(
    bench,
    ['queues', 'deliveryDelay'],
    'delivers delayed messages by their times, not by the order of the sends',
    async () => {
      const { connection, session } = await bench.sit()
      const orders = queue(unique('orders'))
      const consumer = await session.createConsumer(orders)
      await Promise.all([
        connection.send(orders, 'third', { deliveryDelay: 600 }),
        connection.send(orders, 'second', { deliveryDelay: 300 }),
        connection.send(orders, 'first'),
      ])
      expect(await bench.bodies(consumer, 3)).toEqual(['first', 'second', 'third'])
    },
  )

  featureTest(
    bench,
    ['queues', 'deliveryDelay', 'timeToLive'],
    'counts the time to live from the delivery time, not from the send',
    async () => {
      const { connection, session } = await bench.sit()
      const orders = queue(unique('orders'))
      const consumer = await session.createConsumer(orders)
      await connection.send(orders, 'later', { deliveryDelay: 300, timeToLive: 2_000 })
      const received = await bench.next(consumer)
      expect(received.body).toBe('later')
      expect((received.expiration ?? 0) - (received.timestamp ?? 0)).toBeGreaterThanOrEqual(2_300 - EARLY)
    },
  )

  featureTest(bench, ['topics', 'deliveryDelay'], 'delays messages to topics, too', async () => {
    const { connection, session } = await bench.sit()
    const news = topic(unique('news'))
    const reader = await session.createConsumer(news)
    await connection.send(news, 'later', { deliveryDelay: 200 })
    await connection.send(news, 'now')
    expect(await bench.bodies(reader, 2)).toEqual(['now', 'later'])
  })

  featureTest(bench, ['queues', 'priority'], 'delivers urgent messages before others that wait', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    for (const body of numbered(5)) await connection.send(orders, body, { priority: 1 })
    await connection.send(orders, 'urgent', { priority: 9 })
    const consumer = await session.createConsumer(orders, { prefetch: 1 })
    expect(await bench.bodies(consumer, 6)).toEqual(['urgent', ...numbered(5)])
  })

  featureTest(bench, ['queues', 'priority'], 'delivers by priority, and in order within each', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const priorities = [4, 0, 9, 5, 4, 9, 7, 1]
    for (const [index, priority] of priorities.entries()) {
      await connection.send(orders, `${priority}.${index}`, { priority })
    }
    const consumer = await session.createConsumer(orders)
    const received = (await bench.bodies(consumer, priorities.length)) as string[]
    if (bench.target.priorityLevels === 'ten') {
      expect(received).toEqual(['9.2', '9.5', '7.6', '5.3', '4.0', '4.4', '1.7', '0.1'])
      return
    }
    const isUrgent = (body: string): boolean => Number(body[0]) > 4
    expect(isUrgent(received[0] ?? '')).toBe(true)
    expect(received.filter(isUrgent)).toEqual(['9.2', '5.3', '9.5', '7.6'])
    expect(received.filter((body) => !isUrgent(body))).toEqual(['4.0', '0.1', '4.4', '1.7'])
  })
}
