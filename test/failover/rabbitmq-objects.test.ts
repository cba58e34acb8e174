import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, connect, queue, type Session, textMessage } from '../../src/index.ts'
import { exchange, type RabbitMq, rabbitmq } from '../../src/rabbitmq.ts'
import { uniqueName } from '../amqp10/support.ts'
import { type Broker, startBroker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { soon } from '../conformance/waiting.ts'
import { resumed } from './application.ts'

/** Two brokers that have nothing to do with each other: the second one is empty. */
describe.skipIf(injectedBroker('rabbitmq') === undefined)('what polymq/rabbitmq has declared', () => {
  let first: Broker
  let second: Broker
  let connection: Connection
  let session: Session
  let broker: RabbitMq
  const errors: Error[] = []
  const [invoices, eu, us, gone, own] = ['invoices', 'eu', 'us', 'gone', 'own'].map(uniqueName) as [
    string,
    string,
    string,
    string,
    string,
  ]

  const receive = async (name: string): Promise<unknown> => {
    await using consumer = await session.createConsumer(queue(name))
    return (await consumer.receive({ timeout: 30_000 }))?.body
  }

  beforeAll(async () => {
    ;[first, second] = await Promise.all([
      startBroker('rabbitmq', { keep: false }),
      startBroker('rabbitmq', { keep: false }),
    ])
    connection = await connect([first.uri('amqp091'), second.uri('amqp091')], { sendTimeout: 60_000 })
    connection.on('error', (error) => errors.push(error))
    session = await connection.createSession()
    broker = rabbitmq(connection)
  }, 120_000)
  afterAll(async () => {
    await connection?.close()
    await Promise.all([first?.stop(), second?.stop()])
  }, 60_000)

  it('spreads messages over queues by a hash, once the plugin is enabled', async () => {
    await first.execute(['rabbitmq-plugins', '--quiet', 'enable', 'rabbitmq_consistent_hash_exchange'])
    const name = uniqueName('hash')
    const queues = [1, 2, 3].map((number) => `${name}.${number}`)
    await broker.declareExchange(name, { type: 'x-consistent-hash', arguments: { 'hash-header': 'customer' } })
    for (const each of queues) {
      await broker.declareQueue(each, { singleActiveConsumer: true })
      await broker.bindQueue(each, name, { routingKey: '10' })
    }
    const customers = Array.from({ length: 30 }, (_, number) => `customer ${number}`)
    const send = (customer: string) =>
      connection.send(exchange(name), textMessage(customer, { properties: { customer } }))
    await Promise.all([...customers, ...customers].map(send))
    const held = await Promise.all(queues.map((each) => broker.queueStatus(each)))
    expect(held.reduce((sum, status) => sum + (status?.messages ?? 0), 0)).toBe(60)
    // All of one customer are in one queue: each queue has them in pairs.
    expect(held.every((status) => (status?.messages ?? 1) % 2 === 0)).toBe(true)
    expect(held.filter((status) => (status?.messages ?? 0) > 0).length).toBeGreaterThan(1)
    await broker.deleteExchange(name)
    for (const each of queues) await broker.deleteQueue(each)
  })

  it('is there again on an empty broker before consumers and sends go on, save what was deleted', async () => {
    await broker.declareExchange(invoices, { type: 'topic', durable: false })
    await broker.declareQueue(eu, { type: 'classic', maxLength: 3 })
    await broker.declareQueue(us)
    await broker.declareQueue(gone)
    await broker.declareQueue(own, { exclusive: true })
    for (const name of [eu, us, gone, own]) await broker.bindQueue(name, invoices, { routingKey: `${name}.#` })
    await broker.bindQueue(us, invoices, { routingKey: 'taken.back' })
    await broker.unbindQueue(us, invoices, { routingKey: 'taken.back' })
    await broker.deleteQueue(gone)
    await broker.declareQueue(us)
    const consumer = await session.createConsumer(queue(eu))

    const moved = resumed(connection)
    await first.kill()
    const sends = [eu, us, own].map((name) => connection.send(exchange(invoices, `${name}.paid`), name))
    expect(await moved).toBe(connection.peer.endpoint)
    await soon(Promise.all(sends), 'the confirmation of sends', 30_000)
    expect((await consumer.receive({ timeout: 30_000 }))?.body).toBe(eu)
    expect(await receive(us)).toBe(us)
    expect(await receive(own)).toBe(own)
    expect(await broker.queueStatus(gone)).toBeUndefined()
    await expect(connection.send(exchange(invoices, 'taken.back'), 'x')).rejects.toThrow(/NO_ROUTE/)
    // As it was declared, and not as a consumer finds it missing.
    await broker.declareQueue(eu, { type: 'classic', maxLength: 3 })
    expect(errors).toEqual([])
  }, 60_000)

  it('is told of by an error event where it cannot be there again', async () => {
    const name = uniqueName('clash')
    await broker.declareQueue(name, { type: 'classic' })
    await first.start()
    await using other = await connect(first.uri('amqp091'))
    await rabbitmq(other).declareQueue(name, { type: 'classic', maxLength: 1 })
    const refused = new Promise<Error>((resolve) => connection.once('error', resolve))
    const moved = resumed(connection)
    await second.kill()
    expect((await soon(refused, 'the refusal', 60_000)).message).toMatch(/declaring the queue clash.* 'x-max-length'/)
    await moved
    await connection.send(queue(name), 'goes on')
    expect(await receive(name)).toBe('goes on')
  }, 90_000)
})
