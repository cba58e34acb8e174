import { expect, it } from 'vitest'
import { connect, InvalidDestinationError, queue } from '../../src/index.ts'
import { failureOf, uniqueName } from '../amqp10/support.ts'
import { injectedBroker } from '../brokers/injected.ts'

const broker = injectedBroker('rabbitmq')

it.skipIf(broker === undefined)(
  'a queue of RabbitMQ that is deleted under its consumer ends it, and is there again for the next send',
  async () => {
    const orders = queue<string>(uniqueName('deleted'))
    await using connection = await connect(broker?.uri('stomp') ?? '')
    const session = await connection.createSession()
    const consumer = await session.createConsumer(orders)
    const receiving = failureOf(consumer.receive({ timeout: 10_000 }))
    await broker?.execute(['rabbitmqctl', 'delete_queue', orders.name])
    const error = await receiving
    expect(error).toBeInstanceOf(InvalidDestinationError)
    expect(error.message).toMatch(/consuming from queue deleted.*was ended by the broker.*create the consumer again/)
    expect(connection.state).toBe('connected')
    await connection.send(orders, 'after')
    const next = await session.createConsumer(orders)
    expect((await next.receive({ timeout: 10_000 }))?.body).toBe('after')
  },
)
