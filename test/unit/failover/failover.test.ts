import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedBroker, embeddedBroker } from '../../../src/embedded-broker.ts'
import {
  AbortedError,
  type Connection,
  ConnectionLostError,
  connect,
  queue,
  type ReceivedMessage,
  TransactionRolledBackError,
  textMessage,
  topic,
} from '../../../src/index.ts'

const orders = queue<string>('orders')

describe('a connection over two brokers', () => {
  let first: EmbeddedBroker
  let second: EmbeddedBroker
  let connection: Connection
  let events: unknown[][]

  beforeEach(async () => {
    const names = [randomUUID(), randomUUID()] as const
    first = embeddedBroker(names[0])
    second = embeddedBroker(names[1])
    events = []
    connection = await connect(
      names.map((name) => `memory:${name}`),
      { clientId: 'app', failover: { initialReconnectDelay: 1 }, redelivery: { initialDelay: 0 } },
    )
    connection.on('interrupted', (error) => events.push(['interrupted', error]))
    connection.on('reconnecting', (attempt) => events.push(['reconnecting', attempt]))
    connection.on('resumed', (to) => events.push(['resumed', to]))
  })

  afterEach(async () => {
    await connection.close()
    first.close()
    second.close()
  })

  /** The active broker loses its clients; resolves when the other one has them. */
  async function failOver(): Promise<void> {
    const resumed = new Promise((resolve) => connection.once('resumed', resolve))
    first.dropConnections()
    await resumed
  }

  it('tells what goes on', async () => {
    const from = connection.peer.endpoint
    first.dropConnections()
    expect(connection.state).toBe('interrupted')
    await new Promise((resolve) => connection.once('resumed', resolve))
    expect(connection.state).toBe('connected')
    expect(connection.peer.endpoint).not.toBe(from)
    const { endpoint } = connection.peer
    expect(events).toEqual([
      ['interrupted', expect.any(ConnectionLostError)],
      ['reconnecting', { attempt: 1, endpoint, delay: 0 }],
      ['resumed', { endpoint }],
    ])
  })

  it('sends what was not sent yet to the next broker, in order', async () => {
    const producer = await (await connection.createSession()).createProducer(orders)
    first.dropConnections()
    await Promise.all(['a', 'b', 'c'].map((text) => producer.send(text)))
    expect(second.messages('orders').map(({ body }) => body)).toEqual(['a', 'b', 'c'])
  })

  it('takes the bytes of a send as they were at the call', async () => {
    const producer = await (await connection.createSession()).createProducer(queue<Uint8Array>('bytes'))
    first.dropConnections()
    const bytes = new Uint8Array(100).fill(1)
    const sent = producer.send(bytes)
    bytes.fill(2)
    await sent
    expect(second.messages('bytes').map(({ body }) => body)).toEqual([new Uint8Array(100).fill(1)])
  })

  it('takes the bytes of sends of any length, also after others that were confirmed', async () => {
    const producer = await (await connection.createSession()).createProducer(queue<Uint8Array>('bytes'))
    const bodies = [100, 40, 100, 0, 5_000, 60, 4_000].map((length, index) => new Uint8Array(length).fill(index))
    for (let round = 0; round < 3; round += 1) {
      for (const body of bodies.toReversed()) await producer.send(body)
      await Promise.all(bodies.map((body) => producer.send(body)))
    }
    first.dropConnections()
    const sent = bodies.map((body) => {
      const bytes = body.slice()
      const confirmed = producer.send(bytes)
      bytes.fill(99)
      return confirmed
    })
    await Promise.all(sent)
    expect(second.messages('bytes').map(({ body }) => body)).toEqual(bodies)
  })

  it('goes on to consume, also with a call that waits', async () => {
    const consumer = await (await connection.createSession()).createConsumer(orders)
    const waiting = consumer.receive({ timeout: 5_000 })
    await failOver()
    await connection.send(orders, 'one')
    expect((await waiting)?.body).toBe('one')
    const received = new Promise<string>((resolve) => consumer.listen((message) => resolve(message.body)))
    await connection.send(orders, 'two')
    expect(await received).toBe('two')
  })

  it('has the consumer without prefetch ask again', async () => {
    const consumer = await (await connection.createSession()).createConsumer(orders, { prefetch: 0 })
    const waiting = consumer.receive({ timeout: 5_000 })
    await failOver()
    await connection.send(orders, 'one')
    expect((await waiting)?.body).toBe('one')
  })

  it('drops what was prefetched: the broker that has it delivers it again', async () => {
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(orders)
    for (const text of ['a', 'b', 'c']) await connection.send(orders, text)
    const stale = (await consumer.receive()) as ReceivedMessage
    await failOver()
    expect(await consumer.receiveNoWait()).toBeNull()
    await stale.acknowledge()
    await stale.release()
    await stale.deadLetter()
    expect(first.queueDepth('orders')).toBe(3)
    expect(second.queues().map(({ name }) => name)).not.toContain('DLQ')
  })

  it('lets a listener finish a message of the lost broker, and gives it the next ones', async () => {
    const consumer = await (await connection.createSession()).createConsumer(orders)
    let finish = (): void => {}
    const begun = new Promise<void>((resolve) => {
      consumer.listen(async ({ body }) => {
        seen.push(body)
        resolve()
        if (seen.length === 1) await new Promise<void>((end) => (finish = end))
        if (seen.length === 2) all()
      })
    })
    const seen: string[] = []
    let all = (): void => {}
    const done = new Promise<void>((resolve) => (all = resolve))
    await connection.send(orders, 'stale')
    await begun
    await failOver()
    await connection.send(orders, 'fresh')
    finish()
    await done
    expect(seen).toEqual(['stale', 'fresh'])
    expect(first.queueDepth('orders')).toBe(1)
  })

  it('subscribes again: durable, shared and plain', async () => {
    const session = await connection.createSession()
    const prices = topic<string>('prices')
    const consumers = [
      await session.createConsumer(prices),
      await session.createDurableConsumer(prices, 'durable'),
      await session.createSharedDurableConsumer(prices, 'shared'),
    ]
    await failOver()
    await connection.send(prices, '42')
    for (const consumer of consumers) expect((await consumer.receive({ timeout: 5_000 }))?.body).toBe('42')
    expect(second.subscriptions().map(({ name }) => name)).toEqual(expect.arrayContaining(['durable', 'shared']))
  })

  it('keeps the name of a temporary queue', async () => {
    const session = await connection.createSession()
    const temporary = await session.createTemporaryQueue()
    const consumer = await session.createConsumer(temporary)
    await failOver()
    await connection.send(temporary, 'hello')
    const message = await consumer.receive({ timeout: 5_000 })
    expect(message?.body).toBe('hello')
    expect(message?.destination?.name).toBe(temporary.name)
    await consumer.close()
    await temporary.delete()
  })

  it('asks a request again whose answer was lost', async () => {
    const asked: string[] = []
    let answer = (): void => {}
    let unhang = (): void => {}
    const hung = new Promise<void>((resolve) => (unhang = resolve))
    const secondAsk = new Promise<void>((resolve) => (answer = resolve))
    await connection.reply(
      orders,
      async ({ body }) => {
        asked.push(body)
        if (asked.length === 1) await hung
        answer()
        return `${body}!`
      },
      { concurrency: 2 },
    )
    const response = connection.request(orders, 'hello')
    while (asked.length === 0) await new Promise(setImmediate)
    await failOver()
    await secondAsk
    expect((await response).body).toBe('hello!')
    expect(asked).toEqual(['hello', 'hello'])
    unhang()
  })

  it('ends a browser with an error, and a new look sees the next broker', async () => {
    await connection.send(orders, 'old')
    const browser = await (await connection.createSession()).createBrowser(orders)
    const iterator = browser[Symbol.asyncIterator]()
    expect((await iterator.next()).value.body).toBe('old')
    await failOver()
    await expect(iterator.next()).rejects.toBeInstanceOf(ConnectionLostError)
    await connection.send(orders, 'new')
    const seen: string[] = []
    for await (const { body } of browser) seen.push(body)
    expect(seen).toEqual(['new'])
  })

  it('creates what is asked for meanwhile at the next broker', async () => {
    first.dropConnections()
    const session = await connection.createSession()
    const consumer = await session.createConsumer(orders)
    await connection.send(orders, 'one')
    expect((await consumer.receive({ timeout: 5_000 }))?.body).toBe('one')
  })

  it('has sessions and producers at once meanwhile, so that a send waits as long as any other', async () => {
    // The first transaction of a process loads the code for it.
    await connection.createSession({ transacted: true })
    first.dropConnections()
    let resumed = false
    connection.once('resumed', () => (resumed = true))
    const session = await connection.createSession({ transacted: true })
    const producer = await session.createProducer(orders)
    expect(resumed).toBe(false)
    await producer.send('one')
    await session.commit()
    expect(second.queueDepth('orders')).toBe(1)
  })

  it('closes meanwhile', async () => {
    const session = await connection.createSession()
    const consumer = await session.createConsumer(orders)
    first.dropConnections()
    await consumer.close()
    await session.close()
    await connection.close()
    expect(connection.state).toBe('closed')
    // An attempt that was under way ends by itself.
    await expect.poll(() => second.connections()).toBe(0)
  })

  it('does not send what was aborted meanwhile', async () => {
    const producer = await (await connection.createSession()).createProducer(orders)
    const abort = new AbortController()
    first.dropConnections()
    const sent = producer.send('never', { signal: abort.signal })
    abort.abort()
    await expect(sent).rejects.toThrow(/before it was sent/)
    await expect(sent).rejects.toBeInstanceOf(AbortedError)
    await producer.send('next')
    expect(second.messages('orders').map(({ body }) => body)).toEqual(['next'])
  })

  describe('in a transaction', () => {
    it('loses the work that was done, tells it at commit, and goes on', async () => {
      const session = await connection.createSession({ transacted: true })
      const producer = await session.createProducer(orders)
      await producer.send('lost')
      await failOver()
      await producer.send('of the same transaction')
      await expect(session.commit()).rejects.toBeInstanceOf(TransactionRolledBackError)
      await producer.send('kept')
      await session.commit()
      expect(first.queueDepth('orders')).toBe(0)
      expect(second.messages('orders').map(({ body }) => body)).toEqual(['kept'])
    })

    it('counts a message that was received as work', async () => {
      await connection.send(orders, 'in')
      const session = await connection.createSession({ transacted: true })
      const consumer = await session.createConsumer(orders)
      const producer = await session.createProducer(queue('out'))
      await consumer.receive({ timeout: 5_000 })
      await failOver()
      await producer.send('out')
      await expect(session.commit()).rejects.toBeInstanceOf(TransactionRolledBackError)
      expect(first.queueDepth('orders')).toBe(1)
      expect(second.queueDepth('out')).toBe(0)
    })

    it('does not mind when nothing was done', async () => {
      const session = await connection.createSession({ transacted: true })
      const producer = await session.createProducer(orders)
      await failOver()
      await session.commit()
      first.dropConnections()
      await producer.send(textMessage('one'))
      await session.commit()
      expect(second.queueDepth('orders')).toBe(1)
    })

    it('rolls back what was done, and goes on', async () => {
      const session = await connection.createSession({ transacted: true })
      const producer = await session.createProducer(orders)
      await producer.send('lost')
      first.dropConnections()
      await session.rollback()
      await producer.send('kept')
      await session.commit()
      expect(second.messages('orders').map(({ body }) => body)).toEqual(['kept'])
    })
  })
})

describe('a connection without a second broker', () => {
  it('connects to the same broker again', async () => {
    const name = randomUUID()
    await using connection = await connect(`failover:(memory:${name})?initialReconnectDelay=1`)
    const consumer = await (await connection.createSession()).createConsumer(orders)
    for (let times = 0; times < 3; times += 1) {
      embeddedBroker(name).dropConnections()
      await connection.send(orders, `after ${times}`)
      expect((await consumer.receive({ timeout: 5_000 }))?.body).toBe(`after ${times}`)
    }
    embeddedBroker(name).close()
  })

  it('closes with the reason when it may not try again', async () => {
    const name = randomUUID()
    const connection = await connect(`memory:${name}`, { failover: { maxReconnectAttempts: 0 } })
    const consumer = await (await connection.createSession()).createConsumer(orders)
    const waiting = consumer.receive()
    waiting.catch(() => {})
    const closed = new Promise<Error | undefined>((resolve) => connection.on('closed', resolve))
    embeddedBroker(name).dropConnections()
    expect(await closed).toBeInstanceOf(ConnectionLostError)
    await expect(waiting).rejects.toBeInstanceOf(ConnectionLostError)
    expect(connection.state).toBe('closed')
  })
})
