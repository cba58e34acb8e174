import { afterEach, expect, test } from 'vitest'
import { broker, isPending, q, session, TestConnection, t, text } from './harness.ts'

afterEach(() => broker.close())

test('nothing that was sent in a transaction is seen before the commit, then all of it at once', async () => {
  const connection = await TestConnection.open()
  const [a, b, news] = [
    await connection.consume(q('a')),
    await connection.consume(q('b')),
    await connection.consume(t('news')),
  ]
  const transaction = await connection.transacted()
  await connection.send(q('a'), '1', transaction)
  await connection.send(q('b'), '2', transaction)
  await connection.send(t('news'), '3', transaction)
  await connection.send(q('a'), '4', transaction)
  expect([a.bodies, b.bodies, news.bodies]).toEqual([[], [], []])
  let depthsSeen: number[] = []
  a.onMessage = () => {
    if (depthsSeen.length === 0) depthsSeen = [broker.queueDepth('a'), broker.queueDepth('b')]
  }
  await connection.provider.commit(transaction)
  expect([a.bodies, b.bodies, news.bodies]).toEqual([['1', '4'], ['2'], ['3']])
  expect(depthsSeen).toEqual([2, 1])
})

test('after a rollback what was sent never was, and what was settled is delivered again in its place', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'), { credit: 2 })
  await connection.sendAll(q('a'), '1', '2', '3')
  const transaction = await connection.transacted()
  await consumer.settleIn(transaction)
  await connection.send(q('b'), 'never', transaction)
  await connection.provider.rollback(transaction)
  expect(broker.queueDepth('b')).toBe(0)
  consumer.grant(3)
  expect(consumer.bodies).toEqual(['1', '2', '1', '2', '3'])
  expect(consumer.at(2)).toMatchObject({ redelivered: true, deliveryCount: 2 })
})

test('what was settled in a transaction is gone after the commit, from every destination', async () => {
  const connection = await TestConnection.open()
  const [a, b] = [await connection.consume(q('a')), await connection.consume(q('b'))]
  await connection.sendAll(q('a'), '1', '2')
  await connection.send(q('b'), '3')
  const transaction = await connection.transacted()
  await a.settleIn(transaction)
  await b.settleIn(transaction)
  expect([broker.queueDepth('a'), broker.queueDepth('b')]).toEqual([2, 1])
  await connection.provider.commit(transaction)
  expect([broker.queueDepth('a'), broker.queueDepth('b')]).toEqual([0, 0])
})

test('a consumer that closes in mid-transaction gives back only what the transaction does not hold', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'), { credit: 3 })
  await connection.sendAll(q('a'), '1', '2', '3')
  const transaction = await connection.transacted()
  await consumer.settleIn(transaction, [consumer.at(0)])
  await consumer.close()
  const next = await connection.consume(q('a'))
  expect(next.bodies).toEqual(['2', '3'])
  await connection.provider.commit(transaction)
  await next.settle()
  expect(broker.queueDepth('a')).toBe(0)
})

test('a rollback after the consumer has closed gives its messages to others', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'))
  await connection.send(q('a'), '1')
  const transaction = await connection.transacted()
  await consumer.settleIn(transaction)
  await consumer.close()
  const next = await connection.consume(q('a'))
  expect(next.bodies).toEqual([])
  await connection.provider.rollback(transaction)
  expect(next.last).toMatchObject({ redelivered: true, deliveryCount: 2 })
})

test('a session that closes with an open transaction rolls it back, its count raised once', async () => {
  const connection = await TestConnection.open()
  const other = await TestConnection.open()
  const transaction = await connection.transacted()
  const consumer = await connection.consume(q('a'), { session: transaction })
  await connection.sendAll(q('a'), '1', '2')
  await consumer.settleIn(transaction, [consumer.at(0)])
  await connection.send(q('b'), 'never', transaction)
  await connection.provider.destroy(transaction)
  const next = await other.consume(q('a'))
  expect(next.deliveries.map(({ message, deliveryCount }) => [message.body, deliveryCount])).toEqual([
    ['1', 2],
    ['2', 2],
  ])
  expect(consumer.deliveries).toHaveLength(2)
  expect(broker.queueDepth('b')).toBe(0)
})

test('a commit is refused as a whole when one of its destinations is gone', async () => {
  const connection = await TestConnection.open()
  const owner = await TestConnection.open()
  const { destination } = await owner.temporary('temporary-queue')
  const consumer = await connection.consume(q('a'), { credit: 1 })
  await connection.send(q('a'), '1')
  const transaction = await connection.transacted()
  await consumer.settleIn(transaction)
  await connection.send(q('b'), '2', transaction)
  await connection.send(destination, '3', transaction)
  await owner.close()
  await expect(connection.provider.commit(transaction)).rejects.toMatchObject({ code: 'ERR_TRANSACTION_ROLLED_BACK' })
  expect([broker.queueDepth('a'), broker.queueDepth('b')]).toEqual([1, 0])
  consumer.grant(1)
  expect(consumer.last.redelivered).toBe(true)
  await connection.provider.begin(transaction)
  await connection.provider.commit(transaction)
})

test('begin, commit and rollback are refused out of turn', async () => {
  const connection = await TestConnection.open()
  const transaction = await connection.transacted()
  await expect(connection.provider.begin(transaction)).rejects.toMatchObject({ code: 'ERR_ILLEGAL_STATE' })
  await connection.provider.commit(transaction)
  await expect(connection.provider.commit(transaction)).rejects.toMatchObject({ code: 'ERR_ILLEGAL_STATE' })
  await expect(connection.provider.rollback(transaction)).rejects.toMatchObject({ code: 'ERR_ILLEGAL_STATE' })
  await expect(connection.send(q('a'), 'x', transaction)).rejects.toMatchObject({ code: 'ERR_ILLEGAL_STATE' })
  await expect(connection.provider.begin(connection.session)).rejects.toMatchObject({ code: 'ERR_ILLEGAL_STATE' })
  await expect(connection.provider.begin(session('transacted'))).rejects.toMatchObject({ code: 'ERR_ILLEGAL_STATE' })
})

test('a transaction that grows beyond the bounds of a destination is refused the next message', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=2' })
  const transaction = await connection.transacted()
  for (const name of ['a', 'b']) await connection.send(q(name), 'x', transaction)
  await expect(connection.send(q('c'), 'x', transaction)).rejects.toMatchObject({ code: 'ERR_RESOURCE_LIMIT' })
  await connection.provider.commit(transaction)
  expect([broker.queueDepth('a'), broker.queueDepth('b'), broker.queueDepth('c')]).toEqual([1, 1, 0])
})

test('a commit waits for the sends of its transaction that wait for room', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=1' })
  await connection.send(q('a'), 'full')
  const transaction = await connection.transacted()
  const sent = connection.send(q('a'), 'x', transaction)
  await isPending(sent)
  const committed = connection.provider.commit(transaction)
  expect(await isPending(committed)).toBe(true)
  broker.purge('a')
  await sent
  await committed
  expect(broker.messages('a').map(({ body }) => body)).toEqual(['x'])
})

test('a rollback ends the waiting of its sends, which are never stored', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=1' })
  await connection.send(q('a'), 'full')
  const transaction = await connection.transacted()
  const sent = connection.send(q('a'), 'x', transaction)
  await isPending(sent)
  await connection.provider.rollback(transaction)
  await sent
  broker.purge('a')
  expect(broker.queueDepth('a')).toBe(0)
})

test('a session may take from a full queue and send to it in one transaction', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=1' })
  const consumer = await connection.consume(q('a'), { credit: 1 })
  await connection.send(q('a'), text('old'))
  const transaction = await connection.transacted()
  await consumer.settleIn(transaction)
  await connection.send(q('a'), 'new', transaction)
  await connection.provider.commit(transaction)
  expect(broker.messages('a').map(({ body }) => body)).toEqual(['new'])
})
