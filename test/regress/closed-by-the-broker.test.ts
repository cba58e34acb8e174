import { expect, it } from 'vitest'
import { type Connection, InvalidDestinationError, queue } from '../../src/index.ts'
import type { ResourceInfo } from '../../src/provider/resources.ts'
import { type Interposed, interposed } from '../unit/client/interposed.ts'

/** A connection, and the resources that the broker has by its will. */
async function watched(): Promise<Interposed & { readonly there: Map<string, ResourceInfo> }> {
  const there = new Map<string, ResourceInfo>()
  const made = await interposed((provider) => ({
    async create(resource: ResourceInfo) {
      const created = await provider.create(resource)
      there.set(resource.id, resource)
      return created
    },
    async destroy(resource: ResourceInfo) {
      await provider.destroy(resource)
      there.delete(resource.id)
    },
  }))
  made.connection.on('error', () => {})
  return { ...made, there }
}

/** The broker closes all resources of this kind. */
function closeAll({ there, listener }: Awaited<ReturnType<typeof watched>>, kind: ResourceInfo['resource']): void {
  for (const [id, { resource }] of there) {
    if (resource !== kind) continue
    there.delete(id)
    listener.resourceClosed(id, new InvalidDestinationError('the queue was deleted'))
  }
}

const sessionsOf = ({ there }: Awaited<ReturnType<typeof watched>>): number =>
  [...there.values()].filter(({ resource }) => resource === 'session').length

it('the session of connection.consume() goes with a consumer that the broker closes', async () => {
  const broker = await watched()
  await broker.connection.consume(queue('orders'), () => {})
  expect(sessionsOf(broker)).toBe(1)
  closeAll(broker, 'consumer')
  await expect.poll(() => sessionsOf(broker)).toBe(0)
  await broker.connection.close()
})

it('connection.request() goes on by a new queue when the broker has closed the one for answers', async () => {
  const broker = await watched()
  const { connection } = broker
  await connection.request(queue('nobody'), 'hello', { timeout: 1 }).catch(() => {})
  const pending = connection.request(queue('nobody'), 'hello').catch((error: unknown) => error)
  closeAll(broker, 'consumer')
  expect(await pending).toBeInstanceOf(InvalidDestinationError)
  await answering(connection)
  expect((await connection.request(queue('echo'), 'hello', { timeout: 5_000 })).body).toBe('hello')
  await connection.close()
})

it('connection.send() goes on by a new producer when the broker has closed the one it kept', async () => {
  const broker = await watched()
  await broker.connection.send(queue('orders'), 'one')
  closeAll(broker, 'producer')
  await broker.connection.send(queue('orders'), 'two')
  await broker.connection.close()
})

async function answering(connection: Connection): Promise<void> {
  await connection.reply(queue('echo'), ({ body }) => body)
}
