import { expect } from 'vitest'
import { type AcknowledgeMode, type Consumer, type Feature, queue, type ReceivedMessage } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { gate, numbered, soon, unique } from './waiting.ts'

/** How messages are held, by session mode, without being acknowledged. */
interface Holding {
  readonly mode: AcknowledgeMode
  readonly features: readonly Feature[]
  /** How many it holds at a time. */
  readonly count: number
  hold(bench: Bench, consumer: Consumer): Promise<unknown>
}

const receiving = {
  count: 3,
  hold: (bench: Bench, consumer: Consumer) => bench.take(consumer, 3),
}
/** A loop has not come back for the next message yet; with `receive()` these modes acknowledge at once. */
const looping = {
  count: 1,
  hold: (_: Bench, consumer: Consumer) => soon(consumer[Symbol.asyncIterator]().next(), 'the message'),
}
const HOLDINGS: readonly Holding[] = [
  { mode: 'client', features: ['queues'], ...receiving },
  { mode: 'individual', features: ['queues', 'individualAcknowledge'], ...receiving },
  { mode: 'transacted', features: ['queues', 'transactions'], ...receiving },
  { mode: 'auto', features: ['queues'], ...looping },
  { mode: 'dups-ok', features: ['queues'], ...looping },
]

/** What a message tells of its deliveries. */
const tale = ({ body, redelivered, deliveryCount }: ReceivedMessage): unknown[] => [body, redelivered, deliveryCount]

export function recovering(bench: Bench): void {
  for (const { mode, features, count, hold } of HOLDINGS) {
    featureTest(
      bench,
      features,
      `${mode}: gives to another consumer, in order and marked where the broker marks, what was held at the close`,
      async () => {
        const { connection, session } = await bench.sit({ acknowledgeMode: mode })
        const orders = queue(unique('orders'))
        await bench.fill(orders, numbered(count))
        await hold(bench, await session.createConsumer(orders))
        await connection.close()
        const { session: other } = await bench.sit()
        const again = await bench.take(await other.createConsumer(orders), count)
        const { redelivered, deliveryCount } = bench.again
        expect(again.map(tale)).toEqual(numbered(count).map((body) => [body, redelivered, deliveryCount]))
      },
    )

    // recover() in a transaction is refused; see the tests of transactions.
    if (mode === 'transacted') continue
    featureTest(
      bench,
      features,
      `${mode}: recover() delivers again what is held, oldest first, marked and counted`,
      async () => {
        const { connection, session } = await bench.sit({ acknowledgeMode: mode })
        const orders = queue(unique('orders'))
        await bench.fill(orders, numbered(count + 1))
        const consumer = await session.createConsumer(orders)
        await hold(bench, consumer)
        await session.recover()
        const again = await bench.take(consumer, count + 1)
        expect(again.map(tale)).toEqual([...numbered(count).map((body) => [body, true, 2]), [`${count}`, false, 1]])
        await session.acknowledge()
        await connection.close()
        expect(await bench.remaining(orders)).toEqual([])
      },
    )
  }

  for (const mode of ['auto', 'dups-ok'] as const) {
    featureTest(bench, 'queues', `${mode}: recover() within a listener delivers its message again`, async () => {
      const { connection, session } = await bench.sit({ acknowledgeMode: mode })
      const orders = queue(unique('orders'))
      await bench.fill(orders, ['work', 'next'])
      const consumer = await session.createConsumer(orders)
      const tales: unknown[] = []
      const done = gate()
      consumer.listen(async (message) => {
        tales.push(tale(message))
        if (tales.length === 1) await session.recover()
        if (message.body === 'next') done.open()
      })
      await soon(done.opened, 'the last call')
      await connection.close()
      expect(tales).toEqual([
        ['work', false, 1],
        ['work', true, 2],
        ['next', false, 1],
      ])
      expect(await bench.remaining(orders)).toEqual([])
    })

    featureTest(bench, 'queues', `${mode}: recover() leaves alone what receive() has returned`, async () => {
      const { connection, session } = await bench.sit({ acknowledgeMode: mode })
      const orders = queue(unique('orders'))
      await bench.fill(orders, numbered(3))
      const consumer = await session.createConsumer(orders)
      expect(await bench.bodies(consumer, 2)).toEqual(['0', '1'])
      await session.recover()
      expect(tale(await bench.next(consumer))).toEqual(['2', false, 1])
      await connection.close()
      expect(await bench.remaining(orders)).toEqual([])
    })
  }

  featureTest(bench, 'queues', 'recover() leaves alone what the application has acknowledged', async () => {
    const { connection, session } = await bench.sit({ acknowledgeMode: 'client' })
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(3))
    const consumer = await session.createConsumer(orders)
    await (await bench.next(consumer)).acknowledge()
    await bench.next(consumer)
    await session.recover()
    expect((await bench.take(consumer, 2)).map(tale)).toEqual([
      ['1', true, 2],
      ['2', false, 1],
    ])
    await session.acknowledge()
    await connection.close()
    expect(await bench.remaining(orders)).toEqual([])
  })

  featureTest(bench, 'queues', 'recover() delivers again on each consumer of the session', async () => {
    const { connection, session } = await bench.sit({ acknowledgeMode: 'client' })
    const [orders, bills] = [queue(unique('orders')), queue(unique('bills'))]
    await bench.fill(orders, ['order'])
    await bench.fill(bills, ['bill'])
    const consumers = [await session.createConsumer(orders), await session.createConsumer(bills)]
    for (const consumer of consumers) await bench.next(consumer)
    await session.recover()
    const again = await Promise.all(consumers.map((consumer) => bench.next(consumer)))
    expect(again.map(tale)).toEqual([
      ['order', true, 2],
      ['bill', true, 2],
    ])
    await session.acknowledge()
    await connection.close()
    expect([...(await bench.remaining(orders)), ...(await bench.remaining(bills))]).toEqual([])
  })
}
