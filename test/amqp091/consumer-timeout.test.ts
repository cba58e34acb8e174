import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Connection,
  connect,
  type Destination,
  queue,
  type ReceivedMessage,
  TimeoutError,
  topic,
} from '../../src/index.ts'
import { rabbitmq } from '../../src/rabbitmq.ts'
import { uniqueName } from '../amqp10/support.ts'
import { type Broker, startBroker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { soon } from '../conformance/waiting.ts'

/** ms within which the broker of these tests wants to be answered. */
const LIMIT = 1_000

describe.skipIf(injectedBroker('rabbitmq') === undefined)('a consumer that acknowledges too late', () => {
  let broker: Broker

  beforeAll(async () => {
    broker = await startBroker('rabbitmq', { keep: false })
    for (const setting of [`consumer_timeout, ${LIMIT}`, 'channel_tick_interval, 200']) {
      await broker.execute(['rabbitmqctl', 'eval', `application:set_env(rabbit, ${setting}).`])
    }
  }, 120_000)
  afterAll(() => broker?.stop())

  const open = async () => {
    const connection = await connect(broker.uri('amqp091'), { prefetch: 2 })
    connection.on('interrupted', (error) => expect.unreachable(error.message))
    return connection
  }
  const nextError = (connection: Connection): Promise<Error> =>
    soon(new Promise((resolve) => connection.once('error', resolve)), 'the error event', 30_000)
  const received = async (message: Promise<ReceivedMessage | null>): Promise<ReceivedMessage> => {
    const found = await message
    if (found === null) throw new Error('no message came')
    return found
  }

  it.each(['quorum', 'classic'] as const)(
    'goes on, and gets the messages of a %s queue again',
    async (type) => {
      await using connection = await open()
      const orders = await rabbitmq(connection).declareQueue(uniqueName('late'), { type })
      for (const body of ['one', 'two', 'three']) await connection.send(orders, body)
      const session = await connection.createSession({ acknowledgeMode: 'individual' })
      const consumer = await session.createConsumer(orders)
      const stale = await received(consumer.receive({ timeout: 10_000 }))
      const error = await nextError(connection)
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error.message).toMatch(
        /consuming from queue late.* timed out.*; the consumer goes on, and what it held comes again: acknowledge sooner/,
      )
      await stale.acknowledge()
      const bodies: unknown[] = []
      for (let count = 0; count < 3; count++) {
        const message = await received(consumer.receive({ timeout: 10_000 }))
        expect(message.redelivered).toBe(message.body !== 'three')
        bodies.push(message.body)
        await message.acknowledge()
      }
      expect(bodies.sort()).toEqual(['one', 'three', 'two'])
      await connection.send(orders, 'four')
      await (await received(consumer.receive({ timeout: 10_000 }))).acknowledge()
      await consumer.close()
      expect(await rabbitmq(connection).queueStatus(orders.name)).toEqual({ messages: 0, consumers: 0 })
    },
    60_000,
  )

  it('has its listener called again once the call that took too long is over', async () => {
    await using connection = await open()
    const orders = queue(uniqueName('slow'))
    const calls: (readonly [unknown, boolean])[] = []
    let release = (): void => {}
    const first = new Promise<void>((resolve) => {
      release = resolve
    })
    await connection.consume(orders, async ({ body, redelivered }) => {
      calls.push([body, redelivered])
      if (calls.length === 1) await first
    })
    const late = nextError(connection)
    await connection.send(orders, 'slow')
    expect(await late).toBeInstanceOf(TimeoutError)
    expect(calls).toEqual([['slow', false]])
    release()
    await expect
      .poll(() => calls, { timeout: 10_000 })
      .toEqual([
        ['slow', false],
        ['slow', true],
      ])
    await connection.send(orders, 'next')
    await expect.poll(() => calls.at(-1), { timeout: 10_000 }).toEqual(['next', false])
  }, 60_000)

  it.each<readonly [string, Destination]>([
    ['a topic', topic(uniqueName('news'))],
    ['a queue without prefetch', queue(uniqueName('asked'))],
  ])(
    'misses nothing of %s meanwhile',
    async (_, destination) => {
      await using connection = await open()
      const session = await connection.createSession({ acknowledgeMode: 'individual' })
      const consumer = await session.createConsumer(destination, { prefetch: destination.kind === 'topic' ? 1 : 0 })
      const late = nextError(connection)
      await connection.send(destination, 'one')
      await received(consumer.receive({ timeout: 10_000 }))
      await connection.send(destination, 'two')
      await late
      await connection.send(destination, 'three')
      const bodies: unknown[] = []
      for (let count = 0; count < 3; count++) {
        const message = await received(consumer.receive({ timeout: 10_000 }))
        bodies.push(message.body)
        await message.acknowledge()
      }
      expect(bodies.sort()).toEqual(['one', 'three', 'two'])
    },
    60_000,
  )

  it('can be closed while it is to go on', async () => {
    await using connection = await open()
    const orders = queue(uniqueName('closed'))
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(orders)
    const closed = new Promise<void>((resolve, reject) => {
      connection.once('error', () => consumer.close().then(resolve, reject))
    })
    await connection.send(orders, 'one')
    await received(consumer.receive({ timeout: 10_000 }))
    await soon(closed, 'the close', 30_000)
    await using other = await session.createConsumer(orders)
    await (await received(other.receive({ timeout: 10_000 }))).acknowledge()
    await other.close()
    expect(await rabbitmq(connection).queueStatus(orders.name)).toEqual({ messages: 0, consumers: 0 })
  }, 60_000)
})
