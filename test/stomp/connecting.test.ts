import { describe, expect, it } from 'vitest'
import {
  AuthenticationError,
  ConnectionError,
  connect,
  InvalidClientIdError,
  queue,
  TlsError,
} from '../../src/index.ts'
import { ca, connectAndUse, failureOf, uniqueName } from '../amqp10/support.ts'
import { TlsFront } from '../amqp10/tls-front.ts'
import { injectedBroker } from '../brokers/injected.ts'

const products = { activemq: 'ActiveMQ', artemis: 'ActiveMQ-Artemis', rabbitmq: 'RabbitMQ' }

describe.each(['activemq', 'artemis', 'rabbitmq'] as const)('STOMP on %s', (name) => {
  const injected = injectedBroker(name)
  if (injected === undefined) return
  const broker = injected

  it('works in plaintext on loopback, and tells who answered', async () => {
    const peer = await connectAndUse(broker.uri('stomp'))
    expect(peer).toMatchObject({ protocol: 'stomp', product: products[name] })
    expect(peer.version).toMatch(/^\d+\.\d+/)
    expect(peer.endpoint).toBe(`stomp://${broker.host}:${broker.port('stomp')}`)
  })

  it.each(['stomps', 'stomp+ssl'])('works over TLS with %s', async (scheme) => {
    const peer = await connectAndUse(broker.uri('stomps').replace(/^stomps/, scheme), { tls: { ca } })
    expect(peer.certificate?.daysLeft).toBeGreaterThan(0)
  })

  it('works over a WebSocket, with TLS and without', async () => {
    await connectAndUse(broker.uri('stomp-ws'))
    await using connection = await connect(broker.uri('stomp-ws'))
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const name = queue<Uint8Array>(uniqueName('bytes'))
    await connection.send(name, bytes)
    const consumer = await (await connection.createSession()).createConsumer(name)
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toEqual(bytes)
    const front = await TlsFront.before(broker.port('stomp-ws'))
    const { pathname } = new URL(broker.uri('stomp-ws'))
    const login = `${broker.username}:${broker.password}`
    await connectAndUse(`stomp+wss://${login}@localhost:${front.port}${pathname}`, { tls: { ca } })
    front.close()
  })

  if (name === 'activemq') {
    it('lives on over a WebSocket when others send bytes that are no text', async () => {
      await using page = await connect(broker.uri('stomp-ws'))
      const interruptions: Error[] = []
      page.on('interrupted', (error) => interruptions.push(error))
      const destination = queue(uniqueName('no-text'))
      await using other = await connect(broker.uri('stomp'))
      await other.send(destination, Uint8Array.of(0xff, 0, 0x7b))
      await other.send(destination, 'after')
      const consumer = await (await page.createSession()).createConsumer(destination)
      const replaced = new TextEncoder().encode('\ufffd\0{')
      expect((await consumer.receive({ timeout: 10_000 }))?.body).toEqual(replaced)
      expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('after')
      expect(interruptions).toEqual([])
    })
  }

  it.each(['1.2', '1.1', '1.0'])('speaks STOMP %s when it is told to', async (version) => {
    await connectAndUse(`${broker.uri('stomp')}?stomp.version=${version}`)
  })

  it('names the user that was refused, and not the password', async () => {
    const error = await failureOf(connect(broker.uri('stomp', { username: 'polymq', password: 'p#!@/%:' })))
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(error.message).toMatch(/"polymq".*check username and password/)
    expect(error.message).not.toContain('p#!@/%:')
  })

  it('says that a plaintext port was spoken to with TLS, and the other way round', async () => {
    const options = { tls: { ca }, connectTimeout: 2_000 }
    const tls = await failureOf(connect(broker.uri('stomp').replace(/^stomp/, 'stomps'), options))
    expect(tls).toBeInstanceOf(ConnectionError)
    expect(tls.message).toMatch(/plaintext|TLS/)
    const plain = await failureOf(connect(broker.uri('stomps').replace(/^stomps/, 'stomp'), options))
    expect(plain).toBeInstanceOf(ConnectionError)
    expect(plain.message).toMatch(/TLS/)
  })

  it('says that an authority is not trusted', async () => {
    expect(await failureOf(connect(broker.uri('stomps')))).toBeInstanceOf(TlsError)
  })

  it('says that another protocol answers, or gives up in time', async () => {
    const error = await failureOf(connect(broker.uri('amqp').replace(/^amqp/, 'stomp'), { connectTimeout: 1_000 }))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toMatch(/does not speak STOMP|speaks STOMP|this protocol/)
  })

  it('refuses a client id that another connection has', async () => {
    const clientId = uniqueName('client')
    await using connection = await connect(broker.uri('stomp'), { clientId })
    const error = await failureOf(connect(broker.uri('stomp'), { clientId }))
    expect(error).toBeInstanceOf(InvalidClientIdError)
    expect(connection.state).toBe('connected')
  })

  it('gives a temporary queue that others reach, also with a client id', async () => {
    await using asking = await connect(broker.uri('stomp'), { clientId: uniqueName('client') })
    await using answering = await connect(broker.uri('stomp'))
    const questions = queue<string>(uniqueName('questions'))
    await answering.reply(questions, ({ body }) => `${body}!`)
    expect((await asking.request(questions, 'hello')).body).toBe('hello!')
  })
})
