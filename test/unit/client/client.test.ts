import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  AbortedError,
  byte,
  type Connection,
  connect,
  double,
  IllegalStateError,
  InvalidClientIdError,
  InvalidDestinationError,
  InvalidOptionError,
  InvalidSelectorError,
  InvalidUriError,
  ListenerError,
  long,
  MessageFormatError,
  mapMessage,
  message,
  queue,
  readProperty,
  streamMessage,
  TimeoutError,
  textMessage,
  topic,
} from '../../../src/index.ts'

const redelivery = { initialDelay: 0, maximumRedeliveries: 2 }

describe('a client on the embedded broker', () => {
  let uri: string
  let connection: Connection
  const opened: Connection[] = []

  async function another(options: Parameters<typeof connect>[1] = {}): Promise<Connection> {
    const made = await connect(uri, { redelivery, ...options })
    opened.push(made)
    return made
  }

  beforeEach(async () => {
    uri = `memory:${randomUUID()}`
    connection = await another()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()))
  })

  async function bodies(name: string): Promise<unknown[]> {
    const session = await connection.createSession()
    const consumer = await session.createConsumer(queue(name))
    const found: unknown[] = []
    for (let next = await consumer.receiveNoWait(); next; next = await consumer.receiveNoWait()) found.push(next.body)
    await session.close()
    return found
  }

  it('hands over every kind of body as it was sent', async () => {
    const session = await connection.createSession()
    const producer = await session.createProducer(queue('kinds'))
    const consumer = await session.createConsumer(queue('kinds'))
    const sent = ['text ☃ 😀', new Uint8Array([0, 1, 255]), { nested: [1, { a: null }] }, undefined, '']
    for (const body of sent) await producer.send(body)
    await producer.send(mapMessage({ n: byte(1), big: long(2n ** 62n), none: null }))
    await producer.send(streamMessage([true, double(2), 'x']))
    const received = []
    for (let count = 0; count < 7; count += 1) received.push(await consumer.receive({ timeout: 1_000 }))
    expect(received.map((each) => each?.kind)).toEqual(['text', 'bytes', 'object', 'empty', 'text', 'map', 'stream'])
    expect(received.slice(0, 5).map((each) => each?.body)).toEqual(sent)
    expect(received[5]?.body).toEqual({ n: 1, big: 2n ** 62n, none: null })
    expect(received[6]?.body).toEqual([true, 2, 'x'])
  })

  it('keeps header fields and the types of properties, and received messages are read-only', async () => {
    const session = await connection.createSession()
    const consumer = await session.createConsumer(queue('fields'))
    const fields = { correlationId: 'c', type: 't', replyTo: queue('answers'), groupId: 'g', groupSequence: 1 }
    await connection.send(queue('fields'), message({ ...fields, properties: { b: byte(3), d: double(3) } }), {
      priority: 7,
      timeToLive: 60_000,
    })
    const received = await consumer.receive({ timeout: 1_000 })
    if (received === null) throw new Error('nothing came')
    expect(received).toMatchObject({ ...fields, priority: 7, deliveryCount: 1, redelivered: false })
    expect(received.properties).toEqual({ b: 3, d: 3 })
    expect(readProperty(received, 'b', 'short')).toBe(3)
    expect(() => readProperty(received, 'd', 'int')).toThrow(MessageFormatError)
    expect(() => Object.assign(received, { body: 1 })).toThrow(TypeError)
    expect(() => Object.assign(received.properties, { b: 1 })).toThrow(TypeError)
  })

  it('delivers again what a listener failed on, then moves it to the dead-letter queue', async () => {
    const errors: Error[] = []
    connection.on('error', (error) => errors.push(error))
    const counts: number[] = []
    await connection.consume(queue('failing'), (each) => {
      counts.push(each.deliveryCount)
      throw new Error('no')
    })
    await connection.send(queue('failing'), 'poison')
    const session = await connection.createSession()
    const dead = await session.createConsumer(queue('DLQ'))
    expect((await dead.receive({ timeout: 2_000 }))?.body).toBe('poison')
    expect(counts).toEqual([1, 2, 3])
    expect(errors[0]).toBeInstanceOf(ListenerError)
  })

  it('gives unacknowledged messages of a client session again after recover, in order and counted', async () => {
    const session = await connection.createSession({ acknowledgeMode: 'client' })
    const consumer = await session.createConsumer(queue('recover'))
    for (const body of ['1', '2', '3']) await connection.send(queue('recover'), body)
    await consumer.receive({ timeout: 1_000 })
    await consumer.receive({ timeout: 1_000 })
    await session.recover()
    const again = []
    for (let count = 0; count < 3; count += 1) again.push(await consumer.receive({ timeout: 1_000 }))
    expect(again.map((each) => [each?.body, each?.deliveryCount])).toEqual([
      ['1', 2],
      ['2', 2],
      ['3', 1],
    ])
    await again[2]?.acknowledge()
    await session.close()
    expect(await bodies('recover')).toEqual([])
  })

  it('gives back what an individual session did not acknowledge when it closes', async () => {
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(queue('individual'))
    for (const body of ['1', '2', '3']) await connection.send(queue('individual'), body)
    await consumer.receive({ timeout: 1_000 })
    await (await consumer.receive({ timeout: 1_000 }))?.acknowledge()
    await session.close()
    expect(await bodies('individual')).toEqual(['1', '3'])
  })

  it('never hands an individual listener more unsettled messages than the prefetch', async () => {
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(queue('window'), { prefetch: 2 })
    for (let count = 0; count < 6; count += 1) await connection.send(queue('window'), String(count))
    const held: { acknowledge(): Promise<void> }[] = []
    let most = 0
    let acknowledged = 0
    const all = new Promise<void>((resolve) => {
      consumer.listen((each) => {
        held.push(each)
        most = Math.max(most, held.length)
        if (held.length < 2) return
        setImmediate(async () => {
          const batch = held.splice(0)
          await Promise.all(batch.map((one) => one.acknowledge()))
          acknowledged += batch.length
          if (acknowledged === 6) resolve()
        })
      })
    })
    await all
    expect(most).toBe(2)
  })

  it('commits sends and acknowledgements together, and undoes both on rollback', async () => {
    await connection.send(queue('in'), 'work')
    const session = await connection.createSession({ transacted: true })
    const consumer = await session.createConsumer(queue('in'))
    const producer = await session.createProducer(queue('out'))
    await consumer.receive({ timeout: 1_000 })
    await producer.send('first try')
    await session.rollback()
    expect(await bodies('out')).toEqual([])
    expect((await consumer.receive({ timeout: 1_000 }))?.deliveryCount).toBe(2)
    await producer.send('second try')
    await session.commit()
    await session.close()
    expect(await bodies('out')).toEqual(['second try'])
    expect(await bodies('in')).toEqual([])
  })

  it('acknowledges an iterated message when the loop comes back or is left', async () => {
    for (const body of ['1', '2', '3']) await connection.send(queue('loop'), body)
    const session = await connection.createSession()
    const consumer = await session.createConsumer(queue('loop'))
    for await (const each of consumer) if (each.body === '2') break
    await session.close()
    expect(await bodies('loop')).toEqual(['3'])
  })

  it('ends a pending receive with null on close and timeout, and with AbortedError on abort', async () => {
    const session = await connection.createSession()
    const consumer = await session.createConsumer(queue('waiting'))
    expect(await consumer.receive({ timeout: 5 })).toBeNull()
    const abort = new AbortController()
    const aborted = consumer.receive({ signal: abort.signal })
    abort.abort()
    await expect(aborted).rejects.toBeInstanceOf(AbortedError)
    const pending = consumer.receive()
    await consumer.close()
    expect(await pending).toBeNull()
    await expect(consumer.receive()).rejects.toBeInstanceOf(IllegalStateError)
  })

  it('lets a listener close its own consumer without waiting for itself', async () => {
    const session = await connection.createSession()
    const consumer = await session.createConsumer(queue('own'))
    const closed = new Promise<void>((resolve) => {
      consumer.listen(async () => {
        await consumer.close()
        resolve()
      })
    })
    await connection.send(queue('own'), 'only')
    await closed
    await session.close()
    expect(await bodies('own')).toEqual([])
  })

  it('keeps messages for a durable subscription while nobody consumes', async () => {
    const first = await another({ clientId: 'reader' })
    await (await (await first.createSession()).createDurableConsumer(topic('news.*'), 'archive')).close()
    await connection.send(topic('news.today'), 'kept')
    const consumer = await (await first.createSession()).createDurableConsumer(topic('news.*'), 'archive')
    expect((await consumer.receive({ timeout: 1_000 }))?.body).toBe('kept')
    await expect(another({ clientId: 'reader' })).rejects.toBeInstanceOf(InvalidClientIdError)
  })

  it('answers requests, and says so when no answer comes in time', async () => {
    await connection.reply(queue('double'), (each) => ({ twice: Number(each.body) * 2 }))
    const answers = await Promise.all([1, 2, 3].map((n) => connection.request(queue('double'), String(n))))
    expect(answers.map((each) => each.body)).toEqual([{ twice: 2 }, { twice: 4 }, { twice: 6 }])
    await expect(connection.request(queue('nobody'), '', { timeout: 5 })).rejects.toBeInstanceOf(TimeoutError)
  })

  it('browses a longer queue than the prefetch without consuming', async () => {
    for (let count = 0; count < 250; count += 1) await connection.send(queue('shown'), String(count))
    const session = await connection.createSession()
    const seen: unknown[] = []
    for await (const each of await session.createBrowser(queue('shown'))) seen.push(each.body)
    expect(seen).toHaveLength(250)
    expect(await bodies('shown')).toEqual(seen)
  })

  it('refuses bad input at once, naming it', async () => {
    const session = await connection.createSession()
    await expect(connect('amqq://host')).rejects.toBeInstanceOf(InvalidUriError)
    await expect(connect('memory:x', { prefetchh: 1 } as never)).rejects.toThrow(/did you mean prefetch/)
    await expect(connect('memory:x', { prefetch: -1 })).rejects.toBeInstanceOf(InvalidOptionError)
    await expect(session.createConsumer(queue('q'), { selector: 'a =' })).rejects.toBeInstanceOf(InvalidSelectorError)
    expect(() => queue('')).toThrow(InvalidDestinationError)
    await expect(connection.send(queue('q'), { n: 1n })).rejects.toBeInstanceOf(MessageFormatError)
    expect(() => textMessage('x', { properties: { 'not legal': 1 } })).toThrow(MessageFormatError)
    const temporary = await session.createTemporaryQueue()
    const other = await (await another()).createSession()
    await expect(other.createConsumer(temporary)).rejects.toBeInstanceOf(InvalidDestinationError)
    await expect(session.commit()).rejects.toBeInstanceOf(IllegalStateError)
    await session.close()
    await session.close()
    await expect(session.createProducer(queue('q'))).rejects.toBeInstanceOf(IllegalStateError)
  })

  it('brings ten thousand messages through in order, none lost and none twice', async () => {
    const seen: number[] = []
    const all = new Promise<void>((resolve) => {
      void connection.consume(queue('many'), (each) => {
        seen.push(Number(each.body))
        if (seen.length === 10_000) resolve()
      })
    })
    const session = await connection.createSession()
    const producer = await session.createProducer(queue('many'))
    const sends = Array.from({ length: 10_000 }, (_, index) => producer.send(String(index)))
    await Promise.all([...sends, all])
    expect(seen).toEqual(Array.from({ length: 10_000 }, (_, index) => index))
  })
})
