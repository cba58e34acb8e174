import { describe, expect, it } from 'vitest'
import {
  ConnectionLostError,
  connect,
  InvalidDestinationError,
  queue,
  topic,
  UnsupportedFeatureError,
} from '../../src/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { failureOf, uniqueName } from './support.ts'

/** What an administrator of RabbitMQ does meanwhile. */
describe('an administrator of RabbitMQ', () => {
  const broker = injectedBroker('rabbitmq')
  if (broker === undefined) return
  const rabbitmqctl = (...words: string[]) => broker.execute(['rabbitmqctl', '--quiet', ...words])

  it('deletes a queue that is consumed from: the consumer ends with an error, the connection lives', async () => {
    await using connection = await connect(broker.uri('amqp'))
    const orders = queue(uniqueName('deleted'))
    const consumer = await (await connection.createSession()).createConsumer(orders)
    const waiting = failureOf(consumer.receive())
    await rabbitmqctl('delete_queue', orders.name)
    const error = await waiting
    expect(error).toBeInstanceOf(InvalidDestinationError)
    expect(error.message).toContain(orders.name)
    expect(connection.state).toBe('connected')
  })

  it('deletes a queue that is sent to: the send is refused, and the next one makes the queue anew', async () => {
    await using connection = await connect(broker.uri('amqp'))
    const orders = queue(uniqueName('deleted'))
    await connection.send(orders, 'first')
    await rabbitmqctl('delete_queue', orders.name)
    expect(await failureOf(connection.send(orders, 'lost'))).toBeInstanceOf(InvalidDestinationError)
    await connection.send(orders, 'second')
    const consumer = await (await connection.createSession()).createConsumer(orders)
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('second')
  })

  it('closes a connection: it ends with the reason that was given', async () => {
    // In a virtual host of its own: the command closes all that there are.
    const vhost = uniqueName('closed')
    await rabbitmqctl('add_vhost', vhost)
    await rabbitmqctl('set_permissions', '--vhost', vhost, broker.username, '.*', '.*', '.*')
    const connection = await connect(`${broker.uri('amqp')}/${encodeURIComponent(vhost)}`, { failover: false })
    const closed = new Promise<Error | undefined>((resolve) => connection.on('closed', resolve))
    await rabbitmqctl('close_all_connections', '--vhost', vhost, 'maintenance tonight')
    const error = await closed
    expect(error).toBeInstanceOf(ConnectionLostError)
    expect(error?.message).toContain('maintenance tonight')
    await rabbitmqctl('delete_vhost', vhost)
  })
})

describe('what RabbitMQ has from others', () => {
  const broker = injectedBroker('rabbitmq')
  if (broker === undefined) return

  const declare = async (name: string, args: object): Promise<void> => {
    const { username, password } = broker
    const response = await fetch(`${broker.uri('management', null)}/api/queues/%2F/${encodeURIComponent(name)}`, {
      method: 'PUT',
      headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
      body: JSON.stringify({ durable: true, auto_delete: false, arguments: args }),
    })
    if (!response.ok) throw new Error(await response.text())
  }

  it('is a queue that is used as it is, whatever its type', async () => {
    const orders = queue(uniqueName('classic'))
    await declare(orders.name, { 'x-queue-type': 'classic' })
    await using connection = await connect(broker.uri('amqp'))
    const consumer = await (await connection.createSession()).createConsumer(orders)
    await connection.send(orders, 'taken as it is')
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('taken as it is')
  })

  it('is a queue without dead-letter exchange: deadLetter() is refused, as the message would be lost', async () => {
    const orders = queue(uniqueName('classic'))
    await declare(orders.name, { 'x-queue-type': 'classic' })
    await using connection = await connect(broker.uri('amqp'))
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(orders)
    await connection.send(orders, 'bad')
    const message = await consumer.receive({ timeout: 10_000 })
    const error = await failureOf(message?.deadLetter() ?? Promise.resolve())
    expect(error).toBeInstanceOf(UnsupportedFeatureError)
    expect(error.message).toMatch(/dead-letter exchange/)
    await consumer.close()
    const again = await session.createConsumer(orders)
    expect((await again.receive({ timeout: 10_000 }))?.body).toBe('bad')
  })

  it('is a message that another protocol published to the topic exchange', async () => {
    await using connection = await connect(broker.uri('amqp'))
    const news = topic(`${uniqueName('news')}.today`)
    const consumer = await (await connection.createSession()).createConsumer(news)
    const { username, password } = broker
    const response = await fetch(`${broker.uri('management', null)}/api/exchanges/%2F/amq.topic/publish`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
      body: JSON.stringify({
        properties: { content_type: 'text/plain', headers: { from: 'elsewhere' } },
        routing_key: news.name,
        payload: 'good news',
        payload_encoding: 'string',
      }),
    })
    expect(await response.json()).toEqual({ routed: true })
    const message = await consumer.receive({ timeout: 10_000 })
    expect(message).toMatchObject({ kind: 'text', body: 'good news', properties: { from: 'elsewhere' } })
  })
})
