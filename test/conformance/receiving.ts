import { expect } from 'vitest'
import { AbortedError, IllegalStateError, InvalidOptionError, queue } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, numbered, soon, unique } from './waiting.ts'

export function receiving(bench: Bench): void {
  featureTest(bench, 'queues', 'waits for a message that is yet to come', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    const pending = consumer.receive()
    await connection.send(orders, 'here')
    expect((await soon(pending, 'the receive'))?.body).toBe('here')
  })

  featureTest(bench, 'queues', 'gives null once the time-out is over, and takes what comes later', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    expect(await consumer.receive({ timeout: 1 })).toBeNull()
    expect(await consumer.receive({ timeout: 0 })).toBeNull()
    await connection.send(orders, 'later')
    expect((await bench.next(consumer)).body).toBe('later')
  })

  featureTest(bench, 'queues', 'serves several pending receives in the order of the calls', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    const pending = numbered(5).map(() => consumer.receive())
    await bench.fill(orders, numbered(5))
    const received = await soon(Promise.all(pending), 'the receives')
    expect(received.map((message) => message?.body)).toEqual(numbered(5))
  })

  featureTest(bench, 'queues', 'asks the broker whether there is a message now, with receiveNoWait', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    expect(await consumer.receiveNoWait()).toBeNull()
    await connection.send(orders, 'now')
    expect((await consumer.receiveNoWait())?.body).toBe('now')
    expect(await consumer.receiveNoWait()).toBeNull()
  })

  featureTest(bench, 'queues', 'finds with receiveNoWait what was there before the consumer', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(3))
    const consumer = await session.createConsumer(orders)
    const found: unknown[] = []
    for (let next = await consumer.receiveNoWait(); next; next = await consumer.receiveNoWait()) found.push(next.body)
    expect(found).toEqual(numbered(3))
  })

  featureTest(bench, 'queues', 'acknowledges as receive() returns, in an auto session', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    await bench.fill(orders, ['taken', 'left'])
    expect((await bench.next(await session.createConsumer(orders))).body).toBe('taken')
    await connection.close()
    expect(await bench.remaining(orders)).toEqual(['left'])
  })

  featureTest(bench, 'queues', 'rejects a receive whose signal aborts, and loses no message', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    const abort = new AbortController()
    const reason = new Error('enough')
    const [aborted, stays] = [consumer.receive({ signal: abort.signal }), consumer.receive()]
    abort.abort(reason)
    expect(await failureOf(aborted)).toMatchObject({ code: 'ERR_ABORTED', cause: reason })
    expect(await failureOf(aborted)).toBeInstanceOf(AbortedError)
    await connection.send(orders, 'kept')
    expect((await soon(stays, 'the other receive'))?.body).toBe('kept')
    expect(await failureOf(consumer.receive({ signal: abort.signal }))).toBeInstanceOf(AbortedError)
  })

  featureTest(bench, 'queues', 'loses nothing when signals abort while messages come', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    const producer = await session.createProducer(orders)
    const received: unknown[] = []
    for (const body of numbered(50)) {
      const abort = new AbortController()
      const pending = consumer.receive({ signal: abort.signal }).then(
        (message) => void received.push(message?.body),
        (error) => expect(error).toBeInstanceOf(AbortedError),
      )
      await Promise.all([producer.send(body), Promise.resolve().then(() => abort.abort())])
      await pending
    }
    while (received.length < 50) received.push((await bench.next(consumer)).body)
    expect(received).toEqual(numbered(50))
  })

  featureTest(bench, 'queues', 'ends a pending receive with null when its consumer closes', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    const pending = [consumer.receive(), consumer.receive({ timeout: 60_000 })]
    await consumer.close()
    expect(await soon(Promise.all(pending), 'the receives')).toEqual([null, null])
    await connection.send(orders, 'kept')
    expect(await bench.remaining(orders)).toEqual(['kept'])
  })

  featureTest(bench, 'queues', 'iterates over messages as they come', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    const producer = await session.createProducer(orders)
    await producer.send('0')
    const seen: unknown[] = []
    for await (const message of consumer) {
      seen.push(message.body)
      if (seen.length === 5) break
      await producer.send(String(seen.length))
    }
    expect(seen).toEqual(numbered(5))
  })

  featureTest(bench, 'queues', 'acknowledges an iterated message when the loop comes back or is left', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(4))
    const consumer = await session.createConsumer(orders)
    for await (const message of consumer) if (message.body === '1') break
    await connection.close()
    expect(await bench.remaining(orders)).toEqual(['2', '3'])
  })

  featureTest(
    bench,
    'queues',
    'keeps an iterated message for others while the loop is still at work on it',
    async () => {
      const { connection, session } = await bench.sit()
      const orders = queue(unique('orders'))
      await bench.fill(orders, ['unfinished'])
      const consumer = await session.createConsumer(orders)
      const iterator = consumer[Symbol.asyncIterator]()
      const { value } = await iterator.next()
      expect(value.body).toBe('unfinished')
      await connection.close()
      const { session: other } = await bench.sit()
      const again = await bench.next(await other.createConsumer(orders))
      expect(again).toMatchObject({ body: 'unfinished', ...bench.again })
    },
  )

  featureTest(bench, 'queues', 'ends a loop when the consumer closes', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    const loop = (async () => {
      const seen: unknown[] = []
      for await (const message of consumer) seen.push(message.body)
      return seen
    })()
    await consumer.close()
    expect(await soon(loop, 'the end of the loop')).toEqual([])
  })

  featureTest(
    bench,
    'queues',
    'refuses receive() beside a listener, a second listener and a listener beside receive()',
    async () => {
      const { session } = await bench.sit()
      const listening = await session.createConsumer(queue(unique('orders')))
      listening.listen(() => {})
      expect(await failureOf(listening.receive())).toBeInstanceOf(IllegalStateError)
      expect(await failureOf(listening.receiveNoWait())).toBeInstanceOf(IllegalStateError)
      expect(() => listening.listen(() => {})).toThrow(IllegalStateError)
      const receiver = await session.createConsumer(queue(unique('orders')))
      const pending = receiver.receive()
      expect(() => receiver.listen(() => {})).toThrow(IllegalStateError)
      await receiver.close()
      expect(await pending).toBeNull()
    },
  )

  featureTest(bench, 'queues', 'refuses a time-out that is none', async () => {
    const { session } = await bench.sit()
    const consumer = await session.createConsumer(queue(unique('orders')))
    expect(await failureOf(consumer.receive({ timeout: -1 }))).toBeInstanceOf(InvalidOptionError)
    expect(await failureOf(consumer.receive({ timeout: Number.NaN }))).toBeInstanceOf(InvalidOptionError)
  })
}
