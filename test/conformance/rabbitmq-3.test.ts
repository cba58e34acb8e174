import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConnectionError, connect, queue, UnsupportedFeatureError } from '../../src/index.ts'
import { failureOf, uniqueName } from '../amqp10/support.ts'
import { type Broker, startBroker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { conformanceSuite } from './suite.ts'
import { targetAt } from './target.ts'

/** A RabbitMQ that has no AMQP 1.0: one URI finds that out. */
const isWanted = injectedBroker('rabbitmq') !== undefined
let broker: Broker | undefined

const running = (): Broker => {
  if (broker === undefined) throw new Error('RabbitMQ 3 has not been started')
  return broker
}

beforeAll(async () => {
  if (isWanted) broker = await startBroker('rabbitmq-3', { keep: false })
}, 120_000)
afterAll(() => broker?.stop())

describe.skipIf(!isWanted)('RabbitMQ 3', () => {
  it('has priorities where a queue is asked to have them, and is not asked for them elsewhere', async () => {
    const name = uniqueName('urgent')
    await using plain = await connect(running().uri())
    const refused = await failureOf(plain.send(queue(name), 'x', { priority: 9 }))
    expect(refused).toBeInstanceOf(UnsupportedFeatureError)
    await using connection = await connect(running().uri(), {
      rabbitmq: { queues: { [name]: { type: 'classic', maxPriority: 9 } } },
    })
    for (const [body, priority] of [
      ['low', 1],
      ['high', 9],
      ['middle', 5],
    ] as const) {
      await connection.send(queue(name), body, { priority })
    }
    const consumer = await (await connection.createSession()).createConsumer(queue(name))
    const bodies: unknown[] = []
    for (let count = 0; count < 3; count++) bodies.push((await consumer.receive({ timeout: 10_000 }))?.body)
    expect(bodies).toEqual(['high', 'middle', 'low'])
  })

  it('is spoken to in AMQP 0-9-1, without being told to', async () => {
    await using connection = await connect(running().uri())
    expect(connection.peer).toMatchObject({ protocol: 'amqp091', product: 'RabbitMQ' })
    expect(connection.peer.version).toMatch(/^3\./)
  })

  it('does not speak AMQP 1.0, and says so', async () => {
    const error = await failureOf(connect(`${running().uri()}?amqp.version=1.0`))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toMatch(/AMQP 0-9-1/)
  })
})

/**
 * What RabbitMQ 3.10 does otherwise than 4.0 is left out: what a consumer gives back to a quorum queue is there again only some
 * time after the broker has answered.
 */
conformanceSuite(
  targetAt({
    name: 'RabbitMQ 3 over AMQP 0-9-1',
    available: isWanted,
    uri: () => running().uri(),
    connectWrongly: () => connect(running().uri('amqp', { username: 'polymq', password: 'wrong' })),
  }),
  [
    'message kinds',
    'headers',
    'properties',
    'sending',
    'settling',
    'redelivery',
    'topics',
    'durable subscriptions',
    'shared subscriptions',
    'temporary destinations',
    'request and reply',
    'timing',
    'closing',
    'errors',
  ],
)
