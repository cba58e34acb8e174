import { expect } from 'vitest'
import { queue, type ReceivedMessage } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { gate, numbered, soon, unique } from './waiting.ts'

export function acknowledging(bench: Bench): void {
  featureTest(bench, 'queues', 'auto: takes a message away once it is received', async () => {
    const { connection, session } = await bench.sit({ acknowledgeMode: 'auto' })
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(3))
    const consumer = await session.createConsumer(orders)
    const received = await bench.take(consumer, 2)
    for (const message of received) await message.acknowledge()
    await connection.close()
    expect(await bench.remaining(orders)).toEqual(['2'])
  })

  featureTest(
    bench,
    'queues',
    'client: one acknowledge() takes away all that the session has delivered so far',
    async () => {
      const { connection, session } = await bench.sit({ acknowledgeMode: 'client' })
      const [orders, bills] = [queue(unique('orders')), queue(unique('bills'))]
      await bench.fill(orders, numbered(4))
      await bench.fill(bills, ['bill'])
      const consumer = await session.createConsumer(orders)
      await bench.next(await session.createConsumer(bills))
      const [first] = await bench.take(consumer, 3)
      await first?.acknowledge()
      expect((await bench.next(consumer)).body).toBe('3')
      await connection.close()
      expect(await bench.remaining(orders)).toEqual(['3'])
      expect(await bench.remaining(bills)).toEqual([])
    },
  )

  featureTest(bench, 'queues', 'client: session.acknowledge() does the same without a message at hand', async () => {
    const { connection, session } = await bench.sit({ acknowledgeMode: 'client' })
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(3))
    await bench.take(await session.createConsumer(orders), 2)
    await session.acknowledge()
    await connection.close()
    expect(await bench.remaining(orders)).toEqual(['2'])
  })

  featureTest(bench, 'queues', 'client: lets an application collect more messages than the prefetch', async () => {
    const { connection, session } = await bench.sit({ acknowledgeMode: 'client' }, { prefetch: 2 })
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(10))
    const received = await bench.take(await session.createConsumer(orders), 10)
    expect(received.map(({ body }) => body)).toEqual(numbered(10))
    await received[9]?.acknowledge()
    await connection.close()
    expect(await bench.remaining(orders)).toEqual([])
  })

  featureTest(bench, 'queues', 'client: keeps what a listener got until it is acknowledged', async () => {
    const { connection, session } = await bench.sit({ acknowledgeMode: 'client' })
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(3))
    const consumer = await session.createConsumer(orders)
    const done = gate()
    consumer.listen(async (message) => {
      if (message.body === '1') await message.acknowledge()
      if (message.body === '2') done.open()
    })
    await soon(done.opened, 'the third call')
    await connection.close()
    expect(await bench.remaining(orders)).toEqual(['2'])
  })

  featureTest(
    bench,
    ['queues', 'individualAcknowledge'],
    'individual: takes away exactly what is acknowledged',
    async () => {
      const { connection, session } = await bench.sit({ acknowledgeMode: 'individual' })
      const orders = queue(unique('orders'))
      await bench.fill(orders, numbered(5))
      const received = await bench.take(await session.createConsumer(orders), 5)
      await received[3]?.acknowledge()
      await received[1]?.acknowledge()
      await received[1]?.acknowledge()
      await connection.close()
      expect(await bench.remaining(orders)).toEqual(['0', '2', '4'])
    },
  )

  featureTest(
    bench,
    ['queues', 'individualAcknowledge'],
    'individual: session.acknowledge() takes away all the rest',
    async () => {
      const { connection, session } = await bench.sit({ acknowledgeMode: 'individual' })
      const orders = queue(unique('orders'))
      await bench.fill(orders, numbered(4))
      await bench.take(await session.createConsumer(orders), 3)
      await session.acknowledge()
      await connection.close()
      expect(await bench.remaining(orders)).toEqual(['3'])
    },
  )

  featureTest(
    bench,
    ['queues', 'individualAcknowledge'],
    'individual: never gives a listener more than the prefetch unacknowledged',
    async () => {
      const { session } = await bench.sit({ acknowledgeMode: 'individual' }, { prefetch: 2 })
      const orders = queue(unique('orders'))
      await bench.fill(orders, numbered(7))
      const consumer = await session.createConsumer(orders)
      const held: ReceivedMessage[] = []
      let pair = gate()
      consumer.listen((message) => {
        held.push(message)
        if (held.length === 2) pair.open()
      })
      await soon(pair.opened, 'the first two messages')
      const { session: other } = await bench.sit()
      const taker = await other.createConsumer(orders)
      expect(await bench.bodies(taker, 5)).toEqual(['2', '3', '4', '5', '6'])
      expect(held.map(({ body }) => body)).toEqual(['0', '1'])
      await taker.close()
      pair = gate()
      await Promise.all(held.splice(0).map((message) => message.acknowledge()))
      await bench.fill(orders, ['7', '8', '9'])
      await soon(pair.opened, 'the next two messages')
      expect(await bench.remaining(orders)).toEqual(['9'])
      expect(held.map(({ body }) => body)).toEqual(['7', '8'])
    },
  )

  featureTest(bench, 'queues', 'dups-ok: takes away what was received by the time the session is closed', async () => {
    const { connection, session } = await bench.sit({ acknowledgeMode: 'dups-ok' })
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(300))
    const received = await bench.bodies(await session.createConsumer(orders), 250)
    expect(received).toEqual(numbered(250))
    await connection.close()
    // A quorum queue under load may hand over what it still had before what has just come back.
    expect((await bench.remaining(orders)).sort()).toEqual(numbered(300).slice(250))
  })

  featureTest(bench, 'queues', 'dups-ok: takes away what a listener has handled', async () => {
    const { connection, session } = await bench.sit({ acknowledgeMode: 'dups-ok' })
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(20))
    const consumer = await session.createConsumer(orders)
    const done = gate()
    consumer.listen(({ body }) => {
      if (body === '19') done.open()
    })
    await soon(done.opened, 'the last call')
    await connection.close()
    expect(await bench.remaining(orders)).toEqual([])
  })

  featureTest(
    bench,
    'queues',
    'gives what was not acknowledged to a consumer that waits, once the first one closes',
    async () => {
      const { session } = await bench.sit({ acknowledgeMode: 'client' })
      const orders = queue(unique('orders'))
      await bench.fill(orders, ['work'])
      const holder = await session.createConsumer(orders)
      await bench.next(holder)
      const { session: other } = await bench.sit()
      const pending = (await other.createConsumer(orders)).receive()
      await holder.close()
      expect(await soon(pending, 'the redelivery')).toMatchObject({ body: 'work', ...bench.again })
    },
  )
}
