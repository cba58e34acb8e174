import { afterEach, expect, test } from 'vitest'
import { type Connection, queue, TimeoutError } from '../../src/index.ts'
import { failureOf, gate } from '../conformance/waiting.ts'
import { connectTo, FakeBroker } from '../unit/failover/fake-broker.ts'

let connection: Connection | undefined
afterEach(async () => {
  await connection?.close()
})

test('a consumer that a broker makes after requestTimeout is destroyed, and not made again by the next broker', async () => {
  const [first, second] = [new FakeBroker('first'), new FakeBroker('second')]
  connection = await connectTo([[first, second]], { requestTimeout: 20 })
  const session = await connection.createSession()
  const answer = gate()
  first.onCreate = () => answer.opened
  expect(await failureOf(session.createConsumer(queue('orders')))).toBeInstanceOf(TimeoutError)
  answer.open()
  await expect.poll(() => first.told.slice(-2)).toEqual(['destroy consumer', 'destroy consumer'])
  const resumed = new Promise((resolve) => connection?.once('resumed', resolve))
  first.lose()
  await resumed
  expect(second.told).toEqual(['create session'])
})
