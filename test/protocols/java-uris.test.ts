import { describe, expect, it } from 'vitest'
import {
  AuthenticationError,
  AuthorizationError,
  connect,
  InvalidClientIdError,
  queue,
  textMessage,
  topic,
} from '../../src/index.ts'
import { connectAndUse, failureOf, uniqueName } from '../amqp10/support.ts'
import { reader, special, type User, user } from '../brokers/index.ts'
import { injectedBrokers } from '../brokers/injected.ts'
import { gate, soon } from '../conformance/waiting.ts'

const query = (options: Readonly<Record<string, string | number>>): string =>
  Object.entries(options)
    .map(([name, value]) => `jms.${name}=${encodeURIComponent(value)}`)
    .join('&')
const login = ({ username, password }: User): string => query({ userName: username, password })

describe.each(injectedBrokers('openwire'))('the URI of a Java client, on $name', (broker) => {
  const tcp = `tcp://${broker.host}:${broker.port('openwire')}`
  const deadLetters = queue(broker.name === 'activemq' ? 'ActiveMQ.DLQ' : 'DLQ')

  it.each([
    ['one broker', `${tcp}?${login(special)}`],
    ['several', `failover:(${tcp},${tcp})?${login(special)}&randomize=false`],
    ['several, the first one of which is down', `failover:(tcp://localhost:1,${tcp}?${login(special)})`],
  ])('logs in with its user, to %s', async (_, uri) => {
    await connectAndUse(uri)
  })

  it('has the rights of its user', async () => {
    const name = uniqueName('rights')
    await using owner = await connect(`${tcp}?${login(user)}`)
    await owner.send(queue(name), 'here')
    await using connection = await connect(`${tcp}?${login(reader)}`)
    expect(await failureOf(connection.send(queue(name), 'not here'))).toBeInstanceOf(AuthorizationError)
    const wrong = await failureOf(connect(`${tcp}?${login({ ...reader, password: 'polymq-secret' })}`))
    expect(wrong).toBeInstanceOf(AuthenticationError)
    await connectAndUse(`${tcp}?${login({ ...reader, password: 'wrong' })}`, user)
  })

  it('is known to the broker by its client id, which durable subscriptions belong to', async () => {
    const clientID = uniqueName('till')
    const uri = `failover:(${tcp})?${login(user)}&${query({ clientID })}`
    const news = topic(uniqueName('news'))
    const first = await connect(uri)
    await (await first.createSession()).createDurableConsumer(news, 'archive')
    const taken = await failureOf(connect(tcp, { ...user, clientId: clientID, failover: false }))
    expect(taken).toBeInstanceOf(InvalidClientIdError)
    await first.close()

    await using second = await connect(tcp, { ...user, clientId: clientID })
    await second.send(news, 'while away')
    const session = await second.createSession()
    const archive = await session.createDurableConsumer(news, 'archive')
    expect((await archive.receive({ timeout: 10_000 }))?.body).toBe('while away')
    await archive.close()
    await session.unsubscribe('archive')
  })

  it('has its redelivery policy, after which a message is in the dead letters', async () => {
    const policy = { maximumRedeliveries: 2, initialRedeliveryDelay: 0, redeliveryDelay: 300 }
    const options = Object.entries(policy).map(([name, value]) => [`redeliveryPolicy.${name}`, value] as const)
    await using connection = await connect(`failover:(${tcp})?${login(user)}&${query(Object.fromEntries(options))}`)
    const failed: Error[] = []
    connection.on('error', (error) => failed.push(error))
    const orders = queue(uniqueName('orders'))
    const last = gate()
    const counts: number[] = []
    const times: number[] = []
    await connection.consume(orders, ({ body, deliveryCount }) => {
      if (body === 'good') return last.open()
      counts.push(deliveryCount)
      times.push(performance.now())
      throw new Error('never')
    })
    await connection.send(orders, textMessage('bad', { correlationId: orders.name }))
    await connection.send(orders, 'good')
    await soon(last.opened, 'the message after the bad one')
    expect(counts).toEqual([1, 2, 3])
    expect(failed).toHaveLength(3)
    const [, second = 0, third = 0] = times
    expect(third - second).toBeGreaterThanOrEqual(290)

    const session = await connection.createSession()
    const dead = await session.createConsumer(deadLetters, { selector: `JMSCorrelationID = '${orders.name}'` })
    expect((await dead.receive({ timeout: 10_000 }))?.body).toBe('bad')
  })
})
