import { expect } from 'vitest'
import { queue } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { collect, gate, numbered, soon, unique } from './waiting.ts'

export function listening(bench: Bench): void {
  featureTest(bench, 'queues', 'calls the listener with each message, in order', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const collector = collect(20)
    const consumer = await session.createConsumer(orders)
    await bench.fill(orders, numbered(10))
    consumer.listen(collector.listener)
    await bench.fill(orders, numbered(10, 'more '))
    const messages = await soon(collector.complete, 'the last message')
    expect(messages.map(({ body }) => body)).toEqual([...numbered(10), ...numbered(10, 'more ')])
  })

  featureTest(bench, 'queues', 'waits for the promise of one call before the next', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    await bench.fill(orders, numbered(5))
    const steps: string[] = []
    const done = gate()
    consumer.listen(async ({ body }) => {
      steps.push(`begin ${body}`)
      await new Promise((resolve) => setImmediate(resolve))
      steps.push(`end ${body}`)
      if (body === '4') done.open()
    })
    await soon(done.opened, 'the last call')
    expect(steps).toEqual(numbered(5).flatMap((body) => [`begin ${body}`, `end ${body}`]))
  })

  featureTest(bench, 'queues', 'calls one listener of a session at a time, whichever consumer it is on', async () => {
    const { session } = await bench.sit()
    const names = [queue(unique('orders')), queue(unique('bills')), queue(unique('letters'))]
    let running = 0
    let most = 0
    let calls = 0
    const done = gate()
    for (const name of names) {
      await bench.fill(name, numbered(4))
      const consumer = await session.createConsumer(name)
      consumer.listen(async () => {
        running += 1
        most = Math.max(most, running)
        await new Promise((resolve) => setImmediate(resolve))
        running -= 1
        calls += 1
        if (calls === 12) done.open()
      })
    }
    await soon(done.opened, 'the last call')
    expect(most).toBe(1)
  })

  featureTest(bench, 'queues', 'calls listeners of different sessions at the same time', async () => {
    const { connection } = await bench.sit()
    const started = [gate(), gate()]
    const release = gate()
    for (const each of started) {
      const orders = queue(unique('orders'))
      await connection.consume(orders, async () => {
        each.open()
        await release.opened
      })
      await connection.send(orders, 'work')
    }
    await soon(Promise.all(started.map(({ opened }) => opened)), 'both calls at once')
    release.open()
  })

  featureTest(bench, 'queues', 'calls a listener as many times at once as concurrency says, and no more', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(9))
    const consumer = await session.createConsumer(orders)
    const three = gate()
    const all = gate()
    let running = 0
    let most = 0
    let calls = 0
    consumer.listen(
      async () => {
        running += 1
        most = Math.max(most, running)
        if (running === 3) three.open()
        await three.opened
        await new Promise((resolve) => setImmediate(resolve))
        running -= 1
        calls += 1
        if (calls === 9) all.open()
      },
      { concurrency: 3 },
    )
    await soon(all.opened, 'the last call')
    expect(most).toBe(3)
    await session.close()
    expect(await bench.remaining(orders)).toEqual([])
  })

  featureTest(bench, 'queues', 'acknowledges after the promise of the listener resolves, not before', async () => {
    const { connection, session } = await bench.sit({}, { closeTimeout: 200 })
    const orders = queue(unique('orders'))
    await bench.fill(orders, ['finished', 'abandoned'])
    const consumer = await session.createConsumer(orders, { prefetch: 1 })
    const reached = gate()
    consumer.listen(async ({ body }) => {
      if (body !== 'abandoned') return
      reached.open()
      await new Promise(() => {})
    })
    await soon(reached.opened, 'the second call')
    await connection.close()
    const { session: other } = await bench.sit()
    const again = await bench.next(await other.createConsumer(orders))
    expect(again).toMatchObject({ body: 'abandoned', ...bench.again })
  })

  featureTest(bench, 'queues', 'waits in close() for the running call, and acknowledges its message', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    await bench.fill(orders, ['running', 'prefetched'])
    const consumer = await session.createConsumer(orders)
    const [started, finish] = [gate(), gate()]
    const steps: string[] = []
    consumer.listen(async () => {
      started.open()
      await finish.opened
      steps.push('listener')
    })
    await soon(started.opened, 'the call')
    const closing = consumer.close().then(() => steps.push('closed'))
    finish.open()
    await soon(closing, 'the close')
    expect(steps).toEqual(['listener', 'closed'])
    expect(await bench.remaining(orders)).toEqual(['prefetched'])
  })

  featureTest(bench, 'queues', 'lets a listener close its own consumer and session', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(3))
    const consumer = await session.createConsumer(orders)
    const done = gate()
    consumer.listen(async () => {
      await consumer.close()
      done.open()
    })
    await soon(done.opened, 'the close within the listener')
    await soon(session.close(), 'the close of the session')
    expect(await bench.remaining(orders)).toEqual(['1', '2'])
  })

  featureTest(bench, 'queues', 'lets a listener send, also to its own queue', async () => {
    const { connection } = await bench.sit()
    const orders = queue(unique('orders'))
    const done = gate()
    const seen: unknown[] = []
    await connection.consume(orders, async ({ body }) => {
      seen.push(body)
      if (seen.length === 5) done.open()
      else await connection.send(orders, `${body}+`)
    })
    await connection.send(orders, '')
    await soon(done.opened, 'the last call')
    expect(seen).toEqual(['', '+', '++', '+++', '++++'])
  })

  featureTest(bench, 'queues', 'closes the session of connection.consume() with its consumer', async () => {
    const { connection } = await bench.sit()
    const orders = queue(unique('orders'))
    const collector = collect(1)
    const consumer = await connection.consume(orders, collector.listener)
    await connection.send(orders, 'before')
    await soon(collector.complete, 'the message')
    await consumer.close()
    await connection.send(orders, 'after')
    expect(await bench.remaining(orders)).toEqual(['after'])
    expect(collector.messages).toHaveLength(1)
  })
}
