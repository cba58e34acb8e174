import { describe, expect, it } from 'vitest'
import {
  AuthorizationError,
  type Connection,
  type Consumer,
  connect,
  InvalidClientIdError,
  InvalidDestinationError,
  MessagingError,
  message,
  queue,
  type ReceivedMessage,
  textMessage,
  topic,
} from '../../src/index.ts'
import { failureOf, uniqueName } from '../amqp10/support.ts'
import type { Broker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { numbered } from '../conformance/waiting.ts'

const injected = injectedBroker('artemis')
const PATIENCE = { timeout: 10_000 }

describe.skipIf(injected === undefined)('STOMP on Artemis', () => {
  const broker = injected as Broker

  async function next(consumer: Consumer): Promise<ReceivedMessage> {
    const received = await consumer.receive(PATIENCE)
    if (received === null) throw new Error(`nothing came from ${consumer.destination.name}`)
    return received
  }

  async function consumerOf(connection: Connection, destination: Parameters<Connection['send']>[0]): Promise<Consumer> {
    return (await connection.createSession()).createConsumer(destination)
  }

  describe.each(['1.0', '1.1', '1.2'])('in version %s', (version) => {
    const uri = (): string => `${broker.uri('stomp')}?stomp.version=${version}&stomp.broker=artemis`

    it('tells text from bytes, and queues from topics', async () => {
      await using connection = await connect(uri())
      const [orders, news] = [queue(uniqueName('orders')), topic(uniqueName('news'))]
      const [worker, reader] = [await consumerOf(connection, orders), await consumerOf(connection, news)]
      for (const destination of [orders, news]) {
        for (const body of ['text', '', Uint8Array.of(0, 255), new Uint8Array()]) {
          await connection.send(destination, body)
        }
      }
      for (const consumer of [worker, reader]) {
        for (const body of ['text', '', Uint8Array.of(0, 255), new Uint8Array()]) {
          const received = await next(consumer)
          expect(received.body).toEqual(body)
          expect(received.destination?.kind).toBe(consumer.destination.kind)
          expect(received.properties).toEqual({})
        }
      }
    })
  })

  it('exchanges messages of every kind that STOMP has with AMQP', async () => {
    await using stomp = await connect(broker.uri('stomp'))
    await using amqp = await connect(broker.uri('amqp'))
    for (const [from, to] of [
      [stomp, amqp],
      [amqp, stomp],
    ] as const) {
      const [orders, answers] = [queue(uniqueName('orders')), topic(uniqueName('answers'))]
      const consumer = await consumerOf(to, orders)
      const fields = { correlationId: 'c', type: 't', groupId: 'g', replyTo: answers }
      await from.send(orders, textMessage('hello', { ...fields, properties: { colour: 'red' } }), { priority: 7 })
      expect(await next(consumer)).toMatchObject({
        kind: 'text',
        body: 'hello',
        correlationId: 'c',
        type: 't',
        groupId: 'g',
        priority: 7,
        replyTo: { kind: 'topic', name: answers.name },
        destination: { kind: 'queue', name: orders.name },
        deliveryMode: 'persistent',
      })
      await from.send(orders, Uint8Array.of(1, 0, 255))
      expect(await next(consumer)).toMatchObject({ kind: 'bytes', body: Uint8Array.of(1, 0, 255) })
    }
  })

  it('asks and answers across protocols', async () => {
    await using stomp = await connect(broker.uri('stomp'))
    await using amqp = await connect(broker.uri('amqp'))
    for (const [asking, answering] of [
      [stomp, amqp],
      [amqp, stomp],
    ] as const) {
      const questions = queue(uniqueName('questions'))
      await answering.reply(questions, ({ body }) => `${body}!`)
      expect((await asking.request(questions, 'who', PATIENCE)).body).toBe('who!')
    }
  })

  it('shares a durable subscription with nobody of another client id, and keeps it for its own', async () => {
    const news = topic(uniqueName('news'))
    const clientId = uniqueName('client')
    const first = await connect(broker.uri('stomp'), { clientId })
    expect(await failureOf(connect(broker.uri('stomp'), { clientId }))).toBeInstanceOf(InvalidClientIdError)
    await (await first.createSession()).createDurableConsumer(news, 'with.dots')
    await first.close()
    await using second = await connect(broker.uri('stomp'), { clientId })
    await second.send(news, 'kept')
    const session = await second.createSession()
    const reader = await session.createDurableConsumer(news, 'with.dots')
    expect((await next(reader)).body).toBe('kept')
    await reader.close()
    await session.unsubscribe('with.dots')
    expect(await failureOf(session.unsubscribe('with.dots'))).toBeInstanceOf(InvalidDestinationError)
  })

  it('gives a client id to one of several connections that ask at the same time', async () => {
    const clientId = uniqueName('client')
    const outcomes = await Promise.allSettled(numbered(8).map(() => connect(broker.uri('stomp'), { clientId })))
    const connections = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    expect(connections).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(InvalidClientIdError)
    }
    await connections[0]?.close()
    await (await connect(broker.uri('stomp'), { clientId })).close()
  })

  it.each([1, 4, 20])(
    'gives an application that holds on to them more large messages than a prefetch of %d',
    async (prefetch) => {
      await using connection = await connect(broker.uri('stomp'), { prefetch })
      const orders = queue(uniqueName('orders'))
      await Promise.all(numbered(60).map((body) => connection.send(orders, body.padEnd(10_000, '.'))))
      const session = await connection.createSession({ acknowledgeMode: 'client' })
      const consumer = await session.createConsumer(orders)
      for (const body of numbered(60)) expect(String((await next(consumer)).body).replaceAll('.', '')).toBe(body)
      await session.acknowledge()
    },
  )

  it.each(['auto', 'dups-ok'] as const)(
    'keeps the order of small messages after large ones, in mode %s',
    async (acknowledgeMode) => {
      await using connection = await connect(broker.uri('stomp'))
      const orders = queue(uniqueName('orders'))
      const consumer = await (await connection.createSession({ acknowledgeMode })).createConsumer(orders)
      const bodies = numbered(600).map((body) => (Number(body) < 200 ? body.padEnd(9_000, '.') : body))
      const sent = Promise.all(bodies.map((body) => connection.send(orders, body)))
      for (const body of bodies) expect((await next(consumer)).body).toBe(body)
      await sent
    },
  )

  it('leaves nothing behind in a temporary queue that is deleted', async () => {
    await using connection = await connect(broker.uri('stomp'))
    const session = await connection.createSession()
    const answers = await session.createTemporaryQueue()
    await Promise.all(numbered(20).map((body) => connection.send(answers, body)))
    await answers.delete()
    await using amqp = await connect(broker.uri('amqp'))
    const consumer = await consumerOf(amqp, queue(answers.name))
    expect(await consumer.receiveNoWait()).toBeNull()
  })

  it('makes no queue for an answer that comes too late', async () => {
    await using answering = await connect(broker.uri('stomp'))
    const asking = await connect(broker.uri('stomp'))
    const questions = queue(uniqueName('questions'))
    const answers = await (await asking.createSession()).createTemporaryQueue()
    await asking.send(questions, message({ replyTo: answers }))
    const { replyTo } = await next(await consumerOf(answering, questions))
    await answers.delete()
    await asking.close()
    if (replyTo === undefined) throw new Error('no reply-to')
    await answering.send(replyTo, 'too late')
    await using amqp = await connect(broker.uri('amqp'))
    expect(await (await consumerOf(amqp, queue(replyTo.name))).receiveNoWait()).toBeNull()
  })

  it('deletes its temporary queues, with what is in them, when it closes', async () => {
    const connection = await connect(broker.uri('stomp'))
    const answers = await (await connection.createSession()).createTemporaryQueue()
    await connection.send(answers, 'unread')
    await connection.close()
    await using amqp = await connect(broker.uri('amqp'))
    expect(await (await consumerOf(amqp, queue(answers.name))).receiveNoWait()).toBeNull()
  })

  describe('for a user who may consume and nothing else', () => {
    const uri = (): string => broker.uri('stomp', { username: 'reader', password: 'reader-secret' })

    it('consumes from what exists', async () => {
      await using owner = await connect(broker.uri('stomp'))
      const orders = queue(uniqueName('orders'))
      await owner.send(orders, 'work')
      await using connection = await connect(uri())
      expect((await next(await consumerOf(connection, orders))).body).toBe('work')
    })

    it('says what is not permitted, and goes on', async () => {
      await using owner = await connect(broker.uri('stomp'))
      const orders = queue(uniqueName('orders'))
      await owner.send(orders, 'work')
      await using connection = await connect(uri())
      const unknown = queue(uniqueName('unknown'))
      expect(await failureOf(connection.send(unknown, 'no'))).toBeInstanceOf(AuthorizationError)
      const withoutReason = await failureOf(connection.send(orders, textMessage('no', { properties: { secret: 'x' } })))
      expect(withoutReason).toBeInstanceOf(MessagingError)
      expect(withoutReason.message).toMatch(/sending to queue orders.*may not send to it/s)
      expect(withoutReason.message).not.toMatch(/secret/)
      expect((await next(await consumerOf(connection, orders))).body).toBe('work')
    })
  })

  it.each(['has?options', 'queue::of-it'])('refuses the name %s, which is more than one', async (name) => {
    await using connection = await connect(broker.uri('stomp'))
    expect(await failureOf(connection.send(queue(name), 'no'))).toBeInstanceOf(InvalidDestinationError)
  })
})
