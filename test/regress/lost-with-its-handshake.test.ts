import { afterEach, expect, test } from 'vitest'
import { type Connection, ConnectionLostError, queue } from '../../src/index.ts'
import { failureOf, soon } from '../conformance/waiting.ts'
import { connectTo, FakeBroker } from '../unit/failover/fake-broker.ts'

let connection: Connection | undefined
afterEach(async () => {
  await connection?.close()
})

const [bad, good] = [new FakeBroker('bad'), new FakeBroker('good')]
bad.door = 'opens and is lost'

test('a broker that ends the connection together with its handshake is not connected to: the next one is', async () => {
  connection = await connectTo([[bad, good]])
  expect(connection.peer.endpoint).toBe(good.name)
  expect(connection.state).toBe('connected')
  await soon(connection.send(queue('orders'), 'one'), 'the confirmation')
})

test('connect() says so when it is the only one', async () => {
  const error = await failureOf(connectTo([[bad]]))
  expect(error).toBeInstanceOf(ConnectionLostError)
  expect((error as Error).message).toMatch(/is shutting down/)
})
