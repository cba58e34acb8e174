import { expect, it } from 'vitest'
import { message } from '../../src/index.ts'
import { type Bench, next, uniqueQueue } from './bench.ts'
import { javaText } from './java-message.ts'

export function requestsSuite(bench: Bench): void {
  it('Java answers the requests of polymq, on a temporary queue of polymq', async () => {
    const stock = await bench.madeQueue()
    const [connection, java] = [await bench.connect(), await bench.java()]
    const answers = Promise.all([connection.request(stock, 'A-100'), connection.request(stock, 'B-200')])
    const consumer = await java.consume(stock)
    const requests = [await consumer.answer(javaText('first')), await consumer.answer(javaText('second'))]
    expect(requests.map(({ replyTo }) => replyTo?.kind)).toEqual(['temporary-queue', 'temporary-queue'])
    expect((await answers).map(({ body, correlationId }) => [body, correlationId])).toEqual([
      ['first', requests[0]?.correlationId],
      ['second', requests[1]?.correlationId],
    ])
  })

  // RabbitMQ 4.0 makes no dynamic nodes, which are Java's temporary queues: there it asks on a queue of its own.
  const whose = bench.broker.name === 'rabbitmq' ? 'on a queue that Java names' : 'on a temporary queue of Java'
  it(`polymq answers the requests of Java, ${whose}`, async () => {
    const stock = uniqueQueue()
    const [connection, java] = [await bench.connect(), await bench.java()]
    await connection.reply(stock, ({ body }) => `${body}: 12`)
    const replyTo = bench.broker.name === 'rabbitmq' ? await bench.madeQueue() : await java.createTemporary('queue')
    const answers = await java.consume(replyTo)
    const messageId = await java.send(stock, { ...javaText('A-100'), replyTo })
    expect(await answers.receive()).toMatchObject({ ...javaText('A-100: 12'), correlationId: messageId })
    await java.send(stock, { ...javaText('B-200'), replyTo, correlationId: 'order 7' })
    expect(await answers.receive()).toMatchObject({ ...javaText('B-200: 12'), correlationId: 'order 7' })
  })

  it('Java answers on a temporary topic of polymq', async () => {
    const stock = await bench.madeQueue()
    const [connection, java] = [await bench.connect(), await bench.java()]
    const session = await connection.createSession()
    const replyTo = await session.createTemporaryTopic()
    const answers = await session.createConsumer(replyTo)
    await connection.send(stock, message({ replyTo }))
    await (await java.consume(stock)).answer(javaText('all of you'))
    expect((await next(answers)).body).toBe('all of you')
  })

  if (bench.broker.name === 'rabbitmq') return
  it('polymq answers on a temporary topic of Java', async () => {
    const stock = uniqueQueue()
    const [connection, java] = [await bench.connect(), await bench.java()]
    await connection.reply(stock, () => 'all of you')
    const replyTo = await java.createTemporary('topic')
    const answers = await java.consume(replyTo)
    await java.send(stock, { ...javaText('who'), replyTo })
    expect(await answers.receive()).toMatchObject(javaText('all of you'))
  })
}
