import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { ConnectionLostError, connect, queue } from '../../src/index.ts'
import { embeddedBroker } from '../../src/providers/memory/index.ts'

it('a loop does not end as if all was well when its connection was lost while its body ran', async () => {
  const name = randomUUID()
  const connection = await connect(`memory:${name}`)
  await connection.send(queue('orders'), 'one')
  const consumer = await (await connection.createSession()).createConsumer(queue('orders'))
  const loop = async (): Promise<void> => {
    for await (const { body } of consumer) {
      expect(body).toBe('one')
      embeddedBroker(name).dropConnections()
    }
  }
  await expect(loop()).rejects.toBeInstanceOf(ConnectionLostError)
})

it('a loop ends when its consumer is closed, also from within its body', async () => {
  await using connection = await connect(`memory:${randomUUID()}`)
  await connection.send(queue('orders'), 'one')
  const consumer = await (await connection.createSession()).createConsumer(queue('orders'))
  for await (const { body } of consumer) {
    expect(body).toBe('one')
    await consumer.close()
  }
})

it('a consumer with a listener refuses to be looped over', async () => {
  await using connection = await connect(`memory:${randomUUID()}`)
  const consumer = await connection.consume(queue('orders'), () => {})
  expect(() => consumer[Symbol.asyncIterator]()).toThrow(/has a listener/)
})
