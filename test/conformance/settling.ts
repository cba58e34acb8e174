import { expect } from 'vitest'
import { IllegalStateError, queue } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, gate, numbered, soon, unique } from './waiting.ts'

export function settling(bench: Bench): void {
  featureTest(
    bench,
    ['queues', 'individualAcknowledge', 'release'],
    'release() gives a message to another consumer',
    async () => {
      const { session } = await bench.sit({ acknowledgeMode: 'individual' })
      const orders = queue(unique('orders'))
      await bench.fill(orders, ['work'])
      const first = await session.createConsumer(orders, { prefetch: 1 })
      const message = await bench.next(first)
      const { session: other } = await bench.sit()
      const second = await other.createConsumer(orders)
      const pending = second.receive()
      await message.release()
      await first.close()
      expect((await soon(pending, 'the second delivery'))?.body).toBe('work')
    },
  )

  featureTest(
    bench,
    ['queues', 'individualAcknowledge', 'release'],
    'release() gives a message to another consumer while the first one stays, and counts the delivery',
    async () => {
      const { session } = await bench.sit({ acknowledgeMode: 'individual' })
      const orders = queue(unique('orders'))
      await bench.fill(orders, ['work'])
      // Without prefetch the first consumer takes no message that it does not ask for.
      const first = await session.createConsumer(orders, { prefetch: 0 })
      await (await bench.next(first)).release()
      const { session: other } = await bench.sit()
      const again = await bench.next(await other.createConsumer(orders))
      expect(again).toMatchObject({ body: 'work', redelivered: true, deliveryCount: 2 })
    },
  )

  featureTest(
    bench,
    ['queues', 'individualAcknowledge', 'release'],
    'release() loses no message and makes no second one',
    async () => {
      const { connection, session } = await bench.sit({ acknowledgeMode: 'individual' })
      const orders = queue(unique('orders'))
      await bench.fill(orders, numbered(4))
      const received = await bench.take(await session.createConsumer(orders), 4)
      await received[0]?.acknowledge()
      await received[1]?.release()
      await received[2]?.acknowledge()
      await received[3]?.release()
      await connection.close()
      expect((await bench.remaining(orders)).toSorted()).toEqual(['1', '3'])
    },
  )

  featureTest(
    bench,
    ['queues', 'individualAcknowledge', 'release'],
    'release({ delay }) gives the message back when its time has come',
    async () => {
      const { session } = await bench.sit({ acknowledgeMode: 'individual' })
      const orders = queue(unique('orders'))
      await bench.fill(orders, ['first', 'second'])
      const consumer = await session.createConsumer(orders, { prefetch: 1 })
      const message = await bench.next(consumer)
      const begin = Date.now()
      await message.release({ delay: 300 })
      const second = await bench.next(consumer)
      expect(second.body).toBe('second')
      await second.acknowledge()
      expect((await bench.next(consumer)).body).toBe('first')
      expect(Date.now() - begin).toBeGreaterThanOrEqual(290)
    },
  )

  featureTest(
    bench,
    ['queues', 'release'],
    'release() within an auto listener gives the message back without acknowledging it',
    async () => {
      const { session } = await bench.sit()
      const orders = queue(unique('orders'))
      const consumer = await session.createConsumer(orders, { prefetch: 1 })
      const done = gate()
      let calls = 0
      consumer.listen(async (message) => {
        calls += 1
        if (calls === 1) await message.release()
        else done.open()
      })
      await bench.fill(orders, ['work'])
      await soon(done.opened, 'the second delivery')
      await session.close()
      expect(await bench.remaining(orders)).toEqual([])
    },
  )

  featureTest(
    bench,
    ['queues', 'individualAcknowledge', 'deadLetter'],
    'deadLetter() moves a message to the dead letters at once',
    async () => {
      const { connection, session } = await bench.sit({ acknowledgeMode: 'individual' })
      const orders = queue(unique('orders'))
      const poison = unique('poison')
      await bench.fill(orders, [poison, 'good'])
      const [message] = await bench.take(await session.createConsumer(orders), 2)
      await message?.deadLetter('it is poison')
      expect((await bench.deadLetter(poison)).body).toBe(poison)
      await connection.close()
      expect(await bench.remaining(orders)).toEqual(['good'])
    },
  )

  featureTest(
    bench,
    ['queues', 'deadLetter'],
    'deadLetter() within an auto listener settles the message for good',
    async () => {
      const { session } = await bench.sit()
      const orders = queue(unique('orders'))
      const poison = unique('poison')
      const consumer = await session.createConsumer(orders)
      const seen: unknown[] = []
      const done = gate()
      consumer.listen(async (message) => {
        seen.push(message.body)
        if (message.body === poison) await message.deadLetter()
        else done.open()
      })
      await bench.fill(orders, [poison, 'good'])
      await soon(done.opened, 'the second message')
      expect((await bench.deadLetter(poison)).body).toBe(poison)
      await session.close()
      expect(seen).toEqual([poison, 'good'])
      expect(await bench.remaining(orders)).toEqual([])
    },
  )

  featureTest(
    bench,
    ['queues', 'individualAcknowledge', 'release', 'deadLetter'],
    'settles a message only once',
    async () => {
      const { session } = await bench.sit({ acknowledgeMode: 'individual' })
      const orders = queue(unique('orders'))
      await bench.fill(orders, ['work'])
      const message = await bench.next(await session.createConsumer(orders))
      await message.acknowledge()
      await message.acknowledge()
      expect(await failureOf(message.release())).toBeInstanceOf(IllegalStateError)
      expect(await failureOf(message.deadLetter())).toBeInstanceOf(IllegalStateError)
    },
  )

  featureTest(bench, ['queues', 'release'], 'refuses release() of what receive() has acknowledged', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    await bench.fill(orders, ['work'])
    const message = await bench.next(await session.createConsumer(orders))
    expect(await failureOf(message.release())).toBeInstanceOf(IllegalStateError)
  })

  featureTest(
    bench,
    ['queues', 'transactions', 'release'],
    'refuses release() in a transaction, which rollback() is for',
    async () => {
      const { session } = await bench.sit({ transacted: true })
      const orders = queue(unique('orders'))
      await bench.fill(orders, ['work'])
      const message = await bench.next(await session.createConsumer(orders))
      expect(await failureOf(message.release())).toBeInstanceOf(IllegalStateError)
      await session.commit()
      await session.close()
      expect(await bench.remaining(orders)).toEqual([])
    },
  )

  featureTest(
    bench,
    ['queues', 'transactions', 'deadLetter'],
    'deadLetter() in a transaction holds, whatever becomes of the transaction',
    async () => {
      const { connection, session } = await bench.sit({ transacted: true })
      const orders = queue(unique('orders'))
      const poison = unique('poison')
      await bench.fill(orders, [poison, 'good'])
      const consumer = await session.createConsumer(orders)
      await (await bench.next(consumer)).deadLetter()
      await bench.next(consumer)
      await session.rollback()
      expect((await bench.deadLetter(poison)).body).toBe(poison)
      await connection.close()
      expect(await bench.remaining(orders)).toEqual(['good'])
    },
  )
}
