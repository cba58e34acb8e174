import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  byte,
  bytesMessage,
  type Connection,
  connect,
  double,
  float,
  int,
  long,
  mapMessage,
  message,
  objectMessage,
  queue,
  type ReceivedMessage,
  short,
  streamMessage,
  textMessage,
  topic,
} from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { injectedBroker } from '../brokers/injected.ts'

const broker = injectedBroker('rabbitmq')
const PROTOCOLS = ['amqp', 'amqp091', 'stomp'] as const
const PAIRS = PROTOCOLS.flatMap((from) => PROTOCOLS.filter((to) => to !== from).map((to) => ({ from, to })))

const properties = {
  text: 'grüße',
  yes: true,
  byte: byte(-1),
  short: short(-2),
  int: int(-3),
  long: long(-4),
  float: float(0.5),
  double: double(6),
  plain: 7,
  fraction: 0.1,
  huge: 2n ** 60n,
  large: 'x'.repeat(5_000),
  destination: 'a name that STOMP has for itself',
  receipt: 'another one',
}
const received = { ...properties, byte: -1, short: -2, int: -3, long: -4, float: 0.5, double: 6 }
const fields = { correlationId: 'c-1', replyTo: topic('answers.x'), type: 'order', properties }

const map = { a: 1, b: Uint8Array.of(1), c: null, d: true, e: 'x', f: 1.5, g: 2n ** 60n }
const stream = [1, 'x', null, true, Uint8Array.of(2), 2n ** 60n]
const bodies = [
  { kind: 'text', sent: textMessage('grüße', fields), body: 'grüße' },
  { kind: 'bytes', sent: bytesMessage(Uint8Array.of(0, 255), fields), body: Uint8Array.of(0, 255) },
  { kind: 'map', sent: mapMessage(map, fields), body: map },
  { kind: 'stream', sent: streamMessage(stream, fields), body: stream },
  { kind: 'object', sent: objectMessage({ a: [1, { b: 2 }] }, fields), body: { a: [1, { b: 2 }] } },
  { kind: 'empty', sent: message(fields), body: undefined },
] as const

describe.skipIf(broker === undefined)('a message on RabbitMQ', () => {
  const connections = new Map<string, Connection>()

  beforeAll(async () => {
    for (const protocol of PROTOCOLS) connections.set(protocol, await connect(broker?.uri(protocol) ?? ''))
  })
  afterAll(async () => {
    for (const connection of connections.values()) await connection.close()
  })

  async function passed(from: string, to: string, sent: (typeof bodies)[number]['sent']): Promise<ReceivedMessage> {
    const orders = queue(uniqueName('interop'))
    await connections.get(from)?.send(orders, sent, { timeToLive: 60_000, priority: 7 })
    const session = await connections.get(to)?.createSession()
    const arrived = await (await session?.createConsumer(orders))?.receive({ timeout: 10_000 })
    if (arrived === null || arrived === undefined) throw new Error('nothing has come')
    await session?.close()
    expect(arrived.destination).toEqual(orders)
    return arrived
  }

  describe.each(PAIRS)('from $from to $to', ({ from, to }) => {
    // RabbitMQ hands a map or list of AMQP 1.0 over to STOMP as it was encoded: docs/stomp.md says so.
    const isPossible = (kind: string): boolean => from !== 'amqp' || to !== 'stomp' || !['map', 'stream'].includes(kind)

    it.each(bodies.filter(({ kind }) => isPossible(kind)))(
      'keeps its $kind, its headers and its properties with their types',
      async ({ kind, sent, body }) => {
        const before = Date.now()
        const arrived = await passed(from, to, sent)
        expect(arrived).toMatchObject({
          kind,
          correlationId: 'c-1',
          replyTo: topic('answers.x'),
          type: 'order',
          priority: 7,
          deliveryMode: 'persistent',
        })
        expect(arrived.body).toEqual(body)
        expect(arrived.properties).toEqual(received)
        expect(arrived.messageId).toMatch(/^ID:/)
        // AMQP 1.0 leaves it to RabbitMQ, whose other protocols have seconds.
        const precision = from === 'amqp' ? 1_000 : 0
        expect(arrived.timestamp).toBeGreaterThanOrEqual(before - precision)
        expect(arrived.timestamp).toBeLessThanOrEqual(Date.now())
        expect(arrived.expiration).toBeGreaterThanOrEqual(before + 60_000 - precision)
        expect(arrived.expiration).toBeLessThanOrEqual(Date.now() + 60_000)
      },
    )
  })

  it.each(PAIRS)('is answered from $to where $from has asked', async ({ from, to }) => {
    const asking = connections.get(from)
    const stock = queue(uniqueName('stock'))
    const replying = await connections.get(to)?.reply(stock, ({ body }) => ({ asked: body }))
    expect((await asking?.request(stock, 'A-100', { timeout: 10_000 }))?.body).toEqual({ asked: 'A-100' })
    await replying?.close()
  })

  it.each(PAIRS)('to a topic reaches the subscriber over $to that $from has for a publisher', async ({ from, to }) => {
    const prices = uniqueName('prices')
    const session = await connections.get(to)?.createSession()
    const consumer = await session?.createConsumer(topic(`${prices}.*`))
    await connections.get(from)?.send(topic(`${prices}.eur`), 'up')
    expect(await consumer?.receive({ timeout: 10_000 })).toMatchObject({
      body: 'up',
      destination: topic(`${prices}.eur`),
    })
    await session?.close()
  })

  it.each(PAIRS)('waits in a durable subscription of $from for a consumer over $to', async ({ from, to }) => {
    const [clientId, prices] = [uniqueName('client'), topic(uniqueName('prices'))]
    const first = await connect(broker?.uri(from) ?? '', { clientId })
    await (await first.createSession()).createDurableConsumer(prices, 'all')
    await first.close()
    await connections.get(from)?.send(prices, 'up')
    await using second = await connect(broker?.uri(to) ?? '', { clientId })
    const session = await second.createSession()
    const consumer = await session.createDurableConsumer(prices, 'all')
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('up')
    await consumer.close()
    await session.unsubscribe('all')
  })
})
