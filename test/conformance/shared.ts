import { expect } from 'vitest'
import {
  type Consumer,
  InvalidOptionError,
  message,
  type Session,
  topic,
  UnsupportedFeatureError,
} from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, gate, numbered, soon, unique } from './waiting.ts'

export function sharedSubscriptions(bench: Bench): void {
  const shared = ['topics', 'sharedSubscriptions'] as const
  const durable = ['topics', 'sharedDurableSubscriptions'] as const

  featureTest(bench, shared, 'gives each message to one consumer of the subscription', async () => {
    const news = topic(unique('news'))
    const name = unique('team')
    await expectSharing(bench, news, (session) => session.createSharedConsumer(news, name, { prefetch: 1 }))
  })

  featureTest(bench, shared, 'gives each subscription every message', async () => {
    const { connection, session } = await bench.sit()
    const news = topic(unique('news'))
    const name = unique('team')
    const readers = [
      await session.createSharedConsumer(news, `${name}1`),
      await session.createSharedConsumer(news, `${name}2`),
      await session.createConsumer(news),
    ]
    for (const body of numbered(4)) await connection.send(news, body)
    for (const reader of readers) bench.expectInOrder(await bench.bodies(reader, 4), numbered(4))
  })

  featureTest(bench, shared, 'ends with its last consumer when it is not durable', async () => {
    const { connection, session } = await bench.sit()
    const news = topic(unique('news'))
    const name = unique('team')
    await (await session.createSharedConsumer(news, name)).close()
    await connection.send(news, 'while nobody is there')
    const reader = await session.createSharedConsumer(news, name)
    await connection.send(news, 'while somebody is')
    expect((await bench.next(reader)).body).toBe('while somebody is')
  })

  featureTest(bench, [...shared, 'selectors'], 'lets in only what its selector matches, or refuses it', async () => {
    const { connection, session } = await bench.sit()
    const news = topic(unique('news'))
    const subscribing = session.createSharedConsumer(news, unique('team'), { selector: "JMSType = 'in'" })
    if (!bench.target.selectsWhatIsShared) {
      expect(await failureOf(subscribing)).toBeInstanceOf(UnsupportedFeatureError)
      return
    }
    const reader = await subscribing
    await connection.send(news, message({ type: 'out' }))
    await connection.send(news, message({ type: 'in' }))
    expect((await bench.next(reader)).type).toBe('in')
    await bench.expectNothing(reader)
  })

  featureTest(bench, shared, 'refuses names that are none', async () => {
    const { session } = await bench.sit()
    const news = topic(unique('news'))
    for (const name of ['', 'two\nlines', 'x'.repeat(200)]) {
      expect(await failureOf(session.createSharedConsumer(news, name))).toBeInstanceOf(InvalidOptionError)
    }
  })

  featureTest(bench, durable, 'gives each message to one consumer of a durable subscription', async () => {
    const news = topic(bench.target.sharedTopics + unique('news'))
    const name = unique('team')
    await expectSharing(bench, news, (session) => session.createSharedDurableConsumer(news, name, { prefetch: 1 }))
    const { session } = await bench.sit()
    await session.unsubscribe(name)
  })

  featureTest(bench, durable, 'keeps messages while no consumer is there, until it is unsubscribed', async () => {
    const news = topic(bench.target.sharedTopics + unique('news'))
    const name = unique('team')
    const publisher = await bench.connect()
    const first = await bench.sit()
    await first.session.createSharedDurableConsumer(news, name)
    await first.connection.close()
    for (const body of numbered(3)) await publisher.send(news, body)

    const second = await bench.sit()
    const reader = await second.session.createSharedDurableConsumer(news, name)
    expect(await bench.bodies(reader, 3)).toEqual(numbered(3))
    await reader.close()
    await second.session.unsubscribe(name)
    await publisher.send(news, 'after the end')

    const anew = await second.session.createSharedDurableConsumer(news, name)
    await publisher.send(news, 'anew')
    expect((await bench.next(anew)).body).toBe('anew')
    await anew.close()
    await second.session.unsubscribe(name)
  })

  featureTest(bench, durable, 'keeps shared durable subscriptions of a client id to that client', async () => {
    const news = topic(bench.target.sharedTopics + unique('news'))
    const seats = [
      await bench.sit({}, { clientId: bench.clientId() }),
      await bench.sit({}, { clientId: bench.clientId() }),
    ]
    const readers = await Promise.all(seats.map(({ session }) => session.createSharedDurableConsumer(news, 'team')))
    await bench.fill(news, ['for both'])
    for (const reader of readers) expect((await bench.next(reader)).body).toBe('for both')
    await Promise.all(readers.map((reader) => reader.close()))
    await Promise.all(seats.map(({ session }) => session.unsubscribe('team')))
  })
}

/** Two consumers on connections of their own share forty messages, and both get some. */
async function expectSharing(
  bench: Bench,
  news: ReturnType<typeof topic>,
  subscribe: (session: Session) => Promise<Consumer>,
): Promise<void> {
  const seen: unknown[][] = [[], []]
  const done = gate()
  const consumers: Consumer[] = []
  for (const own of seen) {
    const { session } = await bench.sit()
    const consumer = await subscribe(session)
    consumers.push(consumer)
    consumer.listen(async ({ body }) => {
      own.push(body)
      if (seen.flat().length === 40) done.open()
      await new Promise((resolve) => setImmediate(resolve))
    })
  }
  await bench.fill(news, numbered(40))
  await soon(done.opened, 'the last message')
  expect(
    seen
      .flat()
      .map(Number)
      .toSorted((a, b) => a - b),
  ).toEqual(numbered(40).map(Number))
  for (const own of seen) expect(own.length).toBeGreaterThan(0)
  await Promise.all(consumers.map((consumer) => consumer.close()))
}
