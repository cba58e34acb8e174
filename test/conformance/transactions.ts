import { expect } from 'vitest'
import { IllegalStateError, queue, topic } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { collect, failureOf, gate, numbered, soon, unique } from './waiting.ts'

export function transactions(bench: Bench): void {
  featureTest(
    bench,
    ['queues', 'transactions'],
    'shows sends to nobody before the commit, and all of them, in order, after it',
    async () => {
      const { session } = await bench.sit({ transacted: true })
      const { session: other } = await bench.sit()
      const orders = queue(unique('orders'))
      const reader = await other.createConsumer(orders)
      const producer = await session.createProducer(orders)
      await Promise.all(numbered(10).map((body) => producer.send(body)))
      await bench.expectNothing(reader)
      await session.commit()
      expect(await bench.bodies(reader, 10)).toEqual(numbered(10))
    },
  )

  featureTest(bench, ['queues', 'transactions'], 'commits sends that are not awaited', async () => {
    const { session } = await bench.sit({ transacted: true })
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    const sends = numbered(20).map((body) => producer.send(body))
    await session.commit()
    await Promise.all(sends)
    expect(await bench.remaining(orders)).toEqual(numbered(20))
  })

  featureTest(bench, ['queues', 'transactions'], 'forgets sends at a rollback', async () => {
    const { session } = await bench.sit({ transacted: true })
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    await producer.send('undone')
    await session.rollback()
    await producer.send('done')
    await session.commit()
    expect(await bench.remaining(orders)).toEqual(['done'])
  })

  featureTest(bench, ['queues', 'transactions'], 'takes received messages away at the commit, not before', async () => {
    const { connection, session } = await bench.sit({ transacted: true })
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(4))
    const consumer = await session.createConsumer(orders)
    await bench.take(consumer, 2)
    await session.commit()
    await bench.take(consumer, 1)
    await connection.close()
    expect(await bench.remaining(orders)).toEqual(['2', '3'])
  })

  featureTest(
    bench,
    ['queues', 'transactions'],
    'delivers received messages again after a rollback, in order and counted',
    async () => {
      const { session } = await bench.sit({ transacted: true })
      const orders = queue(unique('orders'))
      await bench.fill(orders, numbered(3))
      const consumer = await session.createConsumer(orders)
      await bench.take(consumer, 2)
      await session.rollback()
      const again = await bench.take(consumer, 3)
      expect(again.map(({ body, redelivered, deliveryCount }) => [body, redelivered, deliveryCount])).toEqual([
        ['0', true, 2],
        ['1', true, 2],
        ['2', false, 1],
      ])
      await session.commit()
      await session.close()
      expect(await bench.remaining(orders)).toEqual([])
    },
  )

  featureTest(
    bench,
    ['queues', 'transactions'],
    'moves work from one queue to another whole, or not at all',
    async () => {
      const { connection, session } = await bench.sit({ transacted: true })
      const [inbox, outbox] = [queue(unique('inbox')), queue(unique('outbox'))]
      await bench.fill(inbox, ['work'])
      const consumer = await session.createConsumer(inbox)
      const producer = await session.createProducer(outbox)
      await bench.next(consumer)
      await producer.send('first try')
      await session.rollback()
      await bench.next(consumer)
      await producer.send('second try')
      await session.commit()
      await connection.close()
      expect(await bench.remaining(inbox)).toEqual([])
      expect(await bench.remaining(outbox)).toEqual(['second try'])
    },
  )

  featureTest(bench, ['queues', 'transactions'], 'rolls back when the session closes', async () => {
    const { session } = await bench.sit({ transacted: true })
    const [inbox, outbox] = [queue(unique('inbox')), queue(unique('outbox'))]
    await bench.fill(inbox, ['work'])
    await bench.next(await session.createConsumer(inbox))
    await (await session.createProducer(outbox)).send('undone')
    await session.close()
    expect(await bench.remaining(outbox)).toEqual([])
    expect(await bench.remaining(inbox)).toEqual(['work'])
  })

  featureTest(
    bench,
    ['queues', 'transactions'],
    'keeps in the transaction what a consumer received that has closed since',
    async () => {
      const { session } = await bench.sit({ transacted: true })
      const orders = queue(unique('orders'))
      await bench.fill(orders, numbered(2))
      const consumer = await session.createConsumer(orders, { prefetch: 1 })
      await bench.next(consumer)
      await consumer.close()
      await session.commit()
      await session.close()
      expect(await bench.remaining(orders)).toEqual(['1'])
    },
  )

  featureTest(
    bench,
    ['queues', 'transactions'],
    'gives back at a rollback what a consumer received that has closed since',
    async () => {
      const { session } = await bench.sit({ transacted: true })
      const orders = queue(unique('orders'))
      await bench.fill(orders, numbered(2))
      const consumer = await session.createConsumer(orders, { prefetch: 1 })
      await bench.next(consumer)
      await consumer.close()
      await session.rollback()
      await session.close()
      expect((await bench.remaining(orders)).toSorted()).toEqual(['0', '1'])
    },
  )

  featureTest(bench, ['queues', 'transactions'], 'keeps the transactions of two sessions apart', async () => {
    const { connection, session } = await bench.sit({ transacted: true })
    const second = await connection.createSession({ transacted: true })
    const orders = queue(unique('orders'))
    await (await session.createProducer(orders)).send('of the first')
    await (await second.createProducer(orders)).send('of the second')
    await second.commit()
    const { session: other } = await bench.sit()
    const reader = await other.createConsumer(orders)
    expect((await bench.next(reader)).body).toBe('of the second')
    await bench.expectNothing(reader)
    await session.rollback()
    await bench.expectNothing(reader)
  })

  featureTest(bench, ['queues', 'transactions'], 'does not hold up sessions that are not transacted', async () => {
    const { connection, session } = await bench.sit({ transacted: true })
    const orders = queue(unique('orders'))
    await (await session.createProducer(orders)).send('in doubt')
    await connection.send(orders, 'at once')
    const reader = await (await connection.createSession()).createConsumer(orders)
    expect((await bench.next(reader)).body).toBe('at once')
    await session.commit()
    expect((await bench.next(reader)).body).toBe('in doubt')
  })

  featureTest(bench, ['queues', 'transactions'], 'commits within a listener, message by message', async () => {
    const { connection, session } = await bench.sit({ transacted: true })
    const [inbox, outbox] = [queue(unique('inbox')), queue(unique('outbox'))]
    await bench.fill(inbox, numbered(5))
    const consumer = await session.createConsumer(inbox)
    const producer = await session.createProducer(outbox)
    const done = gate()
    consumer.listen(async ({ body, deliveryCount }) => {
      await producer.send(`${body} in ${deliveryCount}`)
      if (body === '2' && deliveryCount === 1) return session.rollback()
      await session.commit()
      if (body === '4') done.open()
      return undefined
    })
    await soon(done.opened, 'the last commit')
    await connection.close()
    expect(await bench.remaining(inbox)).toEqual([])
    expect(await bench.remaining(outbox)).toEqual(['0 in 1', '1 in 1', '2 in 2', '3 in 1', '4 in 1'])
  })

  featureTest(bench, ['topics', 'transactions'], 'publishes to topics at the commit', async () => {
    const { session } = await bench.sit({ transacted: true })
    const { session: other } = await bench.sit()
    const news = topic(unique('news'))
    const reader = await other.createConsumer(news)
    const producer = await session.createProducer(news)
    await producer.send('undone')
    await session.rollback()
    await producer.send('done')
    await session.commit()
    expect((await bench.next(reader)).body).toBe('done')
  })

  featureTest(
    bench,
    ['queues', 'transactions', 'deadLetter'],
    'gives a message up that is rolled back too often',
    async () => {
      const { session } = await bench.sit({ transacted: true })
      const orders = queue(unique('orders'))
      const poison = unique('poison')
      await bench.fill(orders, [poison, 'good'])
      const consumer = await session.createConsumer(orders, { prefetch: 1 })
      for (let delivery = 1; delivery <= 3; delivery += 1) {
        expect(await bench.next(consumer)).toMatchObject({ body: poison, deliveryCount: delivery })
        await session.rollback()
      }
      expect((await bench.next(consumer)).body).toBe('good')
      await session.commit()
      expect((await bench.deadLetter(poison)).body).toBe(poison)
    },
  )

  featureTest(
    bench,
    ['queues', 'transactions'],
    'commits and rolls back empty transactions, again and again',
    async () => {
      const { session } = await bench.sit({ transacted: true })
      const orders = queue(unique('orders'))
      const producer = await session.createProducer(orders)
      const collector = collect(10)
      const { session: other } = await bench.sit()
      ;(await other.createConsumer(orders)).listen(collector.listener)
      for (const body of numbered(10)) {
        await session.commit()
        await session.rollback()
        await producer.send(body)
        await session.commit()
      }
      const messages = await soon(collector.complete, 'the last message')
      expect(messages.map(({ body }) => body)).toEqual(numbered(10))
    },
  )

  featureTest(
    bench,
    ['queues', 'transactions'],
    'refuses what makes no sense: recover() in a transaction, commit() without one',
    async () => {
      const { connection, session } = await bench.sit({ transacted: true })
      expect(session).toMatchObject({ transacted: true, acknowledgeMode: 'transacted' })
      expect(await failureOf(session.recover())).toBeInstanceOf(IllegalStateError)
      const plain = await connection.createSession()
      expect(plain).toMatchObject({ transacted: false, acknowledgeMode: 'auto' })
      expect(await failureOf(plain.commit())).toBeInstanceOf(IllegalStateError)
      expect(await failureOf(plain.rollback())).toBeInstanceOf(IllegalStateError)
    },
  )
}
