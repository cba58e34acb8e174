import { afterEach, expect, test } from 'vitest'
import { broker, isPending, q, TestConnection, t, text } from './harness.ts'

afterEach(() => broker.close())

test('a send to a full queue waits for room and goes in by its turn, whoever sends', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=2' })
  const [one, two] = [await connection.producer(q('a')), await connection.producer(q('a'))]
  const finished: string[] = []
  const send = (producer: typeof one, body: string) =>
    connection.provider.send(producer, text(body)).then(() => finished.push(body))
  const all = Promise.all([send(one, '1'), send(one, '2'), send(one, '3'), send(two, '4'), send(one, '5')])
  expect(await isPending(all)).toBe(true)
  expect(finished).toEqual(['1', '2'])
  const consumer = await connection.consume(q('a'))
  expect(consumer.bodies).toEqual(['1', '2'])
  await consumer.settle('accepted', [consumer.at(0)])
  expect(consumer.bodies).toEqual(['1', '2', '3'])
  await consumer.settle()
  await consumer.settle()
  await all
  expect(finished).toEqual(['1', '2', '3', '4', '5'])
  expect(consumer.bodies).toEqual(['1', '2', '3', '4', '5'])
})

test('a full queue holds back nobody who sends to another', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=1' })
  await connection.send(q('a'), 'x')
  const waiting = connection.send(q('a'), 'y')
  await connection.send(q('b'), 'z')
  expect(await isPending(waiting)).toBe(true)
  broker.purge('a')
  await waiting
})

test('a queue is also full by bytes, and a message larger than all of it is refused', async () => {
  const connection = await TestConnection.open({ options: '?maxBytesPerDestination=2000' })
  await connection.send(q('a'), 'x'.repeat(1_000))
  const waiting = connection.send(q('a'), 'y'.repeat(1_000))
  expect(await isPending(waiting)).toBe(true)
  await expect(connection.send(q('b'), 'z'.repeat(2_000))).rejects.toMatchObject({ code: 'ERR_MESSAGE_TOO_LARGE' })
  broker.purge('a')
  await waiting
})

test('a slow subscriber holds back the topic’s publishers, and messages stay in order for all', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=2' })
  const slow = await connection.consume(t('news'), { credit: 0 })
  const fast = await connection.consume(t('news'))
  const producer = await connection.producer(t('news'))
  const sends = ['1', '2', '3', '4'].map((body) => connection.provider.send(producer, text(body)))
  await fast.settle()
  expect(fast.bodies).toEqual(['1', '2'])
  expect(await isPending(Promise.all(sends))).toBe(true)
  slow.grant(2)
  await slow.settle()
  await Promise.all(sends)
  slow.grant(2)
  expect([slow.bodies, fast.bodies]).toEqual([
    ['1', '2', '3', '4'],
    ['1', '2', '3', '4'],
  ])
})

test('a slow subscriber that leaves lets the publishers go on', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=1' })
  const slow = await connection.consume(t('news'), { credit: 0 })
  await connection.send(t('news'), '1')
  const waiting = connection.send(t('news'), '2')
  expect(await isPending(waiting)).toBe(true)
  await slow.close()
  await waiting
})

test('a subscriber that does not select a message is not a reason for it to wait', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=1' })
  await connection.consume(t('news'), { credit: 0, selector: 'n = 1' })
  await connection.send(t('news'), text('1', { properties: { n: 1 } }))
  await connection.send(t('news'), text('2', { properties: { n: 2 } }))
})

test('a send that waits for room fails when its connection closes, and is not stored later', async () => {
  const other = await TestConnection.open({ options: '?maxMessagesPerDestination=1' })
  const connection = await TestConnection.open()
  await connection.send(q('a'), 'x')
  const waiting = connection.send(q('a'), 'y')
  expect(await isPending(waiting)).toBe(true)
  await connection.close()
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  const next = other.send(q('a'), 'z')
  broker.purge('a')
  await next
  expect(broker.messages('a').map(({ body }) => body)).toEqual(['z'])
})

test('a send that waits for room at a temporary queue fails when that is deleted', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=1' })
  const { info, destination } = await connection.temporary('temporary-queue')
  await connection.send(destination, 'x')
  const waiting = connection.send(destination, 'y')
  expect(await isPending(waiting)).toBe(true)
  await connection.provider.destroy(info)
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_INVALID_DESTINATION' })
})

test('a persistent message sent again with its id is confirmed and stored once', async () => {
  const connection = await TestConnection.open()
  await connection.send(q('a'), text('x', { messageId: 'ID:1' }))
  await connection.send(q('a'), text('x', { messageId: 'ID:1' }))
  await connection.send(q('b'), text('x', { messageId: 'ID:1' }))
  await connection.send(q('a'), text('x'))
  broker.dropConnections()
  const again = await TestConnection.open()
  await again.send(q('a'), text('x', { messageId: 'ID:1' }))
  expect([broker.queueDepth('a'), broker.queueDepth('b')]).toEqual([2, 1])
})
