import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { connect, queue } from '../../src/index.ts'
import { embeddedBroker } from '../../src/providers/memory/index.ts'

it('calls of receiveNoWait() at the same time do not grant more than the prefetch', async () => {
  const name = randomUUID()
  await using connection = await connect(`memory:${name}`)
  const consumer = await (await connection.createSession()).createConsumer(queue('orders'), { prefetch: 5 })
  expect(await Promise.all([1, 2, 3].map(() => consumer.receiveNoWait()))).toEqual([null, null, null])
  for (let sent = 0; sent < 20; sent += 1) await connection.send(queue('orders'), sent)
  const [orders] = embeddedBroker(name).queues()
  expect(orders).toMatchObject({ depth: 20, unacknowledged: 5 })
})

it('each of them gets a message where there are as many, also without prefetch', async () => {
  await using connection = await connect(`memory:${randomUUID()}`)
  const consumer = await (await connection.createSession()).createConsumer(queue('orders'), { prefetch: 0 })
  for (let sent = 0; sent < 3; sent += 1) await connection.send(queue('orders'), sent)
  const messages = await Promise.all([1, 2, 3, 4].map(() => consumer.receiveNoWait()))
  expect(messages.map((message) => message?.body)).toEqual([0, 1, 2, undefined])
})

it('receiveNoWait() does not take away what a pending receive() waits by', async () => {
  await using connection = await connect(`memory:${randomUUID()}`)
  const consumer = await (await connection.createSession()).createConsumer(queue('orders'), { prefetch: 0 })
  const pending = consumer.receive({ timeout: 5_000 })
  expect(await consumer.receiveNoWait()).toBeNull()
  await connection.send(queue('orders'), 'one')
  expect((await pending)?.body).toBe('one')
})
