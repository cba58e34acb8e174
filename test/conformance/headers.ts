import { expect } from 'vitest'
import { message, queue, type ReceivedMessage, readProperty, type SendOptions, topic } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { unique } from './waiting.ts'

/** ms by which the clocks of a broker and of this machine may differ. */
const CLOCKS = 2_000

export function headers(bench: Bench): void {
  featureTest(bench, 'queues', 'keeps correlation id and type, and leaves out what was not set', async () => {
    const received = await roundTrip(bench, message({ correlationId: 'request ☃ 7', type: 'order.created' }))
    expect(received).toMatchObject({ correlationId: 'request ☃ 7', type: 'order.created' })
    const plain = await roundTrip(bench, message())
    expect(plain).not.toHaveProperty('correlationId')
    expect(plain).not.toHaveProperty('type')
    expect(plain).not.toHaveProperty('replyTo')
    expect(plain).not.toHaveProperty('expiration')
    expect(plain).not.toHaveProperty('groupId')
  })

  featureTest(
    bench,
    'queues',
    'keeps odd correlation ids: empty, long, with colons and newlines, like a number',
    async () => {
      for (const correlationId of ['', 'ID:host-1:2:3', 'two\nlines', '0x12', '007', 'x'.repeat(4_000)]) {
        expect((await roundTrip(bench, message({ correlationId }))).correlationId).toBe(correlationId)
      }
    },
  )

  featureTest(bench, ['queues', 'replyTo'], 'keeps where an answer is expected, a queue or a topic', async () => {
    const [answers, news] = [queue(unique('answers')), topic(unique('news'))]
    expect((await roundTrip(bench, message({ replyTo: answers }))).replyTo).toMatchObject({ ...answers })
    expect((await roundTrip(bench, message({ replyTo: news }))).replyTo).toMatchObject({ ...news })
  })

  featureTest(bench, 'queues', 'says which queue a message was sent to, and that it is new', async () => {
    const orders = queue(unique('orders'))
    const received = await roundTrip(bench, message(), {}, orders)
    expect(received.destination).toMatchObject({ kind: 'queue', name: orders.name })
    expect(received).toMatchObject({ redelivered: false, deliveryCount: 1 })
  })

  featureTest(bench, 'queues', 'gives each message an id of its own and the time at which it was sent', async () => {
    const before = Date.now()
    const first = await roundTrip(bench, message())
    const second = await roundTrip(bench, message())
    expect(first.messageId).toMatch(/^ID:/)
    expect(second.messageId).toMatch(/^ID:/)
    expect(first.messageId).not.toBe(second.messageId)
    expect(first.timestamp).toBeGreaterThanOrEqual(before)
    expect(second.timestamp).toBeLessThanOrEqual(Date.now())
  })

  featureTest(bench, 'queues', 'keeps the delivery mode, and persistent is the default', async () => {
    expect((await roundTrip(bench, message())).deliveryMode).toBe('persistent')
    const fast = await roundTrip(bench, message(), { deliveryMode: 'non-persistent' })
    expect(fast.deliveryMode).toBe('non-persistent')
  })

  featureTest(bench, ['queues', 'priority'], 'keeps the priority, and 4 is the default', async () => {
    expect((await roundTrip(bench, message())).priority).toBe(4)
    expect((await roundTrip(bench, message(), { priority: 0 })).priority).toBe(0)
    expect((await roundTrip(bench, message(), { priority: 9 })).priority).toBe(9)
  })

  featureTest(bench, ['queues', 'timeToLive'], 'tells when a message expires', async () => {
    const before = Date.now()
    const received = await roundTrip(bench, message(), { timeToLive: 60_000 })
    expect(received.expiration).toBeGreaterThanOrEqual(before + 60_000 - CLOCKS)
    expect(received.expiration).toBeLessThanOrEqual(Date.now() + 60_000 + CLOCKS)
  })

  featureTest(
    bench,
    ['queues', 'messageGroups'],
    'keeps the group, given as fields or as JMSX properties',
    async () => {
      const byField = await roundTrip(bench, message({ groupId: 'group ☃', groupSequence: 3 }))
      expect(byField).toMatchObject({ groupId: 'group ☃', groupSequence: 3 })
      expect(readProperty(byField, 'JMSXGroupID', 'string')).toBe('group ☃')
      const byProperty = await roundTrip(bench, message({ properties: { JMSXGroupID: 'g', JMSXGroupSeq: 1 } }))
      expect(byProperty).toMatchObject({ groupId: 'g', groupSequence: 1 })
      expect(byProperty.properties).toEqual({})
    },
  )

  featureTest(bench, 'queues', 'gives JMSXDeliveryCount by its JMS name', async () => {
    expect(readProperty(await roundTrip(bench, message()), 'JMSXDeliveryCount', 'int')).toBe(1)
  })

  featureTest(
    bench,
    'queues',
    'takes the options of the producer as defaults, and those of the send over them',
    async () => {
      const { session } = await bench.sit()
      const orders = queue(unique('orders'))
      const producer = await session.createProducer(orders, { deliveryMode: 'non-persistent' })
      const consumer = await session.createConsumer(orders)
      await producer.send('by default')
      await producer.send('by the send', { deliveryMode: 'persistent' })
      // Messages of one delivery mode may overtake those of the other (JMS 3.1 §6.2.9.1).
      const messages = await bench.take(consumer, 2)
      const modes = Object.fromEntries(messages.map(({ body, deliveryMode }) => [body, deliveryMode]))
      expect(modes).toEqual({ 'by default': 'non-persistent', 'by the send': 'persistent' })
    },
  )

  featureTest(bench, 'queues', 'hands over messages that cannot be changed', async () => {
    const received = await roundTrip(bench, message({ correlationId: 'c' }))
    expect(() => Object.assign(received, { body: 'changed' })).toThrow(TypeError)
    expect(() => Object.assign(received, { correlationId: 'changed' })).toThrow(TypeError)
    expect(() => Object.assign(received.properties, { added: 1 })).toThrow(TypeError)
    expect(received.correlationId).toBe('c')
  })
}

async function roundTrip(
  bench: Bench,
  sent: ReturnType<typeof message>,
  options: SendOptions = {},
  orders = queue(unique('headers')),
): Promise<ReceivedMessage> {
  const { connection, session } = await bench.sit()
  await connection.send(orders, sent, options)
  return bench.next(await session.createConsumer(orders))
}
