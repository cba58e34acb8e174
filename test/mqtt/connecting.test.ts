import { describe, expect, it } from 'vitest'
import {
  AuthenticationError,
  AuthorizationError,
  type Connection,
  ConnectionError,
  type ConnectOptions,
  connect,
  message,
  TlsError,
  textMessage,
  topic,
} from '../../src/index.ts'
import { ca, failureOf, uniqueName } from '../amqp10/support.ts'
import { TlsFront } from '../amqp10/tls-front.ts'
import { reader } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { CuttableFront } from './cuttable-front.ts'

const products = { mosquitto: 'Mosquitto', artemis: 'ActiveMQ Artemis', rabbitmq: 'RabbitMQ', activemq: 'ActiveMQ' }

/** Connects, and sees that a message goes through. */
async function connectAndUse(uri: string, options?: ConnectOptions): Promise<Connection['peer']> {
  await using connection = await connect(uri, options)
  const name = topic<Uint8Array>(uniqueName('connecting'))
  const consumer = await (await connection.createSession()).createConsumer(name)
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
  await connection.send(name, bytes)
  expect((await consumer.receive({ timeout: 10_000 }))?.body).toEqual(bytes)
  return connection.peer
}

describe.each(['mosquitto', 'artemis', 'rabbitmq', 'activemq'] as const)('MQTT on %s', (name) => {
  const injected = injectedBroker(name)
  if (injected === undefined) return
  const broker = injected

  it('works in plaintext on loopback, and tells who answered', async () => {
    const peer = await connectAndUse(broker.uri('mqtt'))
    expect(peer).toMatchObject({ protocol: 'mqtt', product: products[name] })
    expect(peer.endpoint).toBe(`mqtt://${broker.host}:${broker.port('mqtt')}`)
  })

  it.each(['mqtts', 'mqtt+ssl'])('works over TLS with %s', async (scheme) => {
    const peer = await connectAndUse(broker.uri('mqtts').replace(/^mqtts/, scheme), { tls: { ca } })
    expect(peer.certificate?.daysLeft).toBeGreaterThan(0)
  })

  it('works over a WebSocket, with TLS and without', async () => {
    await connectAndUse(broker.uri('mqtt-ws'))
    const bare = broker.uri('mqtt-ws').replace(/^mqtt\+/, '')
    await connectAndUse(`${bare}${bare.includes('?') ? '&' : '?'}protocol=mqtt`)
    const front = await TlsFront.before(broker.port('mqtt-ws'))
    const { pathname } = new URL(broker.uri('mqtt-ws'))
    const login = `${broker.username}:${broker.password}`
    await connectAndUse(`mqtt+wss://${login}@localhost:${front.port}${pathname}`, { tls: { ca } })
    front.close()
  })

  it('speaks MQTT 3.1.1 where the URI says so', async () => {
    const uri = broker.uri('mqtt')
    await connectAndUse(`${uri}${uri.includes('?') ? '&' : '?'}mqtt.version=3.1.1`)
  })

  it('carries a message of a megabyte, in pieces', async () => {
    await using connection = await connect(broker.uri('mqtt'))
    const name = topic<Uint8Array>(uniqueName('large'))
    const consumer = await (await connection.createSession()).createConsumer(name)
    const bytes = new Uint8Array(1_000_000).map((_, index) => index % 251)
    await connection.send(name, bytes)
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toEqual(bytes)
  })

  it('refuses a certificate that it does not trust', async () => {
    expect(await failureOf(connect(broker.uri('mqtts')))).toBeInstanceOf(TlsError)
  })

  it('names the user that was refused, and not the password', async () => {
    const error = await failureOf(connect(broker.uri('mqtt', { username: 'polymq', password: 'p#!@/%:' })))
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(error.message).toMatch(/"polymq".*check username and password/)
    expect(error.message).not.toContain('p#!@/%:')
  })

  it('tells that nobody may come without a name', async () => {
    const error = await failureOf(connect(broker.uri('mqtt', null)))
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(error.message).toMatch(/refuses anonymous users.*give username and password/)
  })

  it('says that a port speaks TLS, or something else', async () => {
    const tls = await failureOf(connect(`mqtt://${broker.host}:${broker.port('mqtts')}`, { connectTimeout: 5_000 }))
    expect(tls).toBeInstanceOf(ConnectionError)
    expect(tls.message).toMatch(/TLS/)
  })

  if (name === 'mosquitto') {
    it('tells a user what it may not do', async () => {
      await using connection = await connect(broker.uri('mqtt', reader))
      const error = await failureOf(connection.send(topic(uniqueName('closed')), 'x'))
      expect(error).toBeInstanceOf(AuthorizationError)
      expect(error.message).toMatch(/sending to topic closed.* not authorized/)
    })
  }

  if (name !== 'activemq') {
    it('keeps what is retained for who comes later, and what an empty one takes away for nobody', async () => {
      await using connection = await connect(broker.uri('mqtt'))
      const name = topic(uniqueName('retained'))
      const retained = { properties: { MqttRetain: true } }
      await connection.send(name, textMessage('last', retained))
      const session = await connection.createSession()
      const consumer = await session.createConsumer(name)
      const received = await consumer.receive({ timeout: 10_000 })
      expect(received).toMatchObject({ body: 'last', properties: retained.properties })
      await consumer.close()
      await connection.send(name, message(retained))
    })

    it('has the last will published when the connection ends without a word, and not when it is closed', async () => {
      const will = topic(uniqueName('will'))
      await using watcher = await connect(broker.uri('mqtt'))
      const consumer = await (await watcher.createSession()).createConsumer(will)
      const uri = broker.uri('mqtt')
      const withWill = (text: string): string =>
        `${uri}${uri.includes('?') ? '&' : '?'}mqtt.will.topic=${will.name}&mqtt.will.text=${text}`
      await (await connect(withWill('closed'))).close()
      const front = await CuttableFront.before(broker.port('mqtt'))
      const cut = await connect(withWill('cut').replace(`:${broker.port('mqtt')}`, `:${front.port}`), {
        failover: false,
      })
      front.cut()
      // Artemis leaves out that a will is text.
      const body = (await consumer.receive({ timeout: 20_000 }))?.body
      expect(body instanceof Uint8Array ? new TextDecoder().decode(body) : body).toBe('cut')
      await cut.close()
      front.close()
    })
  }
})
