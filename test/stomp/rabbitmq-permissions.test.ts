import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AuthorizationError, connect, InvalidDestinationError, queue, topic } from '../../src/index.ts'
import { failureOf, uniqueName } from '../amqp10/support.ts'
import { injectedBroker } from '../brokers/injected.ts'

const broker = injectedBroker('rabbitmq')

// Over a WebSocket, RabbitMQ 4 ends the connection without a word when it is not made to wait for what it has refused.
const ports = ['stomp', 'stomp-ws'] as const

describe.skipIf(broker === undefined).each(ports)('permissions on RabbitMQ, over %s', (port) => {
  const password = 'partly-secret'
  const allowed = uniqueName('allowed')
  const username = uniqueName('partly')
  const consuming = { username: uniqueName('consuming'), password }
  const rabbitmqctl = (...words: string[]) => broker?.execute(['rabbitmqctl', '--quiet', ...words])

  beforeAll(async () => {
    await rabbitmqctl('add_user', username, password)
    await rabbitmqctl('set_permissions', username, `^(DLQ|${allowed})$`, '^amq.default$', '.*')
    await rabbitmqctl('add_user', consuming.username, password)
    await rabbitmqctl('set_permissions', consuming.username, '^$', '^$', '.*')
  })
  afterAll(async () => {
    for (const one of [username, consuming.username]) await rabbitmqctl('delete_user', one)
  })

  it('tell of a queue that the user may not declare, and the connection goes on with the one that it may', async () => {
    await using connection = await connect(broker?.uri(port, { username, password }) ?? '')
    await connection.send(queue(allowed), 'before')
    const forbidden = queue(uniqueName('forbidden'))
    const error = await failureOf(connection.send(forbidden, 'not here'))
    expect(error).toBeInstanceOf(AuthorizationError)
    expect(error.message).toContain(`declaring queue ${forbidden.name} (left out with stomp.declareQueues=false)`)
    await connection.send(queue(allowed), 'after')
    const consumer = await (await connection.createSession()).createConsumer(queue(allowed))
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('before')
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('after')
  })

  it('tell of a topic that the user may not publish to, whichever it is', async () => {
    await using connection = await connect(broker?.uri(port, { username, password }) ?? '')
    for (const name of ['news', 'prices']) {
      const error = await failureOf(connection.send(topic(name), 'not here'))
      expect(error).toBeInstanceOf(AuthorizationError)
      expect(error.message).toContain(`sending to topic ${name}`)
    }
  })

  it('leave the topics alone that it may publish to, message by message', async () => {
    const news = topic(uniqueName('news'))
    await using connection = await connect(broker?.uri(port) ?? '')
    const consumer = await (await connection.createSession()).createConsumer(news)
    for (const body of ['first', 'second']) await connection.send(news, body)
    for (const body of ['first', 'second']) {
      expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe(body)
    }
  })

  it('are enough without any to configure, where the queues are there and stomp.declareQueues=false says so', async () => {
    const orders = queue(uniqueName('existing'))
    await using owner = await connect(broker?.uri(port) ?? '')
    await owner.send(orders, 'before')
    await using connection = await connect(`${broker?.uri(port, consuming)}?stomp.declareQueues=false`)
    const session = await connection.createSession()
    const consumer = await session.createConsumer(orders)
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('before')
    expect(await failureOf(connection.send(orders, 'not here'))).toMatchObject({
      name: 'AuthorizationError',
      message: expect.stringContaining(`sending to queue ${orders.name}`),
    })
    expect(await failureOf(session.createConsumer(queue('not.there')))).toBeInstanceOf(InvalidDestinationError)
  })
})
