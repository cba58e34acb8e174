import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { connect, IllegalStateError, queue } from '../../src/index.ts'
import type { ResourceInfo } from '../../src/provider/resources.ts'
import { embeddedBroker } from '../../src/providers/memory/index.ts'
import { interposed } from '../unit/client/interposed.ts'

it('a commit that is called after close() is refused, and the transaction rolled back', async () => {
  const name = randomUUID()
  await using connection = await connect(`memory:${name}`)
  const session = await connection.createSession({ transacted: true })
  await (await session.createProducer(queue('orders'))).send('one')
  const closed = session.close()
  await expect(session.commit()).rejects.toBeInstanceOf(IllegalStateError)
  await closed
  expect(embeddedBroker(name).queueDepth('orders')).toBe(0)
})

it('a commit that is under way is carried out before its session closes', async () => {
  const name = randomUUID()
  await using connection = await connect(`memory:${name}`)
  const session = await connection.createSession({ transacted: true })
  await (await session.createProducer(queue('orders'))).send('one')
  const committed = session.commit()
  await session.close()
  await committed
  expect(embeddedBroker(name).queueDepth('orders')).toBe(1)
})

it('no session is left behind by a connection that closes', async () => {
  const connection = await connect(`memory:${randomUUID()}`)
  const closed = connection.close()
  await expect(connection.createSession()).rejects.toBeInstanceOf(IllegalStateError)
  await expect(connection.consume(queue('orders'), () => {})).rejects.toBeInstanceOf(IllegalStateError)
  await closed
})

it('a consumer that the broker makes while its session closes is destroyed', async () => {
  let make = (): void => {}
  const made = new Promise<void>((resolve) => {
    make = resolve
  })
  const there = new Set<string>()
  const { connection } = await interposed((provider) => ({
    async create(resource: ResourceInfo) {
      const created = await provider.create(resource)
      // The answer takes its time; until then there is nothing that could be destroyed.
      if (resource.resource === 'consumer') await made
      there.add(resource.id)
      return created
    },
    async destroy(resource: ResourceInfo) {
      if (!there.has(resource.id)) return
      await provider.destroy(resource)
      there.delete(resource.id)
    },
  }))
  const session = await connection.createSession()
  const creating = session.createConsumer(queue('orders')).catch((error: unknown) => error)
  await session.close()
  make()
  expect(await creating).toBeInstanceOf(IllegalStateError)
  expect([...there]).toEqual([])
  await connection.close()
})
