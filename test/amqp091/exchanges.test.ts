import { describe, expect, it } from 'vitest'
import {
  type Connection,
  connect,
  IllegalStateError,
  InvalidDestinationError,
  InvalidOptionError,
  int,
  long,
  mapMessage,
  ResourceLimitError,
  type Session,
  textMessage,
  UnsupportedFeatureError,
} from '../../src/index.ts'
import { exchange, type RabbitMq, rabbitmq } from '../../src/rabbitmq.ts'
import { failureOf, uniqueName } from '../amqp10/support.ts'
import { injectedBroker } from '../brokers/injected.ts'

const injected = injectedBroker('rabbitmq')

interface Scene {
  readonly connection: Connection
  readonly session: Session
  readonly broker: RabbitMq
  /** Bodies that come from a queue, until none is left. */
  bodies(queue: string): Promise<unknown[]>
}

describe.skipIf(injected === undefined)('exchanges of RabbitMQ', () => {
  const target = injected as NonNullable<typeof injected>

  async function scene(use: (scene: Scene) => Promise<void>): Promise<void> {
    await using connection = await connect(target.uri('amqp091'))
    const session = await connection.createSession()
    const bodies = async (name: string): Promise<unknown[]> => {
      await using consumer = await session.createConsumer({ kind: 'queue', name })
      const found: unknown[] = []
      for (let message = await consumer.receiveNoWait(); message !== null; message = await consumer.receiveNoWait()) {
        found.push(message.body)
      }
      return found
    }
    await use({ connection, session, broker: rabbitmq(connection), bodies })
  }

  it('route by topic patterns, until a binding is taken back', () =>
    scene(async ({ connection, broker, bodies }) => {
      const [invoices, eu] = [uniqueName('invoices'), uniqueName('eu')]
      await broker.declareExchange(invoices, { type: 'topic', autoDelete: true })
      const queue = await broker.declareQueue(eu, { deliveryLimit: 5, maxLength: 100 })
      expect(queue).toEqual({ kind: 'queue', name: eu })
      await broker.bindQueue(eu, invoices, { routingKey: 'eu.#' })
      await connection.send(exchange(invoices, 'eu.paid'), 'one')
      const unroutable = await failureOf(connection.send(exchange(invoices, 'us.paid'), 'two'))
      expect(unroutable).toBeInstanceOf(InvalidDestinationError)
      expect(unroutable.message).toMatch(
        `sending to exchange ${invoices} with the routing key "us.paid" on amqp://127.0.0.1:`,
      )
      expect(unroutable.message).toMatch(/NO_ROUTE \(312\); no queue gets messages there/)
      await connection.send(exchange(invoices, 'us.paid', { mandatory: false }), 'dropped')
      await broker.bindQueue(eu, invoices, { routingKey: 'us.*' })
      await connection.send(exchange(invoices, 'us.paid'), 'three')
      await broker.unbindQueue(eu, invoices, { routingKey: 'us.*' })
      await failureOf(connection.send(exchange(invoices, 'us.paid'), 'four'))
      expect(await bodies(eu)).toEqual(['one', 'three'])
      expect(await broker.deleteQueue(eu)).toBe(0)
    }))

  it('carry messages as a producer does: kinds, properties, headers', () =>
    scene(async ({ session, broker }) => {
      const name = uniqueName('carried')
      await broker.declareExchange(name, { type: 'fanout' })
      const queue = await broker.declareQueue(name, { type: 'classic', autoDelete: true })
      await broker.bindQueue(name, name)
      const producer = await session.createProducer(exchange(name), { priority: 7 })
      await producer.send(
        mapMessage({ amount: long(12n), label: 'x' }, { correlationId: 'c', properties: { n: int(3) } }),
      )
      const consumer = await session.createConsumer(queue)
      expect(await consumer.receive({ timeout: 10_000 })).toMatchObject({
        kind: 'map',
        body: { amount: 12, label: 'x' },
        correlationId: 'c',
        priority: 7,
        properties: { n: 3 },
        destination: { kind: 'queue', name },
      })
      await broker.deleteExchange(name)
    }))

  it('route by headers, all of them or any, each of its type', () =>
    scene(async ({ connection, broker, bodies }) => {
      const name = uniqueName('headers')
      await broker.declareExchange(name, { type: 'headers' })
      await Promise.all(['all', 'any'].map((match) => broker.declareQueue(`${name}.${match}`)))
      const headers = { region: 'eu', amount: 7, urgent: true }
      await broker.bindQueue(`${name}.all`, name, { headers })
      await broker.bindQueue(`${name}.any`, name, { headers, match: 'any' })
      const send = (body: string, properties: Record<string, string | number | boolean | ReturnType<typeof long>>) =>
        connection.send(exchange(name), textMessage(body, { properties }))
      await send('both', headers)
      await send('any', { region: 'us', amount: 7 })
      await send('any', { region: 'us', amount: long(7), urgent: true })
      await expect(send('none', { region: 'us' })).rejects.toThrow(InvalidDestinationError)
      expect(await bodies(`${name}.all`)).toEqual(['both'])
      expect(await bodies(`${name}.any`)).toEqual(['both', 'any', 'any'])
      await broker.unbindQueue(`${name}.any`, name, {
        match: 'any',
        headers: { urgent: true, amount: 7, region: 'eu' },
      })
      await expect(send('none', { amount: 7 })).rejects.toThrow(InvalidDestinationError)
    }))

  it('pass on to other exchanges, and to an alternate one what nobody takes', () =>
    scene(async ({ connection, broker, bodies }) => {
      const [first, second, rest] = [uniqueName('first'), uniqueName('second'), uniqueName('rest')]
      await broker.declareExchange(rest, { type: 'fanout' })
      await broker.declareExchange(first, { type: 'direct', alternateExchange: rest })
      await broker.declareExchange(second, { type: 'fanout', internal: true })
      await broker.bindExchange(second, first, { routingKey: 'known' })
      for (const [queue, source] of [
        [second, second],
        [rest, rest],
      ] as const) {
        await broker.declareQueue(queue)
        await broker.bindQueue(queue, source)
      }
      await connection.send(exchange(first, 'known'), 'for second')
      await connection.send(exchange(first, 'unknown'), 'for rest')
      expect(await bodies(second)).toEqual(['for second'])
      expect(await bodies(rest)).toEqual(['for rest'])
      await broker.unbindExchange(second, first, { routingKey: 'known' })
      await connection.send(exchange(first, 'known'), 'for rest')
      expect(await bodies(rest)).toEqual(['for rest'])
    }))

  it('tell what a queue holds, and purge and delete it', () =>
    scene(async ({ connection, session, broker }) => {
      const name = uniqueName('held')
      expect(await broker.queueStatus(name)).toBeUndefined()
      const queue = await broker.declareQueue(name, { type: 'classic' })
      await connection.send(queue, 'one')
      await connection.send(queue, 'two')
      expect(await broker.queueStatus(name)).toEqual({ messages: 2, consumers: 0 })
      expect((await failureOf(broker.deleteQueue(name, { ifEmpty: true }))).message).toMatch(/not empty/)
      expect(await broker.purgeQueue(name)).toBe(2)
      const consumer = await session.createConsumer(queue)
      const inUse = await failureOf(broker.deleteQueue(name, { ifUnused: true }))
      expect(inUse.message).toMatch(/in use/)
      await consumer.close()
      expect(await broker.deleteQueue(name, { ifUnused: true, ifEmpty: true })).toBe(0)
      expect((await failureOf(broker.purgeQueue(name))).message).toMatch(/no queue/)
      // Nothing is left that another call could find.
      await connection.send(queue, 'made anew')
      expect(await broker.deleteQueue(name)).toBe(1)
    }))

  it('delay messages by a queue that nobody consumes from', () =>
    scene(async ({ connection, session, broker }) => {
      const [later, orders] = [uniqueName('later'), uniqueName('orders')]
      await broker.declareQueue(orders)
      const delayed = await broker.declareQueue(later, {
        messageTtl: 500,
        deadLetterExchange: '',
        deadLetterRoutingKey: orders,
        expires: 60_000,
      })
      const began = Date.now()
      await connection.send(delayed, textMessage('late', { properties: { n: 1 } }))
      const consumer = await session.createConsumer({ kind: 'queue', name: orders })
      const message = await consumer.receive({ timeout: 10_000 })
      expect(message).toMatchObject({ body: 'late', properties: { n: 1 }, redelivered: false })
      expect(Date.now() - began).toBeGreaterThanOrEqual(500)
    }))

  it('refuse what comes when a queue is full, if it says so', () =>
    scene(async ({ connection, broker }) => {
      const name = uniqueName('full')
      await broker.declareQueue(name, { type: 'classic', maxLength: 1, overflow: 'reject-publish', expires: 60_000 })
      await broker.declareExchange(name, { type: 'fanout', autoDelete: true })
      await broker.bindQueue(name, name)
      await connection.send(exchange(name), 'fits')
      expect(await failureOf(connection.send(exchange(name), 'too much'))).toBeInstanceOf(ResourceLimitError)
    }))

  it('are refused with both values when they are there otherwise', () =>
    scene(async ({ connection, broker }) => {
      const name = uniqueName('other')
      await broker.declareQueue(name, { maxLength: 5 })
      const queue = await failureOf(broker.declareQueue(name, { maxLength: 6 }))
      expect(queue).toBeInstanceOf(InvalidDestinationError)
      expect(queue.message).toMatch(
        /'x-max-length' for queue .* received '6' but current is '5'.*ask for what is there/,
      )
      await broker.declareExchange(name, { type: 'direct' })
      const other = await failureOf(broker.declareExchange(name, { type: 'topic' }))
      expect(other.message).toMatch(/received 'topic' but current is 'direct'/)
      const missing = await failureOf(broker.bindQueue(name, uniqueName('missing')))
      expect(missing).toBeInstanceOf(InvalidDestinationError)
      expect((await failureOf(connection.send(exchange('missing'), 'x'))).message).toMatch(/no exchange 'missing'/)
      const type = await failureOf(broker.declareExchange(uniqueName('type'), { type: 'x-unknown' }))
      expect(type.message).toMatch(/x-unknown/)
      expect(connection.state).toBe('connected')
      await broker.declareQueue(name, { maxLength: 5 })
    }))

  it('are not taken for what they are not', () =>
    scene(async ({ connection, session, broker }) => {
      const consuming = await failureOf(session.createConsumer(exchange('invoices')))
      expect(consuming).toBeInstanceOf(InvalidDestinationError)
      expect(consuming.message).toMatch(/an exchange is only sent to.*consume from a queue that is bound to it$/)
      const answering = connection.send(exchange('amq.fanout'), textMessage('x', { replyTo: exchange('invoices') }))
      expect(await failureOf(answering)).toBeInstanceOf(InvalidDestinationError)
      expect((await failureOf(broker.declareQueue('amq.mine'))).message).toMatch(/reserved prefix/)
    }))

  it.each([
    ['mode', { mode: 'lazy' }, /quorum queues have no mode/],
    ['maxPriority', { type: 'classic', maxPriority: 256 }, /at most 255/],
    ['deliveryLimit', { type: 'classic', deliveryLimit: 3 }, /only quorum queues/],
    ['exclusive', { type: 'quorum', exclusive: true }, /type: 'classic'/],
    ['deadLetterRoutingKey', { deadLetterRoutingKey: 'dead' }, /goes with a deadLetterExchange/],
    ['maxLenght', { maxLenght: 3 }, /maxLength/],
    ['arguments.x-deep', { arguments: { 'x-deep': [] } }, /expected a boolean/],
  ])('name the option that is wrong: %s', (option, options, text) =>
    scene(async ({ broker }) => {
      const error = await failureOf(broker.declareQueue('wrong', options as object))
      expect(error).toBeInstanceOf(InvalidOptionError)
      expect(error).toMatchObject({ option })
      expect(error.message).toMatch(text)
    }),
  )

  it('are an error over other protocols, and after the end', async () => {
    await using other = await connect(target.uri('amqp'))
    const error = (() => {
      try {
        return rabbitmq(other)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(UnsupportedFeatureError)
    expect((error as Error).message).toMatch(
      /polymq\/rabbitmq is not supported by RabbitMQ \S+ at amqp:.* over amqp10; connect to RabbitMQ over AMQP 0-9-1/,
    )
    const refusal = await failureOf(other.send(exchange('invoices'), 'x'))
    expect(refusal).toBeInstanceOf(InvalidDestinationError)
    expect(refusal.message).toContain('with ?amqp.version=0-9-1')
    const connection = await connect(target.uri('amqp091'))
    const broker = rabbitmq(connection)
    await connection.close()
    expect(await failureOf(broker.declareQueue('late'))).toBeInstanceOf(IllegalStateError)
  })
})
