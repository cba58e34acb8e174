import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { broker, q, TestConnection, t, text } from './harness.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  broker.close()
  vi.useRealTimers()
})

test('an expired message is not delivered', async () => {
  const connection = await TestConnection.open()
  await connection.send(q('a'), text('short', { expiration: Date.now() + 50 }))
  await connection.send(q('a'), text('long', { expiration: Date.now() + 5_000 }))
  vi.setSystemTime(Date.now() + 50)
  const consumer = await connection.consume(q('a'))
  expect(consumer.bodies).toEqual(['long'])
  expect(broker.queueDepth('a')).toBe(1)
})

test('expired messages leave the broker although nobody consumes', async () => {
  const connection = await TestConnection.open()
  await connection.consume(t('news'), { credit: 0 })
  for (let index = 0; index < 100; index += 1) {
    await connection.send(q('a'), text('x', { expiration: Date.now() + index * 10 + 1 }))
    await connection.send(t('news'), text('x', { expiration: Date.now() + 1 }))
  }
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(500)
  expect(broker.queueDepth('a')).toBe(50)
  vi.advanceTimersByTime(2_000)
  expect(broker.queueDepth('a')).toBe(0)
  expect(broker.subscriptions()[0]?.depth).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})

test('a message that expires in a consumer’s hands is dropped when it is given back', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'))
  await connection.send(q('a'), text('x', { expiration: Date.now() + 100 }))
  vi.advanceTimersByTime(2_000)
  expect(broker.queueDepth('a')).toBe(1)
  await consumer.settle('modified')
  expect(consumer.deliveries).toHaveLength(1)
  expect(broker.queueDepth('a')).toBe(0)
})

test('a message is not delivered before its delivery time', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'))
  await connection.send(q('a'), text('later', { deliveryTime: Date.now() + 2_000 }))
  await connection.send(q('a'), text('sooner', { deliveryTime: Date.now() + 1_000 }))
  await connection.send(q('a'), 'now')
  expect(broker.queueDepth('a')).toBe(3)
  vi.advanceTimersByTime(999)
  expect(consumer.bodies).toEqual(['now'])
  vi.advanceTimersByTime(1)
  expect(consumer.bodies).toEqual(['now', 'sooner'])
  vi.advanceTimersByTime(1_000)
  expect(consumer.bodies).toEqual(['now', 'sooner', 'later'])
})

test('delayed messages of the same time arrive in the order of sending', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'))
  const deliveryTime = Date.now() + 100
  for (const body of ['1', '2', '3']) await connection.send(q('a'), text(body, { deliveryTime }))
  vi.advanceTimersByTime(100)
  expect(consumer.bodies).toEqual(['1', '2', '3'])
})

test('a delayed message that expires before its delivery time is never delivered', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'))
  const now = Date.now()
  await connection.send(q('a'), text('early', { deliveryTime: now + 3_000, expiration: now + 1_000 }))
  await connection.send(q('a'), text('same', { deliveryTime: now + 3_000, expiration: now + 3_000 }))
  await connection.send(q('a'), text('late', { deliveryTime: now + 3_000, expiration: now + 3_500 }))
  vi.advanceTimersByTime(2_000)
  expect(broker.queueDepth('a')).toBe(2)
  vi.advanceTimersByTime(1_000)
  expect(consumer.bodies).toEqual(['late'])
  expect(broker.queueDepth('a')).toBe(1)
})

test('a delayed message is delayed for topic subscribers too', async () => {
  const connection = await TestConnection.open()
  const subscriber = await connection.consume(t('news'))
  await connection.send(t('news'), text('x', { deliveryTime: Date.now() + 100 }))
  expect(subscriber.bodies).toEqual([])
  vi.advanceTimersByTime(100)
  expect(subscriber.bodies).toEqual(['x'])
})

test('a delivery further away than a timer can be set for still takes place', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'))
  const month = 30 * 24 * 3_600_000
  await connection.send(q('a'), text('x', { deliveryTime: Date.now() + month }))
  vi.advanceTimersByTime(month - 1)
  expect(consumer.bodies).toEqual([])
  vi.advanceTimersByTime(1)
  expect(consumer.bodies).toEqual(['x'])
})

test('there is one timer at most, however many messages are delayed, and none after the broker is closed', async () => {
  const connection = await TestConnection.open()
  for (let index = 0; index < 50; index += 1) {
    await connection.send(q(`a${index}`), text('x', { deliveryTime: Date.now() + 10_000 - index }))
  }
  expect(vi.getTimerCount()).toBe(1)
  broker.close()
  expect(vi.getTimerCount()).toBe(0)
})

test('a pending timer keeps the process alive only while there is a connection', async () => {
  vi.useRealTimers()
  const timers: NodeJS.Timeout[] = []
  const spy = vi.spyOn(globalThis, 'setTimeout')
  const connection = await TestConnection.open()
  await connection.send(q('a'), text('x', { deliveryTime: Date.now() + 60_000 }))
  for (const { value } of spy.mock.results) timers.push(value as NodeJS.Timeout)
  spy.mockRestore()
  expect(timers.map((timer) => timer.hasRef())).toEqual([true])
  await connection.close()
  expect(timers.map((timer) => timer.hasRef())).toEqual([false])
  const again = await TestConnection.open()
  expect(timers.map((timer) => timer.hasRef())).toEqual([true])
  await again.close()
})
