import { afterEach, expect, test, vi } from 'vitest'
import { broker, q, TestConnection, t, text } from './harness.ts'

afterEach(() => {
  broker.close()
  vi.useRealTimers()
})

test('a browser shows what is on the queue, in order, and takes nothing', async () => {
  const connection = await TestConnection.open()
  await connection.sendAll(q('a'), '1', text('high', { priority: 9 }), '2')
  const browser = await connection.browse(q('a'))
  await browser.drain()
  expect(browser.bodies).toEqual(['high', '1', '2'])
  await browser.settle()
  await browser.close()
  expect(broker.queueDepth('a')).toBe(3)
})

test('a browser with a selector shows what it matches', async () => {
  const connection = await TestConnection.open()
  for (const n of [1, 2, 3]) await connection.send(q('a'), text(String(n), { properties: { n } }))
  const browser = await connection.browse(q('a'), { selector: 'n <> 2' })
  await browser.drain()
  expect(browser.bodies).toEqual(['1', '3'])
})

test('a browser keeps to its credit, and its drain ends when the credit is used or all has been shown', async () => {
  const connection = await TestConnection.open()
  await connection.sendAll(q('a'), '1', '2', '3')
  const browser = await connection.browse(q('a'), { credit: 2 })
  await browser.drain()
  expect(browser.bodies).toEqual(['1', '2'])
  browser.grant(5)
  await browser.drain()
  expect(browser.bodies).toEqual(['1', '2', '3'])
})

test('a browser shows the queue as it was when it was made, whatever is consumed and sent meanwhile', async () => {
  const connection = await TestConnection.open()
  await connection.sendAll(q('a'), '1', '2', '3')
  const browser = await connection.browse(q('a'), { credit: 1 })
  const consumer = await connection.consume(q('a'))
  await consumer.settle()
  await connection.send(q('a'), '4')
  browser.grant(10)
  await browser.drain()
  expect(browser.bodies).toEqual(['1', '2', '3'])
  expect(consumer.bodies).toEqual(['1', '2', '3', '4'])
})

test('a browser shows neither expired nor delayed messages', async () => {
  vi.useFakeTimers()
  const connection = await TestConnection.open()
  await connection.send(q('a'), text('expires', { expiration: Date.now() + 100 }))
  await connection.send(q('a'), text('delayed', { deliveryTime: Date.now() + 60_000 }))
  await connection.send(q('a'), 'here')
  const browser = await connection.browse(q('a'), { credit: 0 })
  vi.setSystemTime(Date.now() + 100)
  browser.grant(10)
  await browser.drain()
  expect(browser.bodies).toEqual(['here'])
})

test('a browser that closes ends its drain, and a topic cannot be browsed', async () => {
  const connection = await TestConnection.open()
  await connection.send(q('a'), '1')
  const browser = await connection.browse(q('a'), { credit: 0 })
  const drained = browser.drain()
  await browser.close()
  await drained
  await expect(connection.browse(t('a'))).rejects.toMatchObject({ code: 'ERR_INVALID_DESTINATION' })
})

test.each(['temporary-queue', 'temporary-topic'] as const)(
  'anybody may send to a %s, its connection alone may consume',
  async (kind) => {
    const [owner, other] = [await TestConnection.open(), await TestConnection.open()]
    const { destination } = await owner.temporary(kind)
    const consumer = await owner.consume(destination)
    await other.send(destination, 'x')
    expect(consumer.bodies).toEqual(['x'])
    await expect(other.consume(destination)).rejects.toMatchObject({ code: 'ERR_INVALID_DESTINATION' })
  },
)

test.each(['temporary-queue', 'temporary-topic'] as const)('a %s goes with its connection', async (kind) => {
  const [owner, other] = [await TestConnection.open(), await TestConnection.open()]
  const { destination } = await owner.temporary(kind)
  await owner.consume(destination)
  await other.send(destination, 'x')
  await owner.close()
  await expect(other.send(destination, 'y')).rejects.toMatchObject({ code: 'ERR_INVALID_DESTINATION' })
})

test.each(['temporary-queue', 'temporary-topic'] as const)(
  'a %s cannot be deleted while it has a consumer',
  async (kind) => {
    const connection = await TestConnection.open()
    const { info, destination } = await connection.temporary(kind)
    const consumer = await connection.consume(destination)
    await expect(connection.provider.destroy(info)).rejects.toMatchObject({ code: 'ERR_ILLEGAL_STATE' })
    await consumer.close()
    await connection.provider.destroy(info)
    await expect(connection.consume(destination)).rejects.toMatchObject({ code: 'ERR_INVALID_DESTINATION' })
  },
)

test('a temporary queue keeps the name it had before when that is free', async () => {
  const connection = await TestConnection.open()
  expect((await connection.temporary('temporary-queue', 'mine')).destination.name).toBe('mine')
  const taken = await connection.temporary('temporary-queue', 'mine')
  expect(taken.destination.name).not.toBe('mine')
})
