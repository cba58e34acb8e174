import { afterEach, expect, test } from 'vitest'
import { topicMatches } from '../../../src/providers/memory/topic-exchange.ts'
import { broker, q, TestConnection, t, text } from './harness.ts'

afterEach(() => broker.close())

const durable = { name: 's', durable: true, shared: false }
const shared = { name: 's', durable: false, shared: true }
const sharedDurable = { name: 's', durable: true, shared: true }

test('a topic message reaches every subscriber of the time, and no later one', async () => {
  const connection = await TestConnection.open()
  const [one, two] = [await connection.consume(t('news')), await connection.consume(t('news'))]
  await connection.send(t('news'), 'x')
  const late = await connection.consume(t('news'))
  expect([one.bodies, two.bodies, late.bodies]).toEqual([['x'], ['x'], []])
})

test('a queue and a topic of the same name have nothing in common', async () => {
  const connection = await TestConnection.open()
  const subscriber = await connection.consume(t('a'))
  await connection.send(q('a'), 'x')
  expect(subscriber.bodies).toEqual([])
})

test.each([
  ['a.*', 'a.b', true],
  ['a.*', 'a', false],
  ['a.*', 'a.b.c', false],
  ['a.>', 'a', true],
  ['a.>', 'a.b.c', true],
  ['>', 'a.b', true],
  ['*.b', 'a.b', true],
  ['*.b.>', 'a.c', false],
  ['a.b', 'a.b', true],
  ['a.b', 'a', false],
])('the pattern %s on the topic %s: %s', (pattern, topic, expected) => {
  expect(topicMatches(pattern.split('.'), topic.split('.'))).toBe(expected)
})

test('a wildcard subscriber gets messages with their real topic, of topics used before and after it came', async () => {
  const connection = await TestConnection.open()
  await connection.send(t('prices.a.eur'), 'missed')
  const subscriber = await connection.consume(t('prices.*.eur'))
  await connection.sendAll(t('prices.a.eur'), '1')
  await connection.sendAll(t('prices.b.eur'), '2')
  await connection.sendAll(t('prices.b.usd'), '3')
  expect(subscriber.deliveries.map(({ message }) => [message.body, message.destination?.name])).toEqual([
    ['1', 'prices.a.eur'],
    ['2', 'prices.b.eur'],
  ])
})

test('a destination with a wildcard cannot be sent to, nor a queue with one be consumed from', async () => {
  const connection = await TestConnection.open()
  const refused = { code: 'ERR_INVALID_DESTINATION' }
  await expect(connection.send(t('a.*'), 'x')).rejects.toMatchObject(refused)
  await expect(connection.send(q('a.>'), 'x')).rejects.toMatchObject(refused)
  await expect(connection.consume(q('a.*'))).rejects.toMatchObject(refused)
  await expect(connection.consume(t('a.>.b'))).rejects.toMatchObject(refused)
})

test('a subscriber with a selector gets what it matches and holds nothing else', async () => {
  const connection = await TestConnection.open()
  const subscriber = await connection.consume(t('news'), { selector: 'n > 1' })
  for (const n of [1, 2, 3]) await connection.send(t('news'), text(String(n), { properties: { n } }))
  expect(subscriber.bodies).toEqual(['2', '3'])
  expect(broker.subscriptions()[0]?.depth).toBe(2)
})

test('a subscriber with noLocal does not get what its own connection sends', async () => {
  const [mine, other] = [await TestConnection.open(), await TestConnection.open()]
  const subscriber = await mine.consume(t('news'), { noLocal: true })
  await mine.send(t('news'), 'own')
  await other.send(t('news'), 'other')
  expect(subscriber.bodies).toEqual(['other'])
})

test('a durable subscription keeps messages while its consumer is away', async () => {
  const first = await TestConnection.open({ clientId: 'c' })
  await first.consume(t('news'), { subscription: durable })
  await first.close()
  const other = await TestConnection.open()
  await other.sendAll(t('news'), '1', '2')
  const again = await TestConnection.open({ clientId: 'c' })
  const subscriber = await again.consume(t('news'), { subscription: durable })
  expect(subscriber.bodies).toEqual(['1', '2'])
})

test('durable subscriptions of the same name belong to their client ids', async () => {
  const one = await TestConnection.open({ clientId: 'one' })
  const two = await TestConnection.open({ clientId: 'two' })
  const subscribers = [
    await one.consume(t('news'), { subscription: durable }),
    await two.consume(t('news'), { subscription: durable }),
  ]
  await one.send(t('news'), 'x')
  expect(subscribers.map(({ bodies }) => bodies)).toEqual([['x'], ['x']])
})

test('an unshared durable subscription needs a client id and takes one active consumer', async () => {
  const anonymous = await TestConnection.open()
  await expect(anonymous.consume(t('news'), { subscription: durable })).rejects.toMatchObject({
    code: 'ERR_INVALID_CLIENT_ID',
  })
  const connection = await TestConnection.open({ clientId: 'c' })
  await connection.consume(t('news'), { subscription: durable })
  await expect(connection.consume(t('news'), { subscription: durable })).rejects.toMatchObject({
    code: 'ERR_ILLEGAL_STATE',
  })
})

test('asking for an inactive durable subscription with another topic or selector makes it anew', async () => {
  const connection = await TestConnection.open({ clientId: 'c' })
  const subscribe = async (topic: string, selector?: string): Promise<unknown[]> => {
    const consumer = await connection.consume(t(topic), { subscription: durable, selector })
    await consumer.close()
    return consumer.bodies
  }
  await subscribe('news')
  await connection.send(t('news'), 'old')
  expect(await subscribe('sport')).toEqual([])
  await connection.send(t('news'), 'old')
  await connection.send(t('sport'), text('kept', { properties: { n: 1 } }))
  expect(await subscribe('sport')).toEqual(['kept'])
  expect(await subscribe('sport', 'n = 1')).toEqual([])
  expect(broker.subscriptions()).toHaveLength(1)
})

test('a durable subscription is deleted by unsubscribe, but not while it is in use', async () => {
  const connection = await TestConnection.open({ clientId: 'c' })
  const subscriber = await connection.consume(t('news'), { subscription: durable })
  await connection.send(t('news'), 'x')
  await expect(connection.provider.unsubscribe('s')).rejects.toMatchObject({ code: 'ERR_ILLEGAL_STATE' })
  const transaction = await connection.transacted()
  await subscriber.settleIn(transaction)
  await subscriber.close()
  await expect(connection.provider.unsubscribe('s')).rejects.toMatchObject({ code: 'ERR_ILLEGAL_STATE' })
  await connection.provider.commit(transaction)
  await connection.provider.unsubscribe('s')
  expect(broker.subscriptions()).toEqual([])
  await expect(connection.provider.unsubscribe('s')).rejects.toMatchObject({ code: 'ERR_INVALID_DESTINATION' })
})

test('consumers of a shared subscription share its messages evenly, across connections', async () => {
  const [one, two] = [await TestConnection.open(), await TestConnection.open()]
  const consumers = [
    await one.consume(t('news'), { subscription: shared }),
    await two.consume(t('news'), { subscription: shared }),
  ]
  const whole = await one.consume(t('news'))
  await one.sendAll(t('news'), '1', '2', '3', '4')
  expect(consumers.map(({ bodies }) => bodies)).toEqual([
    ['1', '3'],
    ['2', '4'],
  ])
  expect(whole.bodies).toEqual(['1', '2', '3', '4'])
})

test('a shared subscription ends with its last consumer, and what one of them leaves goes to the others', async () => {
  const connection = await TestConnection.open()
  const one = await connection.consume(t('news'), { subscription: shared })
  const two = await connection.consume(t('news'), { subscription: shared })
  await connection.sendAll(t('news'), '1', '2')
  await one.close()
  expect(two.bodies).toEqual(['2', '1'])
  await two.close()
  expect(broker.subscriptions()).toEqual([])
})

test('a shared subscription in use cannot be joined with another topic or selector', async () => {
  const connection = await TestConnection.open()
  await connection.consume(t('news'), { subscription: shared })
  const refused = { code: 'ERR_ILLEGAL_STATE' }
  await expect(connection.consume(t('sport'), { subscription: shared })).rejects.toMatchObject(refused)
  await expect(connection.consume(t('news'), { subscription: shared, selector: 'n = 1' })).rejects.toMatchObject(
    refused,
  )
})

test('a shared durable subscription keeps messages while nobody is there, and needs no client id', async () => {
  const first = await TestConnection.open()
  await first.consume(t('news'), { subscription: sharedDurable })
  await first.close()
  const connection = await TestConnection.open()
  await connection.sendAll(t('news'), '1', '2')
  const consumers = [
    await connection.consume(t('news'), { subscription: sharedDurable, credit: 1 }),
    await connection.consume(t('news'), { subscription: sharedDurable, credit: 1 }),
  ]
  expect(consumers.map(({ bodies }) => bodies)).toEqual([['1'], ['2']])
})

test('a name cannot be both a shared and an unshared durable subscription', async () => {
  const connection = await TestConnection.open({ clientId: 'c' })
  const consumer = await connection.consume(t('news'), { subscription: durable })
  await consumer.close()
  await expect(connection.consume(t('news'), { subscription: sharedDurable })).rejects.toMatchObject({
    code: 'ERR_ILLEGAL_STATE',
  })
})

test('a subscription needs a topic', async () => {
  const connection = await TestConnection.open({ clientId: 'c' })
  await expect(connection.consume(q('a'), { subscription: durable })).rejects.toMatchObject({
    code: 'ERR_INVALID_DESTINATION',
  })
})
