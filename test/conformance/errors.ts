import { expect, it } from 'vitest'
import {
  AbortedError,
  AuthenticationError,
  byte,
  type Connection,
  InvalidClientIdError,
  InvalidDestinationError,
  InvalidOptionError,
  MessageFormatError,
  MessagingError,
  message,
  queue,
  topic,
} from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, soon, unique } from './waiting.ts'

export function errors(bench: Bench): void {
  it('lets one connection at a time have a client id: refuses the second, or closes the first for good', async () => {
    const clientId = bench.clientId()
    const first = await bench.connect({ clientId })
    expect(first.clientId).toBe(clientId)
    if (bench.target.clientIdInUse === 'is fought over') {
      await expectOneToGiveUp(bench, first, clientId)
      return
    }
    if (bench.target.clientIdInUse === 'is taken over') {
      await expectTakenOver(bench, first, clientId)
      return
    }
    const error = await failureOf(bench.connect({ clientId }))
    expect(error).toBeInstanceOf(InvalidClientIdError)
    expect(error).toMatchObject({ code: 'ERR_INVALID_CLIENT_ID', message: expect.stringContaining(clientId) })
    await first.createSession()
    await first.close()
    expect((await bench.connect({ clientId })).clientId).toBe(clientId)
  })

  it('refuses options that are wrong, naming them and the nearest right one', async () => {
    const wrong: readonly (readonly [options: object, option: string, hint: RegExp])[] = [
      [{ prefetchh: 1 }, 'prefetchh', /did you mean prefetch/],
      [{ prefetch: -1 }, 'prefetch', /prefetch/],
      [{ prefetch: 1.5 }, 'prefetch', /prefetch/],
      [{ sendTimeout: 0 }, 'sendTimeout', /sendTimeout/],
      [{ redelivery: { maximumRedelivery: 1 } }, 'redelivery.maximumRedelivery', /did you mean maximumRedeliveries/],
      [{ redelivery: { jitter: 2 } }, 'redelivery.jitter', /jitter/],
      [{ autoStart: 'yes' }, 'autoStart', /autoStart/],
      [{ clientId: '' }, 'clientId', /clientId/],
    ]
    for (const [options, option, hint] of wrong) {
      const error = await failureOf(bench.connect(options))
      expect(error).toBeInstanceOf(InvalidOptionError)
      expect(error).toMatchObject({ code: 'ERR_INVALID_OPTION', option, message: expect.stringMatching(hint) })
    }
  })

  featureTest(
    bench,
    'queues',
    'refuses wrong options of sessions, producers, sends, consumers and listeners',
    async () => {
      const { connection, session } = await bench.sit()
      const orders = queue(unique('orders'))
      const consumer = await session.createConsumer(orders)
      const calls: readonly (() => Promise<unknown>)[] = [
        () => connection.createSession({ acknowledgeMode: 'automatic' as never }),
        () => connection.createSession({ transacted: true, acknowledgeMode: 'client' }),
        () => session.createProducer(orders, { priority: 10 }),
        () => session.createProducer(orders, { timeToLife: 1 } as never),
        () => connection.send(orders, 'refused', { priority: -1 }),
        () => connection.send(orders, 'refused', { timeToLive: 0.5 }),
        () => connection.send(orders, 'refused', { deliveryMode: 'durable' as never }),
        () => session.createConsumer(orders, { prefetch: -1 }),
        () => session.createConsumer(orders, { selectors: 'a = 1' } as never),
        async () => consumer.listen('no function' as never),
        async () => consumer.listen(() => {}, { concurrency: 0 }),
      ]
      for (const call of calls) expect(await failureOf(call()), String(call)).toBeInstanceOf(InvalidOptionError)
      expect(await bench.remaining(orders)).toEqual([])
    },
  )

  featureTest(
    bench,
    ['queues', 'topics', 'wildcards'],
    'refuses destinations that are none, or cannot be sent to',
    async () => {
      const { connection, session } = await bench.sit()
      expect(() => queue('')).toThrow(InvalidDestinationError)
      expect(() => topic('a\nb')).toThrow(InvalidDestinationError)
      const calls = [
        () => session.createConsumer('orders' as never),
        () => session.createConsumer(undefined as never),
        () => session.createProducer({ kind: 'queue' } as never),
        () => connection.send('orders' as never, 'refused'),
        () => connection.send(topic('prices.*'), 'refused'),
        () => session.createProducer(topic('prices.>')),
      ]
      for (const call of calls) expect(await failureOf(call()), String(call)).toBeInstanceOf(InvalidDestinationError)
    },
  )

  featureTest(bench, 'queues', 'refuses messages that JMS does not allow, when they are made', async () => {
    const wrong: readonly (() => unknown)[] = [
      () => message({ properties: { 'not legal': 1 } }),
      () => message({ properties: { null: 1 } }),
      () => message({ properties: { JMSMine: 1 } }),
      () => message({ properties: { nothing: null as never } }),
      () => message({ properties: { big: 2n ** 63n } }),
      () => message({ priority: 3 } as never),
      () => byte(128),
    ]
    for (const make of wrong) expect(make, String(make)).toThrow(MessageFormatError)
  })

  it('does not connect when the signal has aborted', async () => {
    const reason = new Error('never mind')
    const error = await failureOf(bench.connect({ signal: AbortSignal.abort(reason) }))
    expect(error).toBeInstanceOf(AbortedError)
    expect(error).toMatchObject({ code: 'ERR_ABORTED', cause: reason })
  })

  featureTest(bench, 'queues', 'gives errors a code, a name, and a message that says what to do', async () => {
    const { connection, session } = await bench.sit()
    const failures = await Promise.all([
      failureOf(session.commit()),
      failureOf(connection.send(topic('a.*'), '')),
      failureOf(session.createDurableConsumer(topic(unique('news')), 'archive')),
    ])
    for (const error of failures) {
      expect(error).toBeInstanceOf(MessagingError)
      const { code, name, message: text } = error as MessagingError
      expect(code).toMatch(/^ERR_[A-Z_]+$/)
      expect(name).toMatch(/Error$/)
      expect(text.length).toBeGreaterThan(20)
    }
  })

  featureTest(bench, 'queues', 'goes on after an error, on the same session', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    await failureOf(session.createConsumer(undefined as never))
    await failureOf(session.commit())
    await failureOf(producer.send(1n))
    await producer.send('goes on')
    expect((await bench.next(await session.createConsumer(orders))).body).toBe('goes on')
  })

  const { connectWrongly } = bench.target
  if (connectWrongly !== undefined) {
    it('refuses a wrong password, without repeating it', async () => {
      const error = await failureOf(connectWrongly())
      expect(error).toBeInstanceOf(AuthenticationError)
      expect(String(error)).not.toContain('wrong')
    })
  }
}

/** Where neither is told why it ends, one of them gives up after a while. */
async function expectOneToGiveUp(bench: Bench, first: Connection, clientId: string): Promise<void> {
  const second = await bench.connect({ clientId })
  const ends = [first, second].map((one) => new Promise<unknown>((resolve) => one.on('closed', resolve)))
  const error = await soon(Promise.race(ends), 'the end of one of them', 25_000)
  expect(error).toBeInstanceOf(InvalidClientIdError)
  expect([first.state, second.state].filter((state) => state === 'closed')).toHaveLength(1)
}

/** The newcomer has it, and the other one does not take it back. */
async function expectTakenOver(bench: Bench, first: Connection, clientId: string): Promise<void> {
  const closed = new Promise<unknown>((resolve) => first.on('closed', resolve))
  const second = await bench.connect({ clientId })
  const error = await soon(closed, 'the end of the first connection')
  expect(error).toBeInstanceOf(InvalidClientIdError)
  expect(error).toMatchObject({ code: 'ERR_INVALID_CLIENT_ID', message: expect.stringContaining(clientId) })
  expect(second.state).toBe('connected')
}
