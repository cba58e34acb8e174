import { afterEach, describe, expect, it } from 'vitest'
import type { ClientConnection } from '../../../src/client/connection.ts'
import { queue } from '../../../src/index.ts'
import type { FailoverOptions } from '../../../src/options/failover-options.ts'
import { soon } from '../../conformance/waiting.ts'
import { connectTo, FakeBroker } from './fake-broker.ts'

const orders = queue<string>('orders')
const connections: ClientConnection[] = []

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
})

interface Scene {
  readonly given: FakeBroker
  readonly others: readonly [FakeBroker, FakeBroker]
  readonly connection: ClientConnection
  /** Where it goes on, and why. */
  readonly path: string[]
}

/** Connected to the one broker that was given. */
async function connected(failover: FailoverOptions = {}): Promise<Scene> {
  const given = new FakeBroker('given')
  const others = [new FakeBroker('second'), new FakeBroker('third')] as const
  const all = [given, ...others]
  const connection = await connectTo([[given]], { failover: { maxReconnectDelay: 2, ...failover } }, all)
  connections.push(connection)
  const path: string[] = []
  connection.on('interrupted', (error) => path.push(error.message))
  connection.on('resumed', ({ endpoint }) => path.push(endpoint))
  return { given, others, connection, path }
}

function resumed(connection: ClientConnection): Promise<unknown> {
  return soon(new Promise((resolve) => connection.once('resumed', resolve)), 'the resumption')
}

describe('a broker that tells of others', () => {
  it('is followed by them when it is lost', async () => {
    const { given, others, connection } = await connected()
    const [second, third] = others
    given.advise({ brokers: [given.name, second.name, third.name] })
    const again = resumed(connection)
    given.door = 'shut'
    second.door = 'shut'
    given.lose()
    await again
    expect(connection.peer.endpoint).toBe(third.name)
    await connection.send(orders, 'after')
    expect(third.sent).toEqual(['after'])
  })

  it('is not, where updateURIsSupported is false', async () => {
    const { given, others, connection } = await connected({ updateURIsSupported: false, maxReconnectAttempts: 3 })
    given.advise({ brokers: others.map(({ name }) => name), isRebalancing: true })
    const closed = new Promise((resolve) => connection.once('closed', resolve))
    given.door = 'shut'
    given.lose()
    await soon(closed, 'the end of the connection')
    expect(others.map(({ attempts }) => attempts)).toEqual([0, 0])
  })

  it('keeps its client when it does not ask to spread', async () => {
    const { given, others, connection, path } = await connected()
    given.advise({ brokers: others.map(({ name }) => name) })
    await connection.send(orders, 'stays')
    expect(given.sent).toEqual(['stays'])
    expect(path).toEqual([])
  })

  it('is left for the first one when it asks to spread, with everything, and once', async () => {
    const { given, others, connection, path } = await connected()
    const [second, third] = others
    const consumer = await (await connection.createSession()).createConsumer(orders)
    const again = resumed(connection)
    given.advise({ brokers: [second.name, given.name, third.name], isRebalancing: true })
    await again
    // Each names the same ones, in an order of its own.
    second.advise({ brokers: [third.name, second.name, given.name], isRebalancing: true })
    await connection.send(orders, 'after')
    second.deliver('one')
    expect((await consumer.receive({ timeout: 5_000 }))?.body).toBe('one')
    expect(second.sent).toEqual(['after'])
    expect([given.connections, second.connections, third.connections]).toEqual([0, 1, 0])
    expect(path).toEqual([`${given.name} asks to go on at ${second.name}`, second.name])
  })

  it('is left for the one that it names', async () => {
    const { given, others, connection } = await connected()
    const [, third] = others
    const again = resumed(connection)
    given.advise({ moveTo: third.name })
    await again
    expect(connection.peer.endpoint).toBe(third.name)
  })

  it('is not left where reconnectSupported is false, or for one that is unknown or cannot be reached', async () => {
    const { given, others, connection, path } = await connected()
    const [second] = others
    second.door = 'shut'
    given.advise({ moveTo: second.name })
    given.advise({ moveTo: 'fake://unknown' })
    await expect.poll(() => second.attempts).toBe(1)
    await connection.send(orders, 'stays')
    expect(given.sent).toEqual(['stays'])
    expect(path).toEqual([])
    const { given: deaf, others: unheeded, connection: other } = await connected({ reconnectSupported: false })
    deaf.advise({ moveTo: unheeded[0].name })
    await other.send(orders, 'stays')
    expect(unheeded[0].attempts).toBe(0)
  })
})
