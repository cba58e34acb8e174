import { expect } from 'vitest'
import { queue, topic } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { collect, numbered, soon, unique } from './waiting.ts'

export function ordering(bench: Bench): void {
  featureTest(bench, 'queues', 'brings ten thousand messages through in order, none lost and none twice', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const collector = collect(10_000)
    await connection.consume(orders, collector.listener)
    const producer = await session.createProducer(orders)
    await Promise.all(numbered(10_000).map((body) => producer.send(body)))
    const messages = await soon(collector.complete, 'the last message', 210_000)
    expect(messages.map(({ body }) => body)).toEqual(numbered(10_000))
    expect(await bench.remaining(orders)).toEqual([])
  })

  featureTest(bench, 'topics', 'brings a thousand messages through a topic in order', async () => {
    const { connection, session } = await bench.sit()
    const news = topic(unique('news'))
    const collector = collect(1_000)
    await connection.consume(news, collector.listener)
    const producer = await session.createProducer(news)
    await Promise.all(numbered(1_000).map((body) => producer.send(body)))
    const messages = await soon(collector.complete, 'the last message', 210_000)
    bench.expectInOrder(
      messages.map(({ body }) => body),
      numbered(1_000),
    )
  })

  featureTest(bench, 'queues', 'keeps the order of messages of different sizes and kinds', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    const [large, larger] = [200_000, 300_000].map((size) => Math.min(size, bench.target.largestBody)) as [
      number,
      number,
    ]
    const bodies = [new Uint8Array(larger), 'small', { n: 1 }, undefined, 'x'.repeat(large), '', new Uint8Array(1)]
    await Promise.all(bodies.map((body) => producer.send(body)))
    expect(await bench.bodies(await session.createConsumer(orders), bodies.length)).toEqual(bodies)
  })

  featureTest(bench, 'queues', 'keeps the order within each delivery mode of one producer', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    await Promise.all(
      numbered(50).map((body, index) =>
        producer.send(body, { deliveryMode: index % 3 === 0 ? 'non-persistent' : 'persistent' }),
      ),
    )
    // Between the modes JMS promises no order (JMS 3.1 §6.2.9.2).
    const received = await bench.take(await session.createConsumer(orders), 50)
    for (const mode of ['persistent', 'non-persistent']) {
      const expected = numbered(50).filter((_, index) => (index % 3 === 0) === (mode === 'non-persistent'))
      expect(received.filter(({ deliveryMode }) => deliveryMode === mode).map(({ body }) => body)).toEqual(expected)
    }
  })

  featureTest(bench, 'queues', 'keeps the order across several queues of one producer', async () => {
    const { session } = await bench.sit()
    const queues = [queue(unique('a')), queue(unique('b')), queue(unique('c'))]
    const producer = await session.createProducer()
    const sends = numbered(30).flatMap((body) => queues.map((each) => producer.send(each, body)))
    await Promise.all(sends)
    for (const each of queues) {
      expect(await bench.bodies(await session.createConsumer(each), 30)).toEqual(numbered(30))
    }
  })

  featureTest(bench, 'queues', 'keeps the order for an application that holds batches beyond the prefetch', async () =>
    inBatches(bench, { prefetch: 10, batch: 40, count: 600 }),
  )

  featureTest(bench, 'queues', 'keeps the order for an application that holds batches without a prefetch', async () =>
    inBatches(bench, { prefetch: 0, batch: 7, count: 70 }),
  )
}

interface Batches {
  readonly prefetch: number
  readonly batch: number
  readonly count: number
}

/** Receives while others are being sent, and acknowledges many at once. */
async function inBatches(bench: Bench, { prefetch, batch, count }: Batches): Promise<void> {
  const { connection, session } = await bench.sit()
  const orders = queue(unique('orders'))
  const bodies = numbered(count).map((number, index) => number.padEnd((index * 37) % 2_000))
  const producer = await session.createProducer(orders)
  const collecting = await connection.createSession({ acknowledgeMode: 'client' })
  const consumer = await collecting.createConsumer(orders, { prefetch })
  const sends = Promise.all(bodies.map((body) => producer.send(body)))
  const received: unknown[] = []
  while (received.length < count) {
    received.push(...(await bench.bodies(consumer, batch)))
    await collecting.acknowledge()
  }
  await sends
  expect(received).toEqual(bodies)
}
