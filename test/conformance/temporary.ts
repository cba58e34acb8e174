import { expect } from 'vitest'
import { IllegalStateError, InvalidDestinationError, message, queue, textMessage } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, unique } from './waiting.ts'

export function temporaryDestinations(bench: Bench): void {
  featureTest(bench, ['queues', 'temporaryQueues', 'replyTo'], 'lets others answer to a temporary queue', async () => {
    const asking = await bench.sit()
    const answering = await bench.sit()
    const questions = queue(unique('questions'))
    const answers = await asking.session.createTemporaryQueue()
    const reader = await asking.session.createConsumer(answers)
    await asking.connection.send(questions, message({ replyTo: answers, correlationId: '7' }))
    const question = await bench.next(await answering.session.createConsumer(questions))
    expect(question.replyTo?.kind).toBe('temporary-queue')
    if (question.replyTo === undefined) return
    await answering.connection.send(question.replyTo, textMessage('answer', { correlationId: '7' }))
    expect(await bench.next(reader)).toMatchObject({
      body: 'answer',
      correlationId: '7',
      destination: { kind: 'temporary-queue', name: answers.name },
    })
  })

  featureTest(bench, ['temporaryTopics'], 'gives each subscriber of a temporary topic every message', async () => {
    const { connection, session } = await bench.sit()
    const other = await bench.connect()
    const news = await session.createTemporaryTopic()
    expect(news.kind).toBe('temporary-topic')
    const readers = [await session.createConsumer(news), await session.createConsumer(news)]
    await connection.send(news, 'own')
    await other.send(news, 'of another')
    for (const reader of readers) bench.expectInOrder(await bench.bodies(reader, 2), ['own', 'of another'])
  })

  featureTest(bench, 'temporaryQueues', 'gives every temporary queue a name of its own', async () => {
    const { connection, session } = await bench.sit()
    const { session: elsewhere } = await bench.sit()
    const made = [
      await session.createTemporaryQueue(),
      await (await connection.createSession()).createTemporaryQueue(),
      await elsewhere.createTemporaryQueue(),
    ]
    expect(new Set(made.map(({ name }) => name)).size).toBe(3)
    for (const [index, each] of made.entries()) await connection.send(each, String(index))
    expect((await bench.next(await session.createConsumer(made[1] ?? queue('none')))).body).toBe('1')
  })

  featureTest(
    bench,
    'temporaryQueues',
    'keeps a temporary queue for the whole connection, whichever session made it',
    async () => {
      const { connection, session } = await bench.sit()
      const answers = await session.createTemporaryQueue()
      await session.close()
      await connection.send(answers, 'kept')
      const reader = await (await connection.createSession()).createConsumer(answers)
      expect((await bench.next(reader)).body).toBe('kept')
    },
  )

  featureTest(
    bench,
    ['temporaryQueues', 'temporaryTopics'],
    'lets nobody else consume from a temporary destination',
    async () => {
      const { session } = await bench.sit()
      const { session: other } = await bench.sit()
      const [answers, news] = [await session.createTemporaryQueue(), await session.createTemporaryTopic()]
      expect(await failureOf(other.createConsumer(answers))).toBeInstanceOf(InvalidDestinationError)
      expect(await failureOf(other.createConsumer(news))).toBeInstanceOf(InvalidDestinationError)
    },
  )

  featureTest(
    bench,
    ['temporaryQueues', 'temporaryTopics'],
    'deletes a temporary destination once nobody consumes from it',
    async () => {
      const { connection, session } = await bench.sit()
      for (const each of [await session.createTemporaryQueue(), await session.createTemporaryTopic()]) {
        const reader = await session.createConsumer(each)
        expect(await failureOf(each.delete())).toBeInstanceOf(IllegalStateError)
        await connection.send(each, 'still there')
        expect((await bench.next(reader)).body).toBe('still there')
        await reader.close()
        await each.delete()
        await each.delete()
        expect(await failureOf(session.createConsumer(each))).toBeInstanceOf(InvalidDestinationError)
      }
    },
  )

  featureTest(bench, 'temporaryQueues', 'refuses a message to a temporary queue that is deleted', async () => {
    const { connection, session } = await bench.sit()
    const answers = await session.createTemporaryQueue()
    await answers.delete()
    expect(await failureOf(connection.send(answers, 'too late'))).toBeInstanceOf(InvalidDestinationError)
    const again = await session.createTemporaryQueue()
    await connection.send(again, 'in time')
    expect((await bench.next(await session.createConsumer(again))).body).toBe('in time')
  })
}
