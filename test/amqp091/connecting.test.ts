import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  AuthenticationError,
  AuthorizationError,
  ConnectionError,
  ConnectTimeoutError,
  connect,
  InvalidDestinationError,
  queue,
  TlsError,
  UnsupportedFeatureError,
} from '../../src/index.ts'
import { ca, connectAndUse, failureOf, uniqueName } from '../amqp10/support.ts'
import { certificates, reader } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { soon } from '../conformance/waiting.ts'

const injected = injectedBroker('rabbitmq')

describe.skipIf(injected === undefined)('AMQP 0-9-1 on RabbitMQ', () => {
  const broker = injected as NonNullable<typeof injected>
  const rabbitmqctl = (...words: readonly string[]) => broker.execute(['rabbitmqctl', '--quiet', ...words])

  it('works in plaintext on loopback, and tells who answered', async () => {
    const peer = await connectAndUse(broker.uri('amqp091'))
    expect(peer).toMatchObject({ protocol: 'amqp091', product: 'RabbitMQ' })
    expect(peer.version).toMatch(/^\d+\.\d+/)
    expect(peer.endpoint).toBe(`amqp://${broker.host}:${broker.port('amqp091')}`)
  })

  it.each(['amqps', 'amqp+ssl'])('works over TLS with %s', async (scheme) => {
    const peer = await connectAndUse(broker.uri('amqps091').replace(/^amqps/, scheme), { tls: { ca } })
    expect(peer.certificate?.daysLeft).toBeGreaterThan(0)
  })

  it('logs in with a client certificate', async () => {
    const uri = broker.uri('amqps091', null)
    const [cert, key] = [certificates.client.certificate, certificates.client.key].map((file) =>
      readFileSync(file, 'utf8'),
    )
    await connectAndUse(uri, { tls: { ca, cert: cert ?? '', key: key ?? '' } })
  })

  it('refuses a certificate that it does not trust', async () => {
    expect(await failureOf(connect(broker.uri('amqps091')))).toBeInstanceOf(TlsError)
  })

  it('names the user that was refused, and not the password', async () => {
    const error = await failureOf(connect(broker.uri('amqp091', { username: 'polymq', password: 'p#!@/%:' })))
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(error.message).toMatch(/"polymq".*check username and password/)
    expect(error.message).not.toContain('p#!@/%:')
  })

  it.each([
    ['none', ''],
    ['empty', '/'],
    ['/ as %2F', '/%2F'],
    ['/ as %2f', '/%2f'],
  ])('takes the virtual host from the path: %s', async (_, path) => {
    await connectAndUse(broker.uri('amqp091').replace('/?', `${path}?`))
  })

  it('says that a virtual host is missing, or closed to the user', async () => {
    const missing = await failureOf(connect(broker.uri('amqp091').replace('/?', '/nowhere?')))
    expect(missing).toBeInstanceOf(ConnectionError)
    expect(missing.message).toMatch(/no virtual host "nowhere"/)
    await rabbitmqctl('add_vhost', 'closed')
    const closed = await failureOf(connect(broker.uri('amqp091').replace('/?', '/closed?')))
    expect(closed).toBeInstanceOf(AuthorizationError)
    expect(closed.message).toMatch(/"polymq" into the virtual host "closed"/)
    await rabbitmqctl('delete_vhost', 'closed')
  })

  it('takes the parameters of RabbitMQ URIs', async () => {
    const options = 'heartbeat=5&channel_max=10&auth_mechanism=plain&connection_timeout=5000'
    await connectAndUse(`${broker.uri('amqp091')}&${options}`)
    const error = await failureOf(connect(`${broker.uri('amqp091')}&connection_timeout=1`, { failover: false }))
    expect(error).toBeInstanceOf(ConnectTimeoutError)
    await expect(connect(`${broker.uri('amqp091')}&heartbeat=often`)).rejects.toThrow(/heartbeat=often is out of range/)
  })

  it('says when all channels are in use', async () => {
    await using connection = await connect(`${broker.uri('amqp091')}&channel_max=3`)
    const session = await connection.createSession()
    const orders = queue(uniqueName('channels'))
    const consumer = await session.createConsumer(orders)
    const error = await failureOf(session.createConsumer(orders))
    expect(error.message).toMatch(/allows 3 channels.*close consumers/)
    await consumer.close()
    await (await session.createConsumer(orders)).close()
  })

  it('lets a user without permission to declare use what is there, and nothing else', async () => {
    await using owner = await connect(broker.uri('amqp091'))
    const orders = queue(uniqueName('readable'))
    await owner.send(orders, 'hello')
    await using connection = await connect(broker.uri('amqp091', reader))
    const session = await connection.createSession()
    expect((await (await session.createConsumer(orders)).receive({ timeout: 10_000 }))?.body).toBe('hello')
    expect(await failureOf(connection.send(orders, 'x'))).toBeInstanceOf(AuthorizationError)
    expect(await failureOf(session.createConsumer(queue(uniqueName('missing'))))).toBeInstanceOf(
      InvalidDestinationError,
    )
    expect(connection.state).toBe('connected')
  })

  it('ends the consumer of a queue that is deleted, and makes the queue anew for the next send', async () => {
    await using connection = await connect(broker.uri('amqp091'))
    const orders = queue(uniqueName('deleted'))
    const session = await connection.createSession()
    const consumer = await session.createConsumer(orders)
    const producer = await session.createProducer(orders)
    const ended = new Promise<Error>((resolve) => connection.once('error', resolve))
    await rabbitmqctl('delete_queue', orders.name)
    const error = await soon(ended, 'the end of the consumer')
    expect(error).toBeInstanceOf(InvalidDestinationError)
    expect(error.message).toMatch(/its queue was deleted/)
    await producer.send('again')
    const next = await session.createConsumer(orders)
    expect((await next.receive({ timeout: 10_000 }))?.body).toBe('again')
    await consumer.close()
  })

  it('refuses to reject where the broker would drop the message, and does so where it would not', async () => {
    await using connection = await connect(broker.uri('amqp091'))
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    const rejected = async (name: string): Promise<unknown> => {
      await connection.send(queue(name), 'poison')
      const message = await (await session.createConsumer(queue(name))).receive({ timeout: 10_000 })
      return message?.deadLetter().catch((error: unknown) => error)
    }
    const declare = (name: string, definition: string) =>
      rabbitmqctl(
        'eval',
        `rabbit_amqqueue:declare({resource, <<"/">>, queue, <<"${name}">>}, ${definition}, none, <<"test">>).`,
      )
    const [without, other] = [uniqueName('without'), uniqueName('other')]
    await declare(without, 'true, false, [{<<"x-expires">>, long, 60000}]')
    await declare(
      other,
      'true, false, [{<<"x-expires">>, long, 60000}, {<<"x-dead-letter-exchange">>, longstr, <<"amq.fanout">>}]',
    )
    const error = await rejected(without)
    expect(error).toBeInstanceOf(UnsupportedFeatureError)
    expect((error as Error).message).toMatch(/give queue .* a dead-letter exchange/)
    expect(await rejected(other)).toBeUndefined()
    expect(await rejected(uniqueName('own'))).toBeUndefined()
  })
})
