import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, type ConnectOptions, connect, topic } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { type Broker, startBroker } from '../brokers/index.ts'
import { injectedBrokers } from '../brokers/injected.ts'
import { soon } from '../conformance/waiting.ts'
import { interrupted, resumed } from './application.ts'
import { expectEachOnce, expectNothingLost } from './expectations.ts'
import { Load } from './load.ts'

const options: ConnectOptions = { sendTimeout: 120_000, failover: { maxReconnectDelay: 500 } }

const names = injectedBrokers('mqtt')
  .map(({ name }) => name)
  .filter((name) => name !== 'activemq')

describe.each(names)('a durable subscription on %s over MQTT', (name) => {
  let broker: Broker

  beforeAll(async () => {
    broker = await startBroker(name, { keep: false })
  }, 120_000)
  afterAll(() => broker?.stop(), 60_000)

  // Mosquitto writes what it has when it is stopped, and not before: what it had is lost when it is killed.
  const restarts = name === 'mosquitto' ? (['restarts'] as const) : (['restarts', 'is killed'] as const)
  it.each(restarts)(
    'loses no confirmed message when the broker %s',
    async (how) => {
      const load = await Load.begin(broker.uri('mqtt'), options, { ...options, clientId: uniqueName('client') })
      const connections = [load.sender, load.receiver]
      const resumptions = Promise.all(connections.map(resumed))
      if (how === 'restarts') {
        await broker.restart()
      } else {
        const losses = Promise.all(connections.map(interrupted))
        await broker.kill()
        await losses
        await broker.start()
      }
      await resumptions
      await load.confirms(200)
      // Artemis delivers out of order over MQTT, also without a restart (ARTEMIS-6191).
      if (name === 'artemis') await expectEachOnce(load)
      else await expectNothingLost(load)
      await load.close()
    },
    120_000,
  )

  it('has everything again when the broker restarts: consumers, shared ones, temporary queues, requests', async () => {
    await using connection = await connect(broker.uri('mqtt'), options)
    await using asker = await connect(broker.uri('mqtt'), options)
    const questions = topic(uniqueName('questions'))
    await connection.reply(questions, ({ body }) => `${body}!`)
    expect((await asker.request(questions, 'before', { timeout: 10_000 })).body).toBe('before!')
    const news = topic(uniqueName('news'))
    const session = await connection.createSession()
    const consumers = [await session.createConsumer(news)]
    if (connection.capabilities.sharedSubscriptions === 'native') {
      consumers.push(await session.createSharedConsumer(news, 'team'))
    }
    await restarted(broker, [connection, asker])
    await connection.send(news, 'after')
    for (const consumer of consumers) expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('after')
    expect((await asker.request(questions, 'after', { timeout: 10_000 })).body).toBe('after!')
  }, 120_000)
})

async function restarted(broker: Broker, connections: readonly Connection[]): Promise<void> {
  const resumptions = Promise.all(connections.map(resumed))
  await broker.restart()
  await soon(resumptions, 'the resumption', 60_000)
}
