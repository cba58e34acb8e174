import { expect } from 'vitest'
import { queue, type Session, textMessage } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { collect, gate, numbered, soon, unique } from './waiting.ts'

export function consumers(bench: Bench): void {
  featureTest(bench, 'queues', 'gives each message to one of several consumers, and none is lost', async () => {
    const orders = queue(unique('orders'))
    const seen: string[] = []
    const done = gate()
    for (const each of numbered(3)) {
      const { session } = await bench.sit()
      const consumer = await session.createConsumer(orders, { prefetch: Number(each) + 1 })
      consumer.listen(({ body }) => {
        seen.push(String(body))
        if (seen.length === 90) done.open()
      })
    }
    await bench.fill(orders, numbered(90))
    await soon(done.opened, 'the last message')
    expect(seen.map(Number).toSorted((a, b) => a - b)).toEqual(numbered(90).map(Number))
    expect(await bench.remaining(orders)).toEqual([])
  })

  featureTest(
    bench,
    'queues',
    'takes no more from the broker than the prefetch, and gives it back on close',
    async () => {
      const orders = queue(unique('orders'))
      await bench.fill(orders, numbered(10))
      const { session } = await bench.sit()
      const idle = await session.createConsumer(orders, { prefetch: 3 })
      const { session: other } = await bench.sit()
      const busy = await other.createConsumer(orders)
      const first = await bench.bodies(busy, 7)
      await bench.expectNothing(busy)
      await idle.close()
      const rest = await bench.take(busy, 3)
      expect([...first, ...rest.map(({ body }) => body)].map(Number).toSorted((a, b) => a - b)).toEqual(
        numbered(10).map(Number),
      )
      if (bench.capabilities.release === 'unsupported') return
      expect(rest.map(({ redelivered, deliveryCount }) => [redelivered, deliveryCount])).toEqual(
        rest.map(() => [false, 1]),
      )
    },
  )

  featureTest(bench, 'queues', 'leaves messages to others while a consumer with prefetch 1 is busy', async () => {
    const orders = queue(unique('orders'))
    const { session: slowSession } = await bench.sit()
    const slow = await slowSession.createConsumer(orders, { prefetch: 1 })
    const [started, release] = [gate(), gate()]
    slow.listen(async () => {
      started.open()
      await release.opened
    })
    await bench.fill(orders, ['for the slow one'])
    await soon(started.opened, 'the slow call')
    const { session: quickSession } = await bench.sit()
    const collector = collect(9)
    const quick = await quickSession.createConsumer(orders, { prefetch: 1 })
    quick.listen(collector.listener)
    await bench.fill(orders, numbered(9))
    const messages = await soon(collector.complete, 'the ninth message')
    expect(messages.map(({ body }) => body)).toEqual(numbered(9))
    release.open()
  })

  featureTest(bench, 'queues', 'holds nothing with prefetch 0 until a message is asked for', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const pulling = await session.createConsumer(orders, { prefetch: 0 })
    await bench.fill(orders, numbered(4))
    const { session: other } = await bench.sit()
    const taking = await other.createConsumer(orders, { prefetch: 1 })
    expect((await bench.next(taking)).body).toBe('0')
    await taking.close()
    expect((await bench.next(pulling)).body).toBe('1')
    expect((await pulling.receiveNoWait())?.body).toBe('2')
    await pulling.close()
    expect(await bench.remaining(orders)).toEqual(['3'])
  })

  featureTest(
    bench,
    'queues',
    'loses nothing with prefetch 0 when a receive times out and the message comes later',
    async () => {
      const { session } = await bench.sit()
      const orders = queue(unique('orders'))
      const pulling = await session.createConsumer(orders, { prefetch: 0 })
      expect(await pulling.receive({ timeout: 1 })).toBeNull()
      expect(await pulling.receiveNoWait()).toBeNull()
      await bench.fill(orders, numbered(2))
      expect(await bench.bodies(pulling, 2)).toEqual(numbered(2))
    },
  )

  featureTest(bench, 'queues', 'feeds a listener with prefetch 0 one message after the other', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const collector = collect(6)
    const consumer = await session.createConsumer(orders, { prefetch: 0 })
    consumer.listen(collector.listener)
    await bench.fill(orders, numbered(6))
    const messages = await soon(collector.complete, 'the last message')
    expect(messages.map(({ body }) => body)).toEqual(numbered(6))
  })

  featureTest(bench, ['queues', 'release'], 'does not count as a delivery what was only prefetched', async () => {
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(5))
    const { session } = await bench.sit()
    for (const body of numbered(5)) {
      const consumer = await session.createConsumer(orders, { prefetch: 10 })
      expect(await bench.next(consumer)).toMatchObject({ body, redelivered: false, deliveryCount: 1 })
      await consumer.close()
    }
  })

  featureTest(bench, 'queues', 'loses nothing while consumers come and go', async () => {
    const orders = queue(unique('orders'))
    // Fewer than the twenty times that RabbitMQ delivers a message.
    await bench.fill(orders, numbered(16))
    const seen: unknown[] = []
    const { connection } = await bench.sit()
    while (seen.length < 16) {
      const session = await connection.createSession()
      const consumer = await session.createConsumer(orders, { prefetch: 5 })
      seen.push(...(await bench.bodies(consumer, 2)))
      await consumer.close()
      await session.close()
    }
    expect(seen.map(Number).toSorted((a, b) => a - b)).toEqual(numbered(16).map(Number))
  })

  featureTest(bench, 'queues', 'lets many connections begin with a new queue at the same time', async () => {
    const connections = await Promise.all(numbered(8).map(() => bench.connect()))
    for (const _ of numbered(3)) {
      const orders = queue(unique('orders'))
      const collector = collect(connections.length)
      const begun = connections.map(async (connection, index) => {
        await connection.consume(orders, collector.listener)
        await connection.send(orders, String(index))
      })
      await soon(Promise.all(begun), 'consumers and confirmed sends')
      const messages = await soon(collector.complete, 'the last message')
      expect(messages.map(({ body }) => Number(body)).toSorted()).toEqual(numbered(connections.length).map(Number))
    }
  })

  featureTest(
    bench,
    ['queues', 'messageGroups'],
    'gives all messages of a group to one consumer, in order',
    async () => {
      const { connection } = await bench.sit()
      const orders = queue(unique('orders'))
      // An odd number for two consumers, so that taking turns does not look like keeping groups together.
      const groups = ['a', 'b', 'c', 'd', 'e']
      const seen: { group: string; body: unknown; by: number }[] = []
      const done = gate()
      for (const by of [0, 1]) {
        const { session } = await bench.sit()
        const consumer = await session.createConsumer(orders, { prefetch: 1 })
        consumer.listen(({ groupId = '', body }) => {
          seen.push({ group: groupId, body, by })
          if (seen.length === 50) done.open()
        })
      }
      for (const body of numbered(10)) {
        for (const groupId of groups) await connection.send(orders, textMessage(body, { groupId }))
      }
      await soon(done.opened, 'the last message')
      for (const group of groups) {
        const own = seen.filter((each) => each.group === group)
        expect(own.map(({ body }) => body)).toEqual(numbered(10))
        expect(new Set(own.map(({ by }) => by)).size).toBe(1)
      }
    },
  )

  featureTest(bench, ['queues', 'messageGroups'], 'gives a group to another consumer when its own closes', async () => {
    const { connection } = await bench.sit()
    const orders = queue(unique('orders'))
    const { session: firstSession } = await bench.sit()
    const first = await firstSession.createConsumer(orders, { prefetch: 1 })
    await connection.send(orders, textMessage('1', { groupId: 'g' }))
    expect((await bench.next(first)).body).toBe('1')
    const { session: secondSession } = await bench.sit()
    const second = await secondSession.createConsumer(orders, { prefetch: 1 })
    for (const body of ['2', '3', '4']) await connection.send(orders, textMessage(body, { groupId: 'g' }))
    await bench.expectNothing(second)
    await firstSession.close()
    expect(await bench.bodies(second, 3)).toEqual(['2', '3', '4'])
  })

  featureTest(
    bench,
    ['queues', 'messageGroups'],
    'keeps exclusive order where all messages are of one group: one consumer at a time, the next one goes on where it closed',
    async () => {
      const { connection } = await bench.sit()
      const orders = queue(unique('orders'))
      const handled: { body: unknown; by: Session }[] = []
      const done = gate()
      let working = 0
      let most = 0
      const sessions = (await Promise.all([1, 2, 3].map(() => bench.sit()))).map(({ session }) => session)
      for (const by of sessions) {
        const consumer = await by.createConsumer(orders, { prefetch: 1 })
        consumer.listen(async ({ body }) => {
          working += 1
          most = Math.max(most, working)
          await new Promise((resolve) => setImmediate(resolve))
          working -= 1
          handled.push({ body, by })
          if (handled.length === 10 || handled.length === 20) void by.close()
          if (handled.length === 30) done.open()
        })
      }
      for (const body of numbered(30)) await connection.send(orders, textMessage(body, { groupId: 'all' }))
      await soon(done.opened, 'the last message')
      expect(most).toBe(1)
      const turns = handled.flatMap(({ by }, index) => (by === handled[index - 1]?.by ? [] : [index]))
      expect(turns).toEqual([0, 10, 20])
      const bodies = handled.map(({ body }) => body)
      if (bench.target.keepsOrderAtClose) expect(bodies).toEqual(numbered(30))
      else expect(bodies.toSorted()).toEqual(numbered(30).toSorted())
    },
  )
}
