import { afterEach, expect, test } from 'vitest'
import { FEATURES } from '../../../src/provider/capabilities.ts'
import { createProvider, embeddedBroker } from '../../../src/providers/memory/index.ts'
import { broker, connectionInfo, isPending, q, TestConnection, t, text } from './harness.ts'

const LISTENER = { message: () => {}, resourceClosed: () => {}, connectionLost: () => {} }

afterEach(() => broker.close())

const openAt = (uri: string) =>
  createProvider().open({ ...connectionInfo(), uri: new URL(uri) }, LISTENER, new AbortController().signal)

test('it says who it is and has every feature', async () => {
  const provider = createProvider()
  expect(await provider.open(connectionInfo(), LISTENER, new AbortController().signal)).toMatchObject({
    protocol: 'memory',
    endpoint: 'memory:unit',
  })
  expect(Object.keys(provider.capabilities)).toEqual([...FEATURES])
  expect(new Set(Object.values(provider.capabilities))).toEqual(new Set(['native']))
})

test.each([
  ['memory:unit?maxMesagesPerDestination=1', 'did you mean maxMessagesPerDestination'],
  ['memory:unit?maxBytes=1', 'did you mean maxBytesPerDestination'],
  ['memory:unit?maxMessagesPerDestination=0', 'an integer above 0'],
  ['memory:unit?maxBytesPerDestination=many', 'an integer above 0'],
  ['memory:', 'memory:NAME'],
  ['memory://unit', 'memory:NAME'],
  ['memory:%zz', 'memory:NAME'],
])('the URI %s is refused and says: %s', async (uri, reason) => {
  await expect(openAt(uri)).rejects.toMatchObject({ code: 'ERR_INVALID_URI', message: expect.stringContaining(reason) })
})

test('a broker cannot have two bounds', async () => {
  await openAt('memory:unit')
  await openAt('memory:unit?maxMessagesPerDestination=5')
  await openAt('memory:unit?maxMessagesPerDestination=5&maxBytesPerDestination=1000')
  await expect(openAt('memory:unit?maxMessagesPerDestination=6')).rejects.toMatchObject({ code: 'ERR_INVALID_URI' })
})

test('brokers of different names share nothing', async () => {
  const one = await TestConnection.open()
  const two = await TestConnection.open({ broker: 'other' })
  await one.send(q('a'), 'x')
  expect((await two.consume(q('a'))).bodies).toEqual([])
  embeddedBroker('other').close()
})

test('a client id is one connection’s at a time', async () => {
  const first = await TestConnection.open({ clientId: 'c' })
  await expect(TestConnection.open({ clientId: 'c' })).rejects.toMatchObject({ code: 'ERR_INVALID_CLIENT_ID' })
  await first.close()
  await TestConnection.open({ clientId: 'c' })
  expect(broker.connections()).toBe(1)
})

test('connecting with an aborted signal connects nothing', async () => {
  const opening = createProvider().open(connectionInfo(), LISTENER, AbortSignal.abort())
  await expect(opening).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  expect(broker.connections()).toBe(0)
})

test('calls before opening and after closing are refused, closing twice is not', async () => {
  const illegal = { code: 'ERR_ILLEGAL_STATE' }
  await expect(createProvider().unsubscribe('s')).rejects.toMatchObject(illegal)
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'))
  const producer = await connection.producer(q('a'))
  await connection.close()
  await connection.close()
  await expect(connection.provider.send(producer, text('x'))).rejects.toMatchObject(illegal)
  await expect(connection.consume(q('a'))).rejects.toMatchObject(illegal)
  await consumer.close()
  consumer.grant(1)
  await consumer.drain()
  expect(connection.lost).toEqual([])
})

test('a producer that is closed, or has no destination, cannot send', async () => {
  const connection = await TestConnection.open()
  const producer = await connection.producer(undefined)
  await expect(connection.provider.send(producer, text('x'))).rejects.toMatchObject({ code: 'ERR_INVALID_DESTINATION' })
  await connection.provider.send(producer, text('x', { destination: q('a') }))
  await connection.provider.send(producer, text('y', { destination: q('b') }))
  expect([broker.queueDepth('a'), broker.queueDepth('b')]).toEqual([1, 1])
  await connection.provider.destroy(producer)
  await expect(connection.provider.send(producer, text('x', { destination: q('a') }))).rejects.toMatchObject({
    code: 'ERR_ILLEGAL_STATE',
  })
})

test('a listener that throws stops nothing', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'))
  consumer.onMessage = () => {
    throw new Error('broken')
  }
  await connection.sendAll(q('a'), '1', '2')
  expect(consumer.bodies).toEqual(['1', '2'])
})

test('closing the broker ends every connection and forgets everything', async () => {
  const connection = await TestConnection.open({ options: '?maxMessagesPerDestination=1' })
  const consumer = await connection.consume(q('a'))
  await connection.send(q('a'), 'x')
  const waiting = connection.send(q('a'), 'y')
  expect(await isPending(waiting)).toBe(true)
  broker.close()
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  expect(connection.lost).toMatchObject([{ code: 'ERR_CONNECTION_LOST' }])
  await expect(consumer.settle()).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  await expect(connection.provider.unsubscribe('s')).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  expect(broker.queueDepth('a')).toBe(0)
  expect(broker.connections()).toBe(0)
  expect((await (await TestConnection.open()).consume(q('a'))).bodies).toEqual([])
})

test('dropped connections leave the messages, marked as redelivered where a consumer had them', async () => {
  const connection = await TestConnection.open({ clientId: 'c' })
  await connection.consume(q('a'), { credit: 1 })
  await connection.sendAll(q('a'), '1', '2')
  broker.dropConnections()
  expect(connection.lost).toHaveLength(1)
  const again = await TestConnection.open({ clientId: 'c' })
  const consumer = await again.consume(q('a'))
  expect(consumer.deliveries.map(({ message, redelivered }) => [message.body, redelivered])).toEqual([
    ['1', true],
    ['2', false],
  ])
})

test('the broker tells what it holds and who consumes', async () => {
  const connection = await TestConnection.open()
  await connection.consume(q('a'), { credit: 1 })
  await connection.sendAll(q('a'), '1', '2', '3')
  await connection.consume(t('news.>'), { subscription: { name: 's', durable: true, shared: true }, credit: 0 })
  await connection.send(t('news.today'), 'x')
  const temporary = await connection.temporary('temporary-queue')
  expect(broker.queues()).toEqual([
    { name: 'a', kind: 'queue', depth: 3, unacknowledged: 1, consumers: 1 },
    { name: temporary.destination.name, kind: 'temporary-queue', depth: 0, unacknowledged: 0, consumers: 0 },
  ])
  const subscription = { name: 's', durable: true, shared: true, depth: 1, unacknowledged: 0, activeConsumers: 1 }
  expect(broker.subscriptions()).toEqual([{ topic: 'news.>', ...subscription }])
  expect(broker.messages('a')).toMatchObject([{ body: '2', priority: 4, failedDeliveries: 0 }, { body: '3' }])
  expect(broker.purge('a')).toBe(2)
  expect(broker.queueDepth('a')).toBe(1)
  expect([broker.queueDepth('none'), broker.purge('none')]).toEqual([0, 0])
})
