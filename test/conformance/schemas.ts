import { expect } from 'vitest'
import * as z from 'zod'
import { MessageFormatError, objectMessage, queue, topic } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, gate, soon, unique } from './waiting.ts'

const order = z.object({ id: z.string(), quantity: z.int().positive() })
const dated = z.object({ at: z.coerce.date() })

export function schemas(bench: Bench): void {
  featureTest(bench, 'queues', 'hands over bodies of the type that the schema of the destination says', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'), { schema: order })
    const producer = await session.createProducer(orders)
    const consumer = await session.createConsumer(orders)
    await producer.send({ id: 'a', quantity: 2 })
    await producer.send(objectMessage({ id: 'b', quantity: 3 }, { correlationId: 'c' }))
    const first = await bench.next(consumer)
    // Compiles only because the body is an order.
    const quantity: number = first.body.quantity
    expect([first.body.id, quantity]).toEqual(['a', 2])
    expect(await bench.next(consumer)).toMatchObject({ body: { id: 'b', quantity: 3 }, correlationId: 'c' })
  })

  featureTest(bench, 'queues', 'refuses to send a body that does not fit, saying where', async () => {
    const { connection, session } = await bench.sit()
    const name = unique('orders')
    const orders = queue(name, { schema: order })
    const producer = await session.createProducer(orders)
    const wrong = { id: 'a', quantity: -1 }
    const sends = [
      () => producer.send(wrong),
      () => connection.send(orders, wrong),
      () => producer.send(objectMessage(wrong)),
    ]
    for (const send of sends) {
      const error = await failureOf(send())
      expect(error).toBeInstanceOf(MessageFormatError)
      expect(String(error)).toContain('quantity')
      expect(String(error)).toContain(name)
    }
    expect(await bench.remaining(queue(name))).toEqual([])
  })

  featureTest(
    bench,
    ['queues', 'deadLetter'],
    'dead-letters a received body that does not fit, and goes on',
    async () => {
      const { connection, session } = await bench.sit()
      const reported = gate<Error>()
      connection.on('error', reported.open)
      const name = unique('orders')
      const consumer = await session.createConsumer(queue(name, { schema: order }))
      const poison = unique('poison')
      await bench.fill(queue(name), [poison, { id: 'good', quantity: 1 }])
      expect((await bench.next(consumer)).body).toEqual({ id: 'good', quantity: 1 })
      expect(await soon(reported.opened, 'the error event')).toBeInstanceOf(MessageFormatError)
      expect((await bench.deadLetter(poison)).body).toBe(poison)
    },
  )

  featureTest(
    bench,
    'queues',
    'hands over what the schema makes of a body, also by receive, listen and iteration',
    async () => {
      const { connection, session } = await bench.sit()
      const name = unique('dates')
      const dates = queue(name, { schema: dated })
      await bench.fill(queue(name), [{ at: '2026-01-02T03:04:05.000Z' }, { at: 0 }])
      const consumer = await session.createConsumer(dates)
      expect((await bench.next(consumer)).body.at).toEqual(new Date('2026-01-02T03:04:05.000Z'))
      for await (const { body } of consumer) {
        expect(body.at).toEqual(new Date(0))
        break
      }
      await consumer.close()
      const heard = gate<unknown>()
      await connection.consume(dates, ({ body }) => heard.open(body.at.getTime()))
      await bench.fill(queue(name), [{ at: 7 }])
      expect(await soon(heard.opened, 'the message')).toBe(7)
    },
  )

  featureTest(bench, 'queues', 'keeps the order where a schema takes its time', async () => {
    const { session } = await bench.sit()
    const name = unique('slow')
    const slow = z.string().refine(async (text) => {
      if (text.length < 3) await new Promise((resolve) => setImmediate(resolve))
      return true
    })
    const consumer = await session.createConsumer(queue(name, { schema: slow }))
    const producer = await session.createProducer(queue(name, { schema: slow }))
    const bodies = ['a', 'long', 'b', 'longer', 'c']
    await Promise.all(bodies.map((body) => producer.send(body)))
    expect(await bench.bodies(consumer, 5)).toEqual(bodies)
  })

  featureTest(bench, 'topics', 'takes the schema of the consumer instead of that of the destination', async () => {
    const { connection, session } = await bench.sit()
    const name = unique('news')
    const reader = await session.createConsumer(topic(name, { schema: order }), {
      schema: z.string().transform((text) => ({ id: text, quantity: 1 })),
    })
    await connection.send(topic(name), 'short form')
    expect((await bench.next(reader)).body).toEqual({ id: 'short form', quantity: 1 })
  })
}
