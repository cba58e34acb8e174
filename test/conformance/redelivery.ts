import { expect } from 'vitest'
import { ListenerError, queue, type ReceivedMessage } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { gate, numbered, soon, unique } from './waiting.ts'

/** What a message tells of its deliveries. */
function tale({ body, redelivered, deliveryCount }: ReceivedMessage): unknown[] {
  return [body, redelivered, deliveryCount]
}

export function redelivery(bench: Bench): void {
  for (const [how, fail] of [
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ] as const) {
    featureTest(bench, 'queues', `delivers again, counted and marked, what a listener got that ${how}`, async () => {
      const { connection, session } = await bench.sit()
      const failures: Error[] = []
      connection.on('error', (error) => failures.push(error))
      const orders = queue(unique('orders'))
      const consumer = await session.createConsumer(orders)
      const tales: unknown[] = []
      const done = gate()
      consumer.listen((message) => {
        tales.push(tale(message))
        if (message.deliveryCount === 1 && message.body === 'work') return fail()
        if (message.body === 'next') done.open()
        return undefined
      })
      await bench.fill(orders, ['work', 'next'])
      await soon(done.opened, 'the last call')
      await session.close()
      expect(tales).toEqual([
        ['work', false, 1],
        ['work', true, 2],
        ['next', false, 1],
      ])
      expect(failures).toHaveLength(1)
      expect(failures[0]).toBeInstanceOf(ListenerError)
      expect(failures[0]).toMatchObject({ cause: { message: 'no' }, message: expect.stringContaining(orders.name) })
      expect(await bench.remaining(orders)).toEqual([])
    })
  }

  featureTest(
    bench,
    ['queues', 'deadLetter'],
    'moves a message to the dead letters after maximumRedeliveries',
    async () => {
      const { connection, session } = await bench.sit()
      connection.on('error', () => {})
      const orders = queue(unique('orders'))
      const poison = unique('poison')
      const consumer = await session.createConsumer(orders)
      const counts: number[] = []
      const done = gate()
      consumer.listen((message) => {
        if (message.body !== poison) return done.open()
        counts.push(message.deliveryCount)
        throw new Error('never')
      })
      await bench.fill(orders, [poison, 'good'])
      await soon(done.opened, 'the message after the poison')
      expect((await bench.deadLetter(poison)).body).toBe(poison)
      expect(counts).toEqual([1, 2, 3])
      await session.close()
      expect(await bench.remaining(orders)).toEqual([])
    },
  )

  featureTest(bench, ['queues', 'deadLetter'], 'gives up at once with maximumRedeliveries 0', async () => {
    const { connection, session } = await bench.sit({}, { redelivery: { maximumRedeliveries: 0 } })
    connection.on('error', () => {})
    const orders = queue(unique('orders'))
    const poison = unique('poison')
    const consumer = await session.createConsumer(orders)
    let calls = 0
    consumer.listen(() => {
      calls += 1
      throw new Error('never')
    })
    await bench.fill(orders, [poison])
    expect((await bench.deadLetter(poison)).body).toBe(poison)
    expect(calls).toBe(1)
  })

  featureTest(bench, 'queues', 'tries for ever with maximumRedeliveries −1', async () => {
    const { connection, session } = await bench.sit({}, { redelivery: { maximumRedeliveries: -1, initialDelay: 0 } })
    connection.on('error', () => {})
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    const done = gate()
    consumer.listen(({ deliveryCount }) => {
      if (deliveryCount < 20) throw new Error('not yet')
      done.open()
    })
    await bench.fill(orders, ['work'])
    await soon(done.opened, 'delivery 20')
    await session.close()
    expect(await bench.remaining(orders)).toEqual([])
  })

  featureTest(bench, 'queues', 'waits between deliveries, longer each time', async () => {
    const policy = { initialDelay: 40, backOffMultiplier: 3, jitter: 0, maximumRedeliveries: 2 }
    const { connection, session } = await bench.sit({}, { redelivery: policy })
    connection.on('error', () => {})
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    const times: number[] = []
    const done = gate()
    consumer.listen(() => {
      times.push(Date.now())
      if (times.length < 3) throw new Error('not yet')
      done.open()
    })
    await bench.fill(orders, ['work'])
    await soon(done.opened, 'the third delivery')
    const [first = 0, second = 0, third = 0] = times
    expect(second - first).toBeGreaterThanOrEqual(39)
    expect(third - second).toBeGreaterThanOrEqual(119)
  })

  featureTest(bench, 'queues', 'keeps the order of messages while one is delivered again', async () => {
    const { connection, session } = await bench.sit({}, { redelivery: { initialDelay: 20, jitter: 0 } })
    connection.on('error', () => {})
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(6))
    const consumer = await session.createConsumer(orders)
    const handled: unknown[] = []
    const done = gate()
    consumer.listen(({ body, redelivered }) => {
      if (Number(body) % 2 === 0 && !redelivered) throw new Error('not yet')
      handled.push(body)
      if (handled.length === 6) done.open()
    })
    await soon(done.opened, 'the last message')
    expect(handled).toEqual(numbered(6))
  })

  featureTest(
    bench,
    'queues',
    'leaves it to the application in a client session: a failed message is not acknowledged',
    async () => {
      const { connection, session } = await bench.sit({ acknowledgeMode: 'client' })
      const failed = gate<Error>()
      connection.on('error', failed.open)
      const orders = queue(unique('orders'))
      const consumer = await session.createConsumer(orders)
      consumer.listen(() => {
        throw new Error('no')
      })
      await bench.fill(orders, ['work'])
      expect(await soon(failed.opened, 'the error event')).toBeInstanceOf(ListenerError)
      await connection.close()
      expect(await bench.remaining(orders)).toEqual(['work'])
    },
  )

  featureTest(
    bench,
    ['queues', 'deadLetter'],
    'gives up a message that consumer after consumer leaves unacknowledged',
    async () => {
      const orders = queue(unique('orders'))
      const poison = unique('poison')
      await bench.fill(orders, [poison])
      for (let delivery = 1; delivery <= 3; delivery += 1) {
        const { connection, session } = await bench.sit({ acknowledgeMode: 'client' })
        const message = await bench.next(await session.createConsumer(orders))
        expect(message.redelivered).toBe(delivery > 1)
        if (bench.capabilities.deliveryCount !== 'unsupported') expect(message.deliveryCount).toBe(delivery)
        await connection.close()
      }
      if (bench.capabilities.deliveryCount === 'unsupported') return
      const { session } = await bench.sit()
      await bench.expectNothing(await session.createConsumer(orders))
      expect((await bench.deadLetter(poison)).body).toBe(poison)
    },
  )
}
