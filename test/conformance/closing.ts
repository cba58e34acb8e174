import { expect } from 'vitest'
import { IllegalStateError, queue } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { collect, failureOf, gate, numbered, soon, unique } from './waiting.ts'

export function closing(bench: Bench): void {
  featureTest(bench, 'queues', 'closes everything twice without complaint', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const [producer, consumer] = [await session.createProducer(orders), await session.createConsumer(orders)]
    for (const each of [consumer, producer, session, connection]) {
      await each.close()
      await each.close()
    }
    await Promise.all([connection.close(), session.close(), consumer.close()])
    expect(connection.state).toBe('closed')
  })

  featureTest(bench, 'queues', 'refuses every call after close with an IllegalStateError', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const [producer, consumer] = [await session.createProducer(orders), await session.createConsumer(orders)]
    await consumer.close()
    await producer.close()
    expect(await failureOf(consumer.receive())).toBeInstanceOf(IllegalStateError)
    expect(await failureOf(consumer.receiveNoWait())).toBeInstanceOf(IllegalStateError)
    expect(() => consumer.listen(() => {})).toThrow(IllegalStateError)
    expect(await failureOf(producer.send('late'))).toBeInstanceOf(IllegalStateError)
    await session.close()
    for (const call of [
      () => session.createProducer(orders),
      () => session.createConsumer(orders),
      () => session.recover(),
      () => session.acknowledge(),
      () => session.commit(),
      () => session.unsubscribe('any'),
    ]) {
      expect(await failureOf(call())).toBeInstanceOf(IllegalStateError)
    }
    await connection.close()
    for (const call of [
      () => connection.createSession(),
      () => connection.send(orders, 'late'),
      () => connection.consume(orders, () => {}),
      () => connection.request(orders, 'late'),
      () => connection.reply(orders, () => {}),
      () => connection.start(),
      () => connection.stop(),
    ]) {
      expect(await failureOf(call())).toBeInstanceOf(IllegalStateError)
    }
    expect(await bench.remaining(orders)).toEqual([])
  })

  featureTest(
    bench,
    'queues',
    'settles every send and receive that is under way, and loses no confirmed one',
    async () => {
      const { connection, session } = await bench.sit()
      const [orders, empty] = [queue(unique('orders')), queue(unique('empty'))]
      const producer = await session.createProducer(orders)
      const receives = [
        (await session.createConsumer(empty)).receive(),
        (await session.createConsumer(empty)).receive(),
      ]
      const sends = numbered(50).map((body) => producer.send(body).then(() => body))
      await soon(connection.close(), 'the close')
      expect(await soon(Promise.all(receives), 'the end of the receives')).toEqual([null, null])
      const outcomes = await soon(Promise.allSettled(sends), 'the end of the sends')
      const confirmed = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      expect(await bench.remaining(orders)).toEqual(expect.arrayContaining(confirmed))
    },
  )

  featureTest(bench, 'queues', 'waits for the sends of a producer that closes', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    let confirmed = 0
    for (const body of numbered(20)) void producer.send(body).then(() => (confirmed += 1))
    await producer.close()
    expect(confirmed).toBe(20)
    expect(await bench.remaining(orders)).toEqual(numbered(20))
  })

  featureTest(
    bench,
    'queues',
    'waits for a running listener when the connection closes, and acknowledges its message',
    async () => {
      const { connection, session } = await bench.sit()
      const orders = queue(unique('orders'))
      await bench.fill(orders, ['running', 'waiting'])
      const [started, finish] = [gate(), gate()]
      let finished = false
      const consumer = await session.createConsumer(orders, { prefetch: 1 })
      consumer.listen(async () => {
        started.open()
        await finish.opened
        finished = true
      })
      await soon(started.opened, 'the call')
      const closed = connection.close().then(() => finished)
      finish.open()
      expect(await soon(closed, 'the close')).toBe(true)
      expect(await bench.remaining(orders)).toEqual(['waiting'])
    },
  )

  featureTest(bench, 'queues', 'tells once that the connection is closed, without an error', async () => {
    const connection = await bench.connect()
    const told: unknown[][] = []
    connection.on('closed', (...details) => told.push(details))
    connection.once('error', (error) => told.push([error]))
    expect(connection.state).toBe('connected')
    await connection.close()
    await connection.close()
    expect(told).toEqual([[]])
  })

  featureTest(bench, 'queues', 'closes what await using declares', async () => {
    const orders = queue(unique('orders'))
    let kept: { state: string; refused: () => Promise<unknown>[] }
    {
      await using connection = await bench.connect()
      await using session = await connection.createSession()
      await using producer = await session.createProducer(orders)
      await using consumer = await session.createConsumer(orders)
      kept = {
        get state() {
          return connection.state
        },
        refused: () => [producer.send('late'), consumer.receive(), session.createProducer()],
      }
      await producer.send('in time')
      expect((await bench.next(consumer)).body).toBe('in time')
    }
    expect(kept.state).toBe('closed')
    for (const error of await Promise.all(kept.refused().map(failureOf))) {
      expect(error).toBeInstanceOf(IllegalStateError)
    }
  })

  featureTest(bench, 'queues', 'lets the session go on when one of its consumers and producers closes', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const [gone, stays] = [await session.createProducer(orders), await session.createProducer(orders)]
    const [reader, other] = [await session.createConsumer(orders), await session.createConsumer(queue(unique('x')))]
    await Promise.all([gone.close(), other.close()])
    await stays.send('goes on')
    expect((await bench.next(reader)).body).toBe('goes on')
  })

  featureTest(
    bench,
    'queues',
    'delivers nothing before start() when autoStart is false, and all of it after',
    async () => {
      const { connection, session } = await bench.sit({}, { autoStart: false })
      const orders = queue(unique('orders'))
      const [receiver, listener] = [await session.createConsumer(orders), collect(1)]
      const heard = queue(unique('heard'))
      await connection.consume(heard, listener.listener)
      await connection.send(orders, 'received')
      await connection.send(heard, 'heard')
      expect(await receiver.receiveNoWait()).toBeNull()
      await bench.expectNothing(receiver)
      expect(listener.messages).toHaveLength(0)
      const pending = receiver.receive()
      await connection.start()
      expect((await soon(pending, 'the receive'))?.body).toBe('received')
      await soon(listener.complete, 'the listener call')
    },
  )

  featureTest(bench, 'queues', 'stop() waits for running listeners and holds messages back until start()', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const [started, finish] = [gate(), gate()]
    const seen: unknown[] = []
    const second = gate()
    const consumer = await session.createConsumer(orders)
    consumer.listen(async ({ body }) => {
      seen.push(`begin ${body}`)
      if (body === '1') second.open()
      started.open()
      await finish.opened
      seen.push(`end ${body}`)
    })
    await connection.send(orders, '0')
    await connection.send(orders, '1')
    await soon(started.opened, 'the first call')
    const stopped = connection.stop().then(() => seen.push('stopped'))
    finish.open()
    await soon(stopped, 'the stop')
    await connection.send(orders, '2')
    expect(seen).toEqual(['begin 0', 'end 0', 'stopped'])
    await connection.start()
    await soon(second.opened, 'the second call')
  })

  featureTest(bench, 'queues', 'opens and closes many connections one after the other and at once', async () => {
    const orders = queue(unique('orders'))
    for (const body of numbered(5)) await bench.fill(orders, [body])
    await Promise.all(numbered(5, 'more ').map((body) => bench.fill(orders, [body])))
    const bodies = await bench.remaining(orders)
    expect(bodies.slice(0, 5)).toEqual(numbered(5))
    expect(bodies.slice(5).toSorted()).toEqual(numbered(5, 'more '))
  })
}
