import { expect } from 'vitest'
import { IllegalStateError, InvalidClientIdError, InvalidDestinationError, message, topic } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, numbered, unique } from './waiting.ts'

export function durableSubscriptions(bench: Bench): void {
  const needed = ['topics', 'durableSubscriptions'] as const

  featureTest(
    bench,
    needed,
    'keeps what is published while the subscriber is away, until it is unsubscribed',
    async () => {
      const clientId = bench.clientId()
      const news = topic(unique('news'))
      const publisher = await bench.connect()
      const first = await bench.sit({}, { clientId })
      const reader = await first.session.createDurableConsumer(news, 'archive')
      await publisher.send(news, 'while there')
      expect((await bench.next(reader)).body).toBe('while there')
      await first.connection.close()
      for (const body of numbered(3)) await publisher.send(news, body)

      const second = await bench.sit({}, { clientId })
      const again = await second.session.createDurableConsumer(news, 'archive')
      bench.expectInOrder(await bench.bodies(again, 3), numbered(3))
      await again.close()
      await second.session.unsubscribe('archive')
      await publisher.send(news, 'after the end')

      const anew = await second.session.createDurableConsumer(news, 'archive')
      await publisher.send(news, 'anew')
      expect((await bench.next(anew)).body).toBe('anew')
      await anew.close()
      await second.session.unsubscribe('archive')
    },
  )

  featureTest(bench, needed, 'gives messages one by one, without a prefetch', async () => {
    const { connection, session } = await bench.sit({ acknowledgeMode: 'client' }, { clientId: bench.clientId() })
    const news = topic(unique('news'))
    const reader = await session.createDurableConsumer(news, 'archive', { prefetch: 0 })
    for (const body of numbered(3)) await connection.send(news, body)
    const came: unknown[] = []
    while (came.length < 3) {
      came.push((await bench.next(reader)).body)
      await session.acknowledge()
    }
    bench.expectInOrder(came, numbered(3))
    await reader.close()
    await session.unsubscribe('archive')
  })

  featureTest(
    bench,
    needed,
    'keeps messages while the connection lives on and only the consumer is closed',
    async () => {
      const { connection, session } = await bench.sit({}, { clientId: bench.clientId() })
      const news = topic(unique('news'))
      await (await session.createDurableConsumer(news, 'archive')).close()
      await connection.send(news, 'kept')
      const reader = await session.createDurableConsumer(news, 'archive')
      expect((await bench.next(reader)).body).toBe('kept')
      await reader.close()
      await session.unsubscribe('archive')
    },
  )

  featureTest(bench, needed, 'delivers again what a subscriber has not acknowledged', async () => {
    const clientId = bench.clientId()
    const news = topic(unique('news'))
    const { connection, session } = await bench.sit({ acknowledgeMode: 'client' }, { clientId })
    const reader = await session.createDurableConsumer(news, 'archive')
    await connection.send(news, 'unfinished')
    await bench.next(reader)
    await connection.close()
    const second = await bench.sit({}, { clientId })
    const again = await second.session.createDurableConsumer(news, 'archive')
    expect(await bench.next(again)).toMatchObject({
      body: 'unfinished',
      redelivered: bench.target.marksRedelivery === 'everywhere',
    })
    await again.close()
    await second.session.unsubscribe('archive')
  })

  featureTest(bench, needed, 'keeps subscriptions of one client apart by their names', async () => {
    const { connection, session } = await bench.sit({}, { clientId: bench.clientId() })
    const news = topic(unique('news'))
    const [one, two] = [
      await session.createDurableConsumer(news, 'one'),
      await session.createDurableConsumer(news, 'two'),
    ]
    await connection.send(news, 'for both')
    expect((await bench.next(one)).body).toBe('for both')
    expect((await bench.next(two)).body).toBe('for both')
    await Promise.all([one.close(), two.close()])
    await session.unsubscribe('one')
    await session.unsubscribe('two')
  })

  featureTest(bench, needed, 'keeps subscriptions of one name apart by their clients', async () => {
    const news = topic(unique('news'))
    const seats = [
      await bench.sit({}, { clientId: bench.clientId() }),
      await bench.sit({}, { clientId: bench.clientId() }),
    ]
    const readers = await Promise.all(seats.map(({ session }) => session.createDurableConsumer(news, 'archive')))
    await bench.fill(news, ['for both'])
    for (const reader of readers) expect((await bench.next(reader)).body).toBe('for both')
    await Promise.all(readers.map((reader) => reader.close()))
    await Promise.all(seats.map(({ session }) => session.unsubscribe('archive')))
  })

  featureTest(bench, [...needed, 'selectors'], 'keeps only what its selector lets in', async () => {
    const { connection, session } = await bench.sit({}, { clientId: bench.clientId() })
    const news = topic(unique('news'))
    const selector = "JMSCorrelationID = 'in'"
    await (await session.createDurableConsumer(news, 'archive', { selector })).close()
    await connection.send(news, message({ correlationId: 'out' }))
    await connection.send(news, message({ correlationId: 'in' }))
    const reader = await session.createDurableConsumer(news, 'archive', { selector })
    expect((await bench.next(reader)).correlationId).toBe('in')
    await bench.expectNothing(reader)
    await reader.close()
    await session.unsubscribe('archive')
  })

  featureTest(bench, [...needed, 'wildcards'], 'keeps what is published to any topic of a pattern', async () => {
    const { connection, session } = await bench.sit({}, { clientId: bench.clientId() })
    const base = unique('news')
    const pattern = topic(`${base}.*`)
    await (await session.createDurableConsumer(pattern, 'archive')).close()
    await connection.send(topic(`${base}.today`), 'kept')
    const reader = await session.createDurableConsumer(pattern, 'archive')
    expect((await bench.next(reader)).body).toBe('kept')
    await reader.close()
    await session.unsubscribe('archive')
  })

  featureTest(bench, needed, 'begins anew when the name is given to another topic', async () => {
    const { connection, session } = await bench.sit({}, { clientId: bench.clientId() })
    const [old, other] = [topic(unique('old')), topic(unique('other'))]
    await (await session.createDurableConsumer(old, 'archive')).close()
    await connection.send(old, 'forgotten')
    const reader = await session.createDurableConsumer(other, 'archive')
    await connection.send(old, 'not for it')
    await connection.send(other, 'for it')
    expect((await bench.next(reader)).body).toBe('for it')
    await bench.expectNothing(reader)
    await reader.close()
    await session.unsubscribe('archive')
  })

  featureTest(bench, needed, 'refuses a second consumer, and unsubscribing while there is one', async () => {
    const { connection, session } = await bench.sit({}, { clientId: bench.clientId() })
    const news = topic(unique('news'))
    const reader = await session.createDurableConsumer(news, 'archive')
    expect(await failureOf(session.createDurableConsumer(news, 'archive'))).toBeInstanceOf(IllegalStateError)
    expect(await failureOf(session.unsubscribe('archive'))).toBeInstanceOf(IllegalStateError)
    await connection.send(news, 'still there')
    expect((await bench.next(reader)).body).toBe('still there')
    await reader.close()
    await session.unsubscribe('archive')
  })

  featureTest(bench, needed, 'needs a client id, and a subscription to unsubscribe from', async () => {
    const { session } = await bench.sit()
    const nameless = session.createDurableConsumer(topic(unique('news')), 'archive')
    expect(await failureOf(nameless)).toBeInstanceOf(InvalidClientIdError)
    const { session: named } = await bench.sit({}, { clientId: bench.clientId() })
    const unsubscribing = named.unsubscribe(unique('none'))
    if (bench.target.missesSubscriptions) expect(await failureOf(unsubscribing)).toBeInstanceOf(InvalidDestinationError)
    else await unsubscribing
  })
}
