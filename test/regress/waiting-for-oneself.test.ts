import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { connect, queue, TimeoutError } from '../../src/index.ts'
import { interposed } from '../unit/client/interposed.ts'

it('a listener that waits for connection.stop() does not wait for ever', async () => {
  await using connection = await connect(`memory:${randomUUID()}`, { closeTimeout: 20 })
  const stopped = new Promise<unknown>((resolve) => {
    void connection.consume(queue('orders'), async () => {
      await null
      resolve(await connection.stop().catch((error: unknown) => error))
    })
  })
  await connection.send(queue('orders'), 'one')
  expect(await stopped).toBeInstanceOf(TimeoutError)
  expect(await stopped).toMatchObject({ message: expect.stringMatching(/as one does that waits for stop\(\)/) })
})

it('a consumer that its own listener closes, and the broker fails to close, is an error event and no unhandled rejection', async () => {
  const { connection } = await interposed((provider) => ({
    destroy: async (resource) => {
      if (resource.resource === 'consumer') throw new Error('the broker cannot close it')
      await provider.destroy(resource)
    },
  }))
  const reported = new Promise<Error>((resolve) => connection.once('error', resolve))
  const consumer = await (await connection.createSession()).createConsumer(queue('orders'))
  consumer.listen(() => consumer.close())
  await connection.send(queue('orders'), 'one')
  expect((await reported).message).toBe('the broker cannot close it')
  await connection.close()
})
