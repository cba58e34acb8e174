import { expect, test } from 'vitest'
import { queue } from '../../src/index.ts'
import { failureOf, gate, soon } from '../conformance/waiting.ts'
import { connectTo, FakeBroker } from '../unit/failover/fake-broker.ts'

test('a connection closes while the next broker does not answer what it is asked to create', async () => {
  const [first, second] = [new FakeBroker('first'), new FakeBroker('second')]
  const connection = await connectTo([[first, second]], { closeTimeout: 500 })
  await (await connection.createSession()).createConsumer(queue('orders'))
  const asked = gate()
  second.onCreate = () => {
    asked.open()
    return new Promise(() => {})
  }
  first.lose()
  await asked.opened
  const sent = failureOf(connection.send(queue('orders'), 'one'))
  await soon(connection.close(), 'the close', 2_000)
  expect(second.connections).toBe(0)
  expect(await sent).toBeInstanceOf(Error)
})
