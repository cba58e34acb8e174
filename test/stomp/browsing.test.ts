import { expect, it } from 'vitest'
import { connect, queue } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { injectedBroker } from '../brokers/injected.ts'

const broker = injectedBroker('activemq')

it.skipIf(broker === undefined)('a browser sees all of a queue, in portions of its prefetch', async () => {
  await using connection = await connect(broker?.uri('stomp') ?? '', { prefetch: 7 })
  const orders = queue<string>(uniqueName('browsed'))
  const bodies = Array.from({ length: 200 }, (_, index) => String(index))
  await Promise.all(bodies.map((body) => connection.send(orders, body)))
  const session = await connection.createSession()
  for (let time = 0; time < 2; time += 1) {
    const seen: unknown[] = []
    for await (const { body } of await session.createBrowser(orders)) seen.push(body)
    expect(seen).toEqual(bodies)
  }
})
