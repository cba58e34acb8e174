import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConnectionError, ConnectionLostError, connect, queue } from '../../src/index.ts'
import { type Broker, startBroker } from '../brokers/index.ts'
import { injectedBrokers } from '../brokers/injected.ts'
import { failureOf, uniqueName } from './support.ts'

const names = injectedBrokers('amqp').map(({ name }) => name)

/** Brokers of their own: the others are in use by other tests. */
describe('a broker that dies, without failover,', () => {
  const brokers = new Map<string, Broker>()

  beforeAll(async () => {
    const started = await Promise.all(names.map((name) => startBroker(name, { keep: false })))
    for (const broker of started) brokers.set(broker.name, broker)
  }, 180_000)
  afterAll(async () => {
    await Promise.all([...brokers.values()].map((broker) => broker.stop()))
  })

  it.each(names)('ends all that waits with an error: %s', async (name) => {
    const broker = brokers.get(name)
    const uri = broker?.uri('amqp') ?? ''
    const connection = await connect(uri, { failover: false })
    const session = await connection.createSession()
    const consumer = await session.createConsumer(queue(uniqueName('dying')))
    const producer = await session.createProducer(queue(uniqueName('dying')))
    const closed = new Promise<Error | undefined>((resolve) => connection.on('closed', resolve))
    const waiting = failureOf(consumer.receive())
    await broker?.kill()
    expect(await closed).toBeInstanceOf(ConnectionLostError)
    expect(await waiting).toBeInstanceOf(ConnectionLostError)
    expect(await failureOf(producer.send('nobody takes it'))).toBeInstanceOf(ConnectionLostError)
    expect(connection.state).toBe('closed')
    await connection.close()
    expect(await failureOf(connect(uri))).toBeInstanceOf(ConnectionError)
  })

  it.each(names)(
    'is noticed by its silence when it hangs: %s',
    async (name) => {
      const broker = brokers.get(name)
      await broker?.start()
      const connection = await connect(broker?.uri('amqp') ?? '', {
        heartbeat: 1_000,
        closeTimeout: 500,
        failover: false,
      })
      const closed = new Promise<Error | undefined>((resolve) => connection.on('closed', resolve))
      await broker?.pause()
      try {
        const error = await closed
        expect(error).toBeInstanceOf(ConnectionLostError)
        expect(error?.message).toMatch(/has sent nothing for 2000 ms/)
      } finally {
        await broker?.resume()
      }
    },
    120_000,
  )
})
