import { afterEach, expect, test } from 'vitest'
import { type Connection, queue } from '../../src/index.ts'
import { gate } from '../conformance/waiting.ts'
import { connectTo, FakeBroker } from '../unit/failover/fake-broker.ts'

let connection: Connection | undefined
afterEach(async () => {
  await connection?.close()
})

const orders = queue<string>('orders')

test.each(Array.from({ length: 20 }, (_, turns) => [turns]))(
  'a producer that is created %i turns after a broker has all the others is created there, too',
  async (turns) => {
    const [first, second] = [new FakeBroker('first'), new FakeBroker('second')]
    connection = await connectTo([[first, second]])
    const session = await connection.createSession({ transacted: true })
    await session.createProducer(orders)
    const created = gate()
    second.onCreate = async ({ resource }) => {
      if (resource !== 'producer') return
      second.onCreate = () => {}
      queueMicrotask(async () => {
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
        // Both wait for no broker: without one they are made by the next.
        const late = await connection?.createSession({ transacted: true })
        await late?.createProducer(orders)
        created.open()
      })
    }
    const resumed = new Promise((resolve) => connection?.once('resumed', resolve))
    first.lose()
    await Promise.all([resumed, created.opened])
    expect(second.told.toSorted()).toEqual([
      'begin',
      'begin',
      'create producer',
      'create producer',
      'create session',
      'create session',
    ])
  },
)
