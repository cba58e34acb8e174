import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedBroker, embeddedBroker } from '../../../src/embedded-broker.ts'
import {
  type AcknowledgeMode,
  type Connection,
  type Consumer,
  connect,
  InvalidOptionError,
  queue,
  type ReceivedMessage,
  type Session,
  TransactionRolledBackError,
} from '../../../src/index.ts'
import { failureOf, gate, soon } from '../../conformance/waiting.ts'

const orders = queue<string>('orders')

describe('a consumer with a duplicate window', () => {
  let broker: EmbeddedBroker
  let connection: Connection

  beforeEach(async () => {
    const name = randomUUID()
    broker = embeddedBroker(name)
    const failover = { initialReconnectDelay: 1 }
    connection = await connect(`memory:${name}`, { failover, redelivery: { initialDelay: 0 } })
  })
  afterEach(async () => {
    await connection.close()
    broker.close()
  })

  async function consumerIn(acknowledgeMode: AcknowledgeMode, duplicateWindow = 100): Promise<[Session, Consumer]> {
    const session = await connection.createSession({ acknowledgeMode })
    return [session, await session.createConsumer<unknown>(orders, { duplicateWindow })]
  }

  async function next(consumer: Consumer): Promise<ReceivedMessage> {
    const message = await consumer.receive({ timeout: 5_000 })
    if (message === null) throw new Error('there is no message')
    return message
  }

  /** Resolves when the connection has lost its broker, and has it again. */
  async function loseBroker(): Promise<void> {
    const resumed = new Promise((resolve) => connection.once('resumed', resolve))
    broker.dropConnections()
    await soon(resumed, 'the broker')
  }

  it('does not get a message again that its listener was at when the broker was lost', async () => {
    const [, consumer] = await consumerIn('auto')
    const [begun, finish, two] = [gate(), gate(), gate()]
    const received: unknown[] = []
    consumer.listen(async ({ body }) => {
      received.push(body)
      if (body === 'two') two.open()
      begun.open()
      await finish.opened
    })
    await connection.send(orders, 'one')
    await begun.opened
    await loseBroker()
    finish.open()
    await connection.send(orders, 'two')
    await soon(two.opened, 'the second message')
    expect(received).toEqual(['one', 'two'])
    await expect.poll(() => broker.queueDepth('orders')).toBe(0)
  })

  it('gets a message again that its listener failed on after the broker was lost', async () => {
    const [, consumer] = await consumerIn('auto')
    connection.on('error', () => {})
    const [begun, fail, again] = [gate(), gate(), gate()]
    let calls = 0
    consumer.listen(async () => {
      calls += 1
      if (calls > 1) return again.open()
      begun.open()
      await fail.opened
      throw new Error('the work failed')
    })
    await connection.send(orders, 'one')
    await begun.opened
    await loseBroker()
    fail.open()
    await soon(again.opened, 'the message')
  })

  it('does not get a message again that was acknowledged too late', async () => {
    const [, consumer] = await consumerIn('individual')
    await connection.send(orders, 'one')
    const stale = await next(consumer)
    await loseBroker()
    await stale.acknowledge()
    await connection.send(orders, 'two')
    expect((await next(consumer)).body).toBe('two')
  })

  it.each<AcknowledgeMode>(['individual', 'client', 'transacted'])(
    'gets a message again that was not acknowledged when the broker was lost: %s',
    async (mode) => {
      const [session, consumer] = await consumerIn(mode)
      await connection.send(orders, 'one')
      await next(consumer)
      await loseBroker()
      if (mode === 'transacted') expect(await failureOf(session.commit())).toBeInstanceOf(TransactionRolledBackError)
      expect((await next(consumer)).body).toBe('one')
    },
  )

  it('gets a message again that it gave back', async () => {
    const [session, consumer] = await consumerIn('individual')
    await connection.send(orders, 'one')
    await (await next(consumer)).release()
    expect((await next(consumer)).body).toBe('one')
    await session.recover()
    expect((await next(consumer)).redelivered).toBe(true)
  })

  it('gets messages again after a rollback, and not after a commit', async () => {
    const [session, consumer] = await consumerIn('transacted')
    await connection.send(orders, 'one')
    await next(consumer)
    await session.rollback()
    expect((await next(consumer)).body).toBe('one')
    await session.commit()
    await loseBroker()
    expect(await consumer.receive({ timeout: 50 })).toBeNull()
  })

  it('remembers as many messages as it was told to', async () => {
    const [, consumer] = await consumerIn('individual', 2)
    for (const body of ['one', 'two', 'three']) await connection.send(orders, body)
    const stale = [await next(consumer), await next(consumer), await next(consumer)]
    await loseBroker()
    for (const message of stale) await message.acknowledge()
    expect((await next(consumer)).body).toBe('one')
  })

  it('is refused a window that is no number of messages', async () => {
    const session = await connection.createSession()
    const error = await failureOf(session.createConsumer(orders, { duplicateWindow: -1 }))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ option: 'duplicateWindow' })
  })
})
