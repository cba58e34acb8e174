import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, mapMessage, queue, textMessage } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import type { Broker } from '../brokers/broker.ts'
import { startBroker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'

const PROTOCOLS = ['stomp', 'amqp', 'amqp-jms'] as const
const properties = { note: 'a 😀 b', plain: 'grüße' }

describe.skipIf(injectedBroker('activemq') === undefined)('characters beyond U+FFFF over STOMP to ActiveMQ', () => {
  const queues = new Map(PROTOCOLS.map((protocol) => [protocol, queue(uniqueName('emoji'))]))
  let broker: Broker

  beforeAll(async () => {
    broker = await startBroker('activemq', { keep: false })
    await using connection = await connect(broker.uri('stomp'))
    for (const orders of queues.values()) {
      await connection.send(orders, textMessage('text 😀', { properties, correlationId: 'c 😀', type: 't 😀' }))
      await connection.send(orders, mapMessage({ a: 'map 😀' }, { properties }))
    }
    // From now on the broker has what it reads from its store.
    await broker.restart()
  })
  afterAll(() => broker?.stop())

  it.each(PROTOCOLS)('are what they were to a polymq client over %s after a restart', async (protocol) => {
    await using connection = await connect(broker.uri(protocol))
    const orders = queues.get(protocol)
    if (orders === undefined) throw new Error('no queue')
    const consumer = await (await connection.createSession()).createConsumer(orders)
    const text = await consumer.receive({ timeout: 10_000 })
    expect(text).toMatchObject({ kind: 'text', body: 'text 😀', correlationId: 'c 😀', type: 't 😀', properties })
    const map = await consumer.receive({ timeout: 10_000 })
    expect(map).toMatchObject({ kind: 'map', body: { a: 'map 😀' }, properties })
  })
})
