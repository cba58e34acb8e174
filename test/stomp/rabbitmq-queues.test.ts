import { describe, expect, it } from 'vitest'
import { connect, queue } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { numbered } from '../conformance/waiting.ts'

const broker = injectedBroker('rabbitmq')

describe.skipIf(broker === undefined)('a queue of RabbitMQ that a STOMP client declares', () => {
  it('is there for others once its producer is created', async () => {
    const uri = broker?.uri('stomp') ?? ''
    await using producing = await connect(uri)
    await using consuming = await connect(uri)
    const losses: Error[] = []
    consuming.on('interrupted', (error) => losses.push(error))
    const session = await producing.createSession()
    for (const _ of numbered(20)) {
      const orders = queue(uniqueName('declared'))
      await session.createProducer(orders)
      await (await consuming.createSession()).createConsumer(orders)
    }
    expect(losses).toEqual([])
  })
})
