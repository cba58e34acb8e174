import { expect, it } from 'vitest'
import { message, queue, readProperty, textMessage, topic } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { type Bench, next, uniqueQueue, uniqueTopic } from './bench.ts'
import type { JavaBody } from './java-message.ts'

const text: JavaBody = { class: 'TextMessage', body: 'string:hello' }
/** ms by which the clocks of a broker and of this machine may differ. */
const CLOCKS = 2_000

export function headersSuite(bench: Bench): void {
  const correlationIds = [
    'order 7 ☃ 😀',
    '',
    '007',
    'ID:host-1:2:3',
    'ID:AMQP_UUID:3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    'ID:AMQP_ULONG:18446744073709551615',
    'ID:AMQP_BINARY:00FF',
    'ID:AMQP_STRING:ID:AMQP_ULONG:7',
  ]

  it('correlation id and type of polymq are the same for Java', async () => {
    for (const correlationId of correlationIds) {
      const received = await bench.toJava(message({ correlationId, type: 'order.created ☃' }))
      expect(received).toMatchObject({ correlationId, type: 'order.created ☃' })
    }
  })

  it('correlation id and type of Java are the same for polymq', async () => {
    for (const correlationId of correlationIds) {
      const received = await bench.fromJava({ ...text, correlationId, type: 'order.created ☃' })
      expect(received).toMatchObject({ correlationId, type: 'order.created ☃' })
    }
  })

  it('what polymq does not set, Java does not find', async () => {
    const received = await bench.toJava('hello')
    for (const name of ['correlationId', 'type', 'replyTo']) expect(received).not.toHaveProperty(name)
    expect(received).toMatchObject({ priority: 4, expiration: 0, deliveryMode: 'persistent', redelivered: false })
  })

  it('what Java does not set, polymq does not find', async () => {
    const received = await bench.fromJava(text)
    for (const name of ['correlationId', 'type', 'replyTo', 'expiration', 'groupId', 'groupSequence', 'userId']) {
      expect(received).not.toHaveProperty(name)
    }
    expect(received).toMatchObject({ priority: 4, deliveryMode: 'persistent', redelivered: false, deliveryCount: 1 })
  })

  const { userId, messageIds } = bench.client
  if (userId !== undefined) {
    it('the user in whose name Java sends is known to polymq', async () => {
      const orders = uniqueQueue()
      const consumer = await bench.consume(orders)
      const java = await bench.java({ settings: userId })
      await java.send(orders, text)
      const received = await next(consumer)
      expect(received.userId).toBe(bench.broker.username)
      expect(readProperty(received, 'JMSXUserID', 'string')).toBe(bench.broker.username)
      expect(received.properties).toEqual({})
    })
  }

  it('the message id of Java is the same for polymq', async () => {
    const orders = uniqueQueue()
    const consumer = await bench.consume(orders)
    for (const settings of messageIds) {
      const java = await bench.java({ settings })
      const messageId = await java.send(orders, text)
      expect((await next(consumer)).messageId).toBe(messageId)
    }
  })

  it('the message id of polymq is the same for Java', async () => {
    const news = uniqueTopic()
    const [connection, java] = [await bench.connect(), await bench.java()]
    const ofPolymq = await bench.consume(news)
    const ofJava = await java.consume(await bench.subscribed(news))
    await connection.send(news, 'hello')
    const { messageId } = await next(ofPolymq)
    expect(messageId).toMatch(/^ID:./)
    expect((await ofJava.receive()).messageId).toBe(messageId)
  })

  it('Java tells the time at which polymq sent, and polymq that of Java', async () => {
    const before = Date.now()
    for (const { timestamp } of [await bench.toJava('hello'), await bench.fromJava(text)]) {
      expect(timestamp).toBeGreaterThanOrEqual(before)
      expect(timestamp).toBeLessThanOrEqual(Date.now())
    }
  })

  it('each side tells the queue that the other one sent to', async () => {
    const orders = uniqueQueue()
    const [connection, java] = [await bench.connect(), await bench.java()]
    const consumer = await bench.consume(orders)
    await java.send(orders, text)
    expect((await next(consumer)).destination).toEqual({ kind: 'queue', name: orders.name })
    await consumer.close()
    await connection.send(orders, 'hello')
    expect((await (await java.consume(orders)).receive()).destination).toEqual({ kind: 'queue', name: orders.name })
  })

  it('every priority is the same on both sides', async () => {
    for (const priority of [0, 3, 4, 5, 9]) {
      expect((await bench.toJava('hello', { priority })).priority).toBe(priority)
      expect((await bench.fromJava(text, { priority })).priority).toBe(priority)
    }
  })

  it('the delivery mode of polymq is the same for Java', async () => {
    for (const deliveryMode of ['persistent', 'non-persistent'] as const) {
      expect((await bench.toJava('hello', { deliveryMode })).deliveryMode).toBe(deliveryMode)
    }
  })

  // Qpid JMS leaves the header of a non-persistent message out; RabbitMQ takes it for persistent then, for Java too.
  const nonPersistent = bench.broker.name === 'rabbitmq' ? 'persistent' : 'non-persistent'
  it(`persistent and non-persistent of Java are persistent and ${nonPersistent} for polymq`, async () => {
    expect((await bench.fromJava(text, { deliveryMode: 'persistent' })).deliveryMode).toBe('persistent')
    expect((await bench.fromJava(text, { deliveryMode: 'non-persistent' })).deliveryMode).toBe(nonPersistent)
  })

  it('a time to live is when the message expires, on the other side', async () => {
    const timeToLive = 60_000
    for (const received of [await bench.toJava('hello', { timeToLive }), await bench.fromJava(text, { timeToLive })]) {
      const lives = (received.expiration ?? 0) - (received.timestamp ?? 0)
      expect(lives).toBeGreaterThanOrEqual(timeToLive - CLOCKS)
      expect(lives).toBeLessThanOrEqual(timeToLive + CLOCKS)
    }
  })

  it('where an answer is expected is the same queue or topic on both sides', async () => {
    for (const replyTo of [queue(uniqueName('answers')), topic(uniqueName('news'))]) {
      expect((await bench.toJava(message({ replyTo }))).replyTo).toEqual({ kind: replyTo.kind, name: replyTo.name })
      expect((await bench.fromJava({ ...text, replyTo })).replyTo).toEqual({ kind: replyTo.kind, name: replyTo.name })
    }
  })

  it('group and sequence of Java are the same for polymq', async () => {
    const properties = { JMSXGroupID: 'string:group ☃', JMSXGroupSeq: 'int:3' } as const
    const received = await bench.fromJava({ ...text, properties })
    expect(received).toMatchObject({ groupId: 'group ☃', groupSequence: 3, properties: {} })
  })

  // RabbitMQ does not keep groups together: there polymq refuses to send them.
  if (bench.broker.name === 'rabbitmq') return
  it('group and sequence of polymq are the same for Java', async () => {
    const received = await bench.toJava(textMessage('hello', { groupId: 'group ☃', groupSequence: 3 }))
    expect(received.properties).toMatchObject({ JMSXGroupID: 'string:group ☃', JMSXGroupSeq: 'int:3' })
  })
}
