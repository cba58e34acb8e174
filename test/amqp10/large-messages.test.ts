import { describe, expect, it } from 'vitest'
import { ConnectionLostError, connect, MessageTooLargeError, queue } from '../../src/index.ts'
import { injectedBroker, injectedBrokers } from '../brokers/injected.ts'
import { failureOf, uniqueName } from './support.ts'

/** More than the 10 MiB that the test brokers take, where they have a limit. */
const TOO_LARGE = 11 * 1024 * 1024

const brokers = injectedBrokers().map((broker) => [broker.name, broker] as const)

describe.each(brokers)('a message of many frames on %s', (_, broker) => {
  it('comes back as it was', async () => {
    await using connection = await connect(broker.uri('amqp'))
    const large = queue(uniqueName('large'))
    const body = Uint8Array.from({ length: 5 * 1024 * 1024 }, (_, index) => (index * 31) & 255)
    await connection.send(large, body)
    const consumer = await (await connection.createSession()).createConsumer(large)
    const message = await consumer.receive({ timeout: 20_000 })
    expect(Buffer.compare(message?.body as Uint8Array, body)).toBe(0)
  })
})

describe('a message over the limit of the broker', () => {
  const rabbitmq = injectedBroker('rabbitmq')
  const activemq = injectedBroker('activemq')

  if (rabbitmq !== undefined)
    it('is refused before it is sent where the broker tells its limit', async () => {
      await using connection = await connect(rabbitmq?.uri('amqp') ?? '')
      const large = queue(uniqueName('large'))
      const error = await failureOf(connection.send(large, new Uint8Array(TOO_LARGE)))
      expect(error).toBeInstanceOf(MessageTooLargeError)
      expect(error.message).toMatch(/allows 10485760; send less/)
      await connection.send(large, 'small')
    })

  if (activemq !== undefined)
    it('is refused where the broker ends the connection each time, which goes on with the rest', async () => {
      const connection = await connect(activemq?.uri('amqp') ?? '')
      const large = queue(uniqueName('large'))
      const refused = failureOf(connection.send(large, new Uint8Array(TOO_LARGE)))
      const small = connection.send(large, 'small')
      const error = await refused
      expect(error).toBeInstanceOf(ConnectionLostError)
      await small
      expect(error.message).toMatch(/over its limit/)
      await connection.close()
    })
})
