import { describe, expect, it } from 'vitest'
import { connect, MessageTooLargeError, queue, TransactionRolledBackError } from '../../src/index.ts'
import { injectedBroker, injectedBrokers } from '../brokers/injected.ts'
import { failureOf, uniqueName } from './support.ts'

/** More than the 10 MiB that the test brokers take, where they have a limit. */
const TOO_LARGE = 11 * 1024 * 1024

const brokers = injectedBrokers('amqp').map((broker) => [broker.name, broker] as const)

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
    describe('where it ends the connection without a word of its size', () => {
      const uri = activemq.uri('amqp')
      const tooLarge = /queue large.*11534\d+ bytes are more than it takes.*send less, or raise the broker's limit/

      it('is refused at once, and the connection goes on with the rest', async () => {
        await using connection = await connect(uri)
        const losses: Error[] = []
        connection.on('interrupted', (error) => losses.push(error))
        const large = queue(uniqueName('large'))
        const before = connection.send(large, new Uint8Array(5 * 1024 * 1024))
        const refused = failureOf(connection.send(large, new Uint8Array(TOO_LARGE)))
        const after = connection.send(large, 'small')
        const error = await refused
        expect(error).toBeInstanceOf(MessageTooLargeError)
        expect(error.message).toMatch(tooLarge)
        await Promise.all([before, after])
        expect(losses).toHaveLength(1)
        const consumer = await (await connection.createSession()).createConsumer(large)
        // What the broker had not confirmed when it ended the connection may come twice.
        const sizes = new Set<number>()
        for (let last: unknown; last !== 'small'; ) {
          last = (await consumer.receive({ timeout: 10_000 }))?.body
          sizes.add((last as Uint8Array | string).length)
        }
        expect([...sizes]).toEqual([5 * 1024 * 1024, 'small'.length])
      })

      it('is told from others of its size one after the other, on several producers', async () => {
        await using connection = await connect(uri)
        const large = queue(uniqueName('large'))
        const session = await connection.createSession()
        const producers = await Promise.all([1, 2, 3].map(() => session.createProducer(large)))
        const sends = producers.flatMap((producer) => [
          producer.send(new Uint8Array(TOO_LARGE)).catch((error: unknown) => error),
          producer.send('small'),
        ])
        const outcomes = await Promise.all(sends)
        expect(outcomes.filter((outcome) => outcome instanceof MessageTooLargeError)).toHaveLength(3)
        expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(3)
      })

      it('is what a transaction fails for, and the next one succeeds', async () => {
        await using connection = await connect(uri)
        const large = queue(uniqueName('large'))
        const session = await connection.createSession({ transacted: true })
        const producer = await session.createProducer(large)
        const refused = failureOf(producer.send(new Uint8Array(TOO_LARGE)))
        const failed = await failureOf(session.commit())
        expect(await refused).toBeInstanceOf(MessageTooLargeError)
        expect(failed).toBeInstanceOf(TransactionRolledBackError)
        expect(failed.message).toMatch(tooLarge)
        await producer.send('small')
        await session.commit()
        const consumer = await (await connection.createSession()).createConsumer(large)
        expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('small')
      })

      it('is refused, too, without failover', async () => {
        await using connection = await connect(uri, { failover: false })
        const large = queue(uniqueName('large'))
        expect(await failureOf(connection.send(large, new Uint8Array(TOO_LARGE)))).toBeInstanceOf(MessageTooLargeError)
        expect(connection.state).toBe('closed')
      })
    })
})
