import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DEAD_LETTER_QUEUE } from '../../../src/providers/memory/index.ts'
import { broker, isPending, q, TestConnection, t, text } from './harness.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  broker.close()
  vi.useRealTimers()
})

test('a released message comes back as if it had never been delivered', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'))
  await connection.send(q('a'), 'x')
  await consumer.settle('released')
  expect(consumer.deliveries).toHaveLength(2)
  expect(consumer.last).toMatchObject({ redelivered: false, deliveryCount: 1 })
})

test('a modified message comes back marked as redelivered, its count raised each time', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'), { credit: 3 })
  await connection.send(q('a'), 'x')
  await consumer.settle('modified', [consumer.last])
  expect(consumer.last).toMatchObject({ redelivered: true, deliveryCount: 2 })
  await consumer.settle('modified', [consumer.last])
  expect(consumer.last).toMatchObject({ redelivered: true, deliveryCount: 3 })
})

test('messages that are given back return to their places, whichever are given back and in whatever order', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'), { credit: 5 })
  await connection.sendAll(q('a'), '1', '2', '3', '4', '5', '6', '7')
  const [, second, third, , fifth] = consumer.deliveries
  await consumer.settle(
    'modified',
    [fifth, second].filter((delivery) => delivery !== undefined),
  )
  await consumer.settle('released', third === undefined ? [] : [third])
  consumer.grant(10)
  expect(consumer.bodies.slice(5)).toEqual(['2', '3', '5', '6', '7'])
})

test('a message given back keeps its place among priorities', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'), { credit: 1 })
  await connection.send(q('a'), text('middle', { priority: 4 }))
  await connection.send(q('a'), text('high', { priority: 8 }))
  await connection.send(q('a'), text('middle too', { priority: 4 }))
  await consumer.settle('modified')
  consumer.grant(3)
  expect(consumer.bodies).toEqual(['middle', 'high', 'middle', 'middle too'])
})

test('a consumer that closes gives its unsettled messages back, marked as redelivered and in their places', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'), { credit: 3 })
  await connection.sendAll(q('a'), '1', '2', '3', '4')
  await consumer.settle('accepted', [consumer.at(1)])
  await consumer.close()
  const next = await connection.consume(q('a'))
  expect(
    next.deliveries.map(({ message, redelivered, deliveryCount }) => [message.body, redelivered, deliveryCount]),
  ).toEqual([
    ['1', true, 2],
    ['3', true, 2],
    ['4', false, 1],
  ])
})

test('a connection that closes gives everything back, and settling it afterwards does nothing', async () => {
  const gone = await TestConnection.open()
  const connection = await TestConnection.open()
  const stale = await gone.consume(q('a'))
  await connection.sendAll(q('a'), '1', '2')
  const waiting = await connection.consume(q('a'))
  await gone.close()
  expect(waiting.bodies).toEqual(['1', '2'])
  expect(waiting.last.redelivered).toBe(true)
  await expect(stale.settle()).rejects.toMatchObject({ code: 'ERR_ILLEGAL_STATE' })
  expect(broker.queueDepth('a')).toBe(2)
})

test('settling what a closed consumer had, or what is settled, does nothing', async () => {
  const connection = await TestConnection.open()
  const closed = await connection.consume(q('a'))
  await connection.send(q('a'), '1')
  await closed.close()
  const consumer = await connection.consume(q('a'))
  await closed.settle('accepted')
  expect(broker.queueDepth('a')).toBe(1)
  await consumer.settle('accepted')
  await consumer.settle('modified')
  expect(broker.queueDepth('a')).toBe(0)
  expect(consumer.deliveries).toHaveLength(1)
})

test('a message given back with a delay is delivered again when the delay is over, before younger ones', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'), { credit: 1 })
  await connection.send(q('a'), '1')
  await consumer.settle('modified', consumer.deliveries, { delay: 500 })
  await connection.send(q('a'), '2')
  vi.advanceTimersByTime(499)
  expect(consumer.bodies).toEqual(['1'])
  vi.advanceTimersByTime(1)
  consumer.grant(2)
  expect(consumer.bodies).toEqual(['1', '1', '2'])
  expect(consumer.at(1).deliveryCount).toBe(2)
})

test('a rejected message moves to the dead-letter queue and tells where it comes from and why', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('orders'))
  const message = text('bad', { messageId: 'ID:1', expiration: Date.now() + 5_000, properties: { kept: true } })
  await connection.send(q('orders'), message)
  await consumer.settle('rejected', consumer.deliveries, { reason: 'no such customer' })
  vi.advanceTimersByTime(10_000)
  expect(broker.queueDepth('orders')).toBe(0)
  const undertaker = await connection.consume(q(DEAD_LETTER_QUEUE))
  expect(undertaker.last).toMatchObject({ redelivered: false, deliveryCount: 1 })
  expect(undertaker.last.message).toMatchObject({
    body: 'bad',
    messageId: 'ID:1',
    destination: { kind: 'queue', name: 'DLQ' },
    properties: {
      kept: true,
      JMS_POLYMQ_originalDestination: 'orders',
      JMS_POLYMQ_originalKind: 'queue',
      JMS_POLYMQ_deadLetterReason: 'no such customer',
    },
  })
})

test('a message rejected by a topic subscriber moves to the dead-letter queue too', async () => {
  const connection = await TestConnection.open()
  const subscriber = await connection.consume(t('news'))
  await connection.send(t('news'), 'bad')
  await subscriber.settle('rejected')
  expect(broker.messages('DLQ')).toMatchObject([
    { body: 'bad', properties: { JMS_POLYMQ_originalDestination: 'news', JMS_POLYMQ_originalKind: 'topic' } },
  ])
})

test('a message rejected in the dead-letter queue ends there', async () => {
  const connection = await TestConnection.open()
  await connection.send(q('DLQ'), 'bad')
  const consumer = await connection.consume(q('DLQ'))
  await consumer.settle('rejected')
  expect(consumer.deliveries).toHaveLength(1)
  expect(broker.queueDepth('DLQ')).toBe(0)
})

test('while the dead-letter queue is full a rejected message stays with its queue', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=1' })
  await connection.send(q('DLQ'), 'first')
  const consumer = await connection.consume(q('a'))
  await connection.send(q('a'), 'second')
  const rejected = consumer.settle('rejected')
  expect(await isPending(rejected)).toBe(true)
  expect(broker.queueDepth('a')).toBe(1)
  broker.purge('DLQ')
  await rejected
  expect(broker.queueDepth('a')).toBe(0)
  expect(broker.messages('DLQ')).toMatchObject([{ body: 'second' }])
})

test('a rejected message that could not move before its connection ended is delivered again', async () => {
  const gone = await TestConnection.open({ options: '?maxMessagesPerDestination=1' })
  const connection = await TestConnection.open()
  await connection.send(q('DLQ'), 'first')
  const consumer = await gone.consume(q('a'))
  await connection.send(q('a'), 'second')
  const rejected = consumer.settle('rejected')
  await gone.close()
  await expect(rejected).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  const next = await connection.consume(q('a'))
  expect(next.last).toMatchObject({ redelivered: true, message: { body: 'second' } })
  broker.purge('DLQ')
  expect(broker.queueDepth('DLQ')).toBe(0)
})
