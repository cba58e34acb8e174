import { expect } from 'vitest'
import { InvalidDestinationError, queue, topic } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, numbered, unique } from './waiting.ts'

export function topics(bench: Bench): void {
  featureTest(bench, 'topics', 'gives every subscriber every message, in order', async () => {
    const { connection, session } = await bench.sit()
    const { session: elsewhere } = await bench.sit()
    const news = topic(unique('news'))
    const readers = [
      await session.createConsumer(news),
      await session.createConsumer(news),
      await elsewhere.createConsumer(news),
    ]
    for (const body of numbered(5)) await connection.send(news, body)
    for (const reader of readers) bench.expectInOrder(await bench.bodies(reader, 5), numbered(5))
    await bench.expectNothing(...readers)
  })

  featureTest(bench, 'topics', 'gives a subscriber what is published while it is there, and nothing else', async () => {
    const { connection, session } = await bench.sit()
    const news = topic(unique('news'))
    await connection.send(news, 'before')
    const reader = await session.createConsumer(news)
    await connection.send(news, 'meanwhile')
    expect((await bench.next(reader)).body).toBe('meanwhile')
    await reader.close()
    await connection.send(news, 'after')
    await bench.expectNothing(await session.createConsumer(news))
  })

  featureTest(bench, ['topics', 'queues'], 'keeps a topic and a queue of one name apart, or refuses it', async () => {
    const { connection, session } = await bench.sit()
    const name = unique('both')
    if (!bench.target.separateNames) {
      await session.createConsumer(queue(name))
      expect(await failureOf(session.createConsumer(topic(name)))).toBeInstanceOf(InvalidDestinationError)
      return
    }
    const [ofQueue, ofTopic] = [await session.createConsumer(queue(name)), await session.createConsumer(topic(name))]
    await connection.send(topic(name), 'published')
    await connection.send(queue(name), 'queued')
    expect(await bench.next(ofTopic)).toMatchObject({ body: 'published', destination: { kind: 'topic', name } })
    expect(await bench.next(ofQueue)).toMatchObject({ body: 'queued', destination: { kind: 'queue', name } })
    await bench.expectNothing(ofTopic, ofQueue)
  })

  featureTest(bench, 'topics', 'keeps topics apart', async () => {
    const { connection, session } = await bench.sit()
    const name = unique('news')
    const reader = await session.createConsumer(topic(name))
    await connection.send(topic(`${name}.local`), 'below')
    await connection.send(topic(`${name}x`), 'beside')
    await connection.send(topic(name), 'right')
    expect((await bench.next(reader)).body).toBe('right')
    await bench.expectNothing(reader)
  })

  featureTest(bench, ['topics', 'wildcards'], 'takes * for exactly one level', async () => {
    const { connection, session } = await bench.sit()
    const base = unique('prices')
    const reader = await session.createConsumer(topic(`${base}.*.eur`))
    for (const name of ['gold.eur', 'gold.usd', 'eur', 'gold.coins.eur', 'silver.eur']) {
      await connection.send(topic(`${base}.${name}`), name)
    }
    bench.expectInOrder(await bench.bodies(reader, 2), ['gold.eur', 'silver.eur'])
    await bench.expectNothing(reader)
  })

  featureTest(bench, ['topics', 'wildcards'], 'takes a final > for all levels below', async () => {
    const { connection, session } = await bench.sit()
    const base = unique('prices')
    const reader = await session.createConsumer(topic(`${base}.>`))
    for (const name of [`${base}.gold`, `${base}x.gold`, `${base}.gold.eur.today`]) {
      await connection.send(topic(name), name)
    }
    bench.expectInOrder(await bench.bodies(reader, 2), [`${base}.gold`, `${base}.gold.eur.today`])
    await bench.expectNothing(reader)
  })

  featureTest(bench, ['topics', 'wildcards'], 'tells which topic a message was really published to', async () => {
    const { connection, session } = await bench.sit()
    const base = unique('prices')
    const reader = await session.createConsumer(topic(`${base}.*`))
    await connection.send(topic(`${base}.gold`), 'g')
    expect((await bench.next(reader)).destination).toMatchObject({ kind: 'topic', name: `${base}.gold` })
  })

  featureTest(bench, ['topics', 'noLocal'], 'leaves out what its own connection publishes, with noLocal', async () => {
    const { connection, session } = await bench.sit()
    const other = await bench.connect()
    const news = topic(unique('news'))
    const deaf = await session.createConsumer(news, { noLocal: true })
    const hearing = await session.createConsumer(news)
    await connection.send(news, 'own')
    await other.send(news, 'of another')
    expect((await bench.next(deaf)).body).toBe('of another')
    bench.expectInOrder(await bench.bodies(hearing, 2), ['own', 'of another'])
    await bench.expectNothing(deaf)
  })

  featureTest(
    bench,
    'topics',
    'counts what a listener or another session of the connection publishes like any other',
    async () => {
      const { connection, session } = await bench.sit()
      const [questions, answers] = [topic(unique('questions')), topic(unique('answers'))]
      const reader = await session.createConsumer(answers)
      await connection.consume(questions, ({ body }) => connection.send(answers, `${body}!`))
      await connection.send(questions, 'who')
      expect((await bench.next(reader)).body).toBe('who!')
    },
  )
}
