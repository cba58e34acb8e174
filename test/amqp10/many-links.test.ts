import { describe, expect, it } from 'vitest'
import { connect, queue } from '../../src/index.ts'
import { injectedBrokers } from '../brokers/injected.ts'
import { uniqueName } from './support.ts'

/** RabbitMQ allows 64 sessions on a connection by default. */
const LINKS = 100

describe.each(injectedBrokers('amqp').map((broker) => [broker.name, broker] as const))(
  'one connection to %s',
  (_, broker) => {
    it('carries more producers and consumers than the broker allows sessions', async () => {
      await using connection = await connect(broker.uri('amqp'))
      const session = await connection.createSession({ acknowledgeMode: 'individual' })
      const name = uniqueName('many')
      const pairs = await Promise.all(
        Array.from({ length: LINKS }, async (_, index) => {
          const destination = queue(`${name}.${index}`)
          const [consumer, producer] = await Promise.all([
            session.createConsumer(destination, { prefetch: 5 }),
            session.createProducer(destination),
          ])
          return { index, consumer, producer }
        }),
      )
      await Promise.all(pairs.map(({ index, producer }) => producer.send(String(index))))
      for (const { index, consumer } of pairs) {
        const message = await consumer.receive({ timeout: 10_000 })
        expect(message?.body).toBe(String(index))
        await message?.acknowledge()
      }
      // What is closed leaves the others on the same session alone.
      await Promise.all(pairs.filter(({ index }) => index % 2 === 0).map(({ consumer }) => consumer.close()))
      await Promise.all(pairs.map(({ index, producer }) => producer.send(`again ${index}`)))
      for (const { index, consumer } of pairs.filter(({ index }) => index % 2 === 1)) {
        expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe(`again ${index}`)
      }
    }, 60_000)
  },
)
