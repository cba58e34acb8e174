import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TlsFront } from '../amqp10/tls-front.ts'
import { type Broker, reader } from '../brokers/index.ts'
import { injectedBrokers } from '../brokers/injected.ts'
import { openPage } from './chromium.ts'
import { openPlayground, type Playground } from './playground.ts'
import { htmlWith, serve } from './site.ts'

const brokers = injectedBrokers().filter((broker) => broker.has('amqp-ws'))

let playground: Playground
let page: Page

beforeAll(async () => {
  playground = await openPlayground(false, '--ignore-certificate-errors')
  page = await playground.open()
})
afterAll(() => playground?.close())

describe.each(brokers.map((broker) => [broker.name, broker] as const))('a page on %s, over AMQP', (_, broker) => {
  it('exchanges bodies of every kind, with headers and properties', async () => {
    const received = await page.evaluate(async (uri) => {
      const { queue, connect, textMessage, bytesMessage, mapMessage, streamMessage, long, byte } = polymq
      const connection = await connect(uri)
      const bodies = queue(`browser.kinds.${Math.random()}`)
      const fields = {
        correlationId: 'c',
        type: 't',
        properties: { int: 7, long: long(2n ** 60n), flag: true, text: 'ü' },
      }
      const sent = [
        textMessage('text €', fields),
        bytesMessage(Uint8Array.of(0, 128, 255)),
        mapMessage({ small: byte(1), bytes: Uint8Array.of(1, 2), text: 'x' }),
        streamMessage([1, 'two', 3.5]),
        { id: 7, nested: [1, null] },
      ]
      for (const message of sent) await connection.send(bodies, message)
      const session = await connection.createSession()
      const consumer = await session.createConsumer(bodies)
      const received = []
      for (const _ of sent) {
        const message = await consumer.receive({ timeout: 10_000 })
        const { kind, body, correlationId, type, properties } = message ?? {}
        received.push({ kind, body, correlationId, type, properties: { ...properties } })
      }
      await connection.close()
      return received
    }, broker.uri('amqp-ws'))
    expect(received[0]).toMatchObject({ kind: 'text', body: 'text €', correlationId: 'c', type: 't' })
    expect(received[0]?.properties).toMatchObject({ int: 7, long: 2n ** 60n, flag: true, text: 'ü' })
    expect(received[1]).toMatchObject({ kind: 'bytes', body: Uint8Array.of(0, 128, 255) })
    expect(received[2]).toMatchObject({ kind: 'map', body: { small: 1, bytes: Uint8Array.of(1, 2), text: 'x' } })
    expect(received[3]).toMatchObject({ kind: 'stream', body: [1, 'two', 3.5] })
    expect(received[4]).toMatchObject({ kind: 'object', body: { id: 7, nested: [1, null] } })
  })

  it('asks and is answered, and tells who its peer is', async () => {
    const [body, peer] = await page.evaluate(async (uri) => {
      const connection = await polymq.connect(uri)
      const stock = polymq.queue(`browser.stock.${Math.random()}`)
      await connection.reply(stock, (request) => ({ asked: request.body, left: 12 }))
      const { body } = await connection.request(stock, 'A-100', { timeout: 10_000 })
      const { peer } = connection
      await connection.close()
      return [body, peer] as const
    }, broker.uri('amqp-ws'))
    expect(body).toEqual({ asked: 'A-100', left: 12 })
    expect(peer).toMatchObject({ protocol: 'amqp10', endpoint: `amqp+ws://127.0.0.1:${broker.port('amqp-ws')}` })
    expect(peer).not.toHaveProperty('certificate')
  })

  it('sends and receives large messages, also on several consumers at once', async () => {
    const sizes = await page.evaluate(async (uri) => {
      const connection = await polymq.connect(uri)
      const exchange = async (size: number): Promise<number> => {
        const large = polymq.queue(`browser.large.${Math.random()}`)
        const body = new Uint8Array(size).map((_, index) => index * 31)
        const session = await connection.createSession()
        const consumer = await session.createConsumer(large)
        for (let sent = 0; sent < 5; sent++) await connection.send(large, body)
        let intact = 0
        for (let received = 0; received < 5; received++) {
          const bytes = (await consumer.receive({ timeout: 25_000 }))?.body as Uint8Array
          if (bytes.length === size && bytes.every((byte, index) => byte === body[index])) intact += size
        }
        return intact
      }
      const sizes = await Promise.all([9_000, 70_000, 100_000, 2_000_000].map(exchange))
      await connection.close()
      return sizes
    }, broker.uri('amqp-ws'))
    expect(sizes).toEqual([45_000, 350_000, 500_000, 10_000_000])
  })

  it('consumes by a listener what many sends at once have brought, each once and in order', async () => {
    const { confirmed, bodies } = await page.evaluate(async (uri) => {
      const connection = await polymq.connect(uri, { prefetch: 20 })
      const many = polymq.queue(`browser.many.${Math.random()}`)
      const bodies: unknown[] = []
      const all = new Promise<void>((resolve) => {
        connection.consume(many, ({ body }) => void (bodies.push(body) === 500 && resolve())).catch(resolve)
      })
      const sends = Array.from({ length: 500 }, (_, index) => connection.send(many, { index }))
      const confirmed = (await Promise.all(sends)).length
      await all
      await connection.close()
      return { confirmed, bodies: bodies.map((body) => (body as { index: number }).index) }
    }, broker.uri('amqp-ws'))
    expect(confirmed).toBe(500)
    expect(bodies).toEqual(Array.from({ length: 500 }, (_, index) => index))
  })

  it('rolls a transaction back', async () => {
    const bodies = await page.evaluate(async (uri) => {
      const connection = await polymq.connect(uri)
      const orders = polymq.queue(`browser.transactions.${Math.random()}`)
      const session = await connection.createSession({ transacted: true })
      const producer = await session.createProducer(orders)
      await producer.send('rolled back')
      await session.rollback()
      await producer.send('committed')
      await session.commit()
      const consumer = await session.createConsumer(orders)
      const first = await consumer.receive({ timeout: 10_000 })
      await session.rollback()
      const again = await consumer.receive({ timeout: 10_000 })
      await session.commit()
      await connection.close()
      return [first?.body, again?.body, again?.redelivered]
    }, broker.uri('amqp-ws'))
    expect(bodies).toEqual(['committed', 'committed', true])
  })

  it('works over TLS, which the browser does', async () => {
    const front = await TlsFront.before(broker.port('amqp-ws'))
    const body = await page.evaluate(
      async ({ uri, username, password }) => {
        const connection = await polymq.connect(uri, { username, password })
        const orders = polymq.queue(`browser.secure.${Math.random()}`)
        await connection.send(orders, 'encrypted')
        const session = await connection.createSession()
        const received = await (await session.createConsumer(orders)).receive({ timeout: 10_000 })
        await connection.close()
        return received?.body
      },
      { uri: `amqp+wss://127.0.0.1:${front.port}/`, username: broker.username, password: broker.password },
    )
    expect(body).toBe('encrypted')
    front.close()
  })

  it('is told of a wrong password, and of what its user may not do', async () => {
    const names = await page.evaluate(
      async ({ wrong, reader }) => {
        const failed = await polymq.connect(wrong).catch((error: Error) => error)
        const connection = await polymq.connect(reader)
        const refused = await connection.send(polymq.queue('forbidden'), 'x').catch((error: Error) => error)
        await connection.close()
        return [failed, refused].map((error) => (error as Error).name)
      },
      { wrong: broker.uri('amqp-ws', { ...broker, password: 'wrong' }), reader: broker.uri('amqp-ws', reader) },
    )
    expect(names).toEqual(['AuthenticationError', 'AuthorizationError'])
  })
})

describe.skipIf(brokers.length === 0)('AMQP from a script tag', () => {
  const uri = (): string => (brokers[0] as Broker).uri('amqp-ws')
  const core = readFileSync('dist/polymq.min.js')
  const html = htmlWith('<script src="/scripts/polymq.min.js"></script>')
  const exchange = async (target: string): Promise<unknown> => {
    const { connect, queue, mapMessage, byte, ConnectionError } = polymq
    try {
      const connection = await connect(target)
      const orders = queue(`browser.script.${Math.random()}`)
      await connection.send(orders, mapMessage({ small: byte(7) }, { properties: { plain: 8 } }))
      const session = await connection.createSession()
      const received = await (await session.createConsumer(orders)).receive({ timeout: 10_000 })
      const wrong = await connect(target.replace(/:[^:@]+@/, ':wrong@')).catch((error: Error) => error)
      await connection.close()
      return {
        ...(received?.body as object),
        ...received?.properties,
        refused: wrong instanceof polymq.AuthenticationError,
      }
    } catch (error) {
      return [error instanceof ConnectionError, String(error)]
    }
  }

  it('is loaded from the file beside it when it is first used', async () => {
    const amqp = readFileSync('dist/polymq-amqp.min.js')
    const site = await serve({ '/': html, '/scripts/polymq.min.js': core, '/scripts/polymq-amqp.min.js': amqp })
    const { page, errors } = await openPage(playground.browser, site.origin)
    expect(site.requests).not.toContain('/scripts/polymq-amqp.min.js')
    expect(await page.evaluate(exchange, uri())).toEqual({ small: 7, plain: 8, refused: true })
    expect(site.requests).toContain('/scripts/polymq-amqp.min.js')
    expect(errors).toEqual([])
    await site.close()
  })

  it('says which file is missing', async () => {
    const site = await serve({ '/': html, '/scripts/polymq.min.js': core })
    const { page } = await openPage(playground.browser, site.origin)
    const [isConnectionError, text] = (await page.evaluate(exchange, uri())) as [boolean, string]
    expect(text).toMatch(/AMQP could not be loaded from http.*\/scripts\/polymq-amqp\.min\.js; serve polymq-amqp/)
    expect(isConnectionError).toBe(true)
    await site.close()
  })
})
