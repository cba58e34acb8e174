import { describe, expect, it } from 'vitest'
import { connect, InvalidOptionError, topic } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { injectedBroker, injectedBrokers } from '../brokers/injected.ts'
import { FaultyProxy } from '../chaos/faulty-proxy.ts'
import { numbered } from '../conformance/waiting.ts'
import { interrupted, resumed } from '../failover/application.ts'

const MESSAGES = 500

const brokers = injectedBrokers('mqtt').filter(({ name }) => name !== 'rabbitmq')

describe.each(brokers)('QoS 2 on $name', (broker) => {
  const query = broker.name === 'activemq' ? '?mqtt.qos=2&mqtt.envelope=json' : '?mqtt.qos=2'

  it.each([1, 10])(
    'brings each message once, with a prefetch of %d',
    async (prefetch) => {
      await using connection = await connect(broker.uri('mqtt') + query, { clientId: uniqueName('client') })
      const orders = topic<string>(uniqueName('orders'))
      const session = await connection.createSession({ acknowledgeMode: 'individual' })
      const consumer = await session.createDurableConsumer(orders, 'all', { prefetch })
      const sent = Promise.all(numbered(MESSAGES).map((text) => connection.send(orders, text)))
      const received: string[] = []
      for await (const message of consumer) {
        received.push(message.body)
        await message.acknowledge()
        if (received.length === MESSAGES) break
      }
      await sent
      // Artemis delivers out of order over MQTT now and then (ARTEMIS-6191).
      if (broker.name === 'artemis') received.sort()
      expect(received).toEqual(broker.name === 'artemis' ? [...numbered(MESSAGES)].sort() : numbered(MESSAGES))
    },
    60_000,
  )

  it('goes on with what was unacknowledged when the connection is cut', async () => {
    const proxy = await FaultyProxy.to(broker.host, broker.port('mqtt'))
    const uri = broker.uri('mqtt').replace(`:${broker.port('mqtt')}`, `:${proxy.port}`)
    await using connection = await connect(uri + query, { clientId: uniqueName('client') })
    const orders = topic<string>(uniqueName('orders'))
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createDurableConsumer(orders, 'all')
    await connection.send(orders, 'kept')
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('kept')
    const [loss, again] = [interrupted(connection), resumed(connection)]
    proxy.reset()
    await loss
    await again
    const message = await consumer.receive({ timeout: 10_000 })
    expect(message?.body).toBe('kept')
    await message?.acknowledge()
    await connection.send(orders, 'next')
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('next')
    await connection.close()
    await proxy.close()
  }, 60_000)
})

it.skipIf(injectedBroker('rabbitmq') === undefined)('RabbitMQ, which has no QoS 2, is not asked for it', async () => {
  const uri = injectedBroker('rabbitmq')?.uri('mqtt')
  await expect(connect(`${uri}?mqtt.qos=2`)).rejects.toThrow(InvalidOptionError)
})
