import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TlsFront } from '../amqp10/tls-front.ts'
import { type Broker, reader } from '../brokers/index.ts'
import { injectedBrokers } from '../brokers/injected.ts'
import { openPage } from './chromium.ts'
import { openPlayground, type Playground } from './playground.ts'
import { htmlWith, serve } from './site.ts'

const brokers = injectedBrokers().filter(({ name }) => name === 'activemq' || name === 'rabbitmq')

let playground: Playground

beforeAll(async () => {
  playground = await openPlayground(false, '--ignore-certificate-errors')
})
afterAll(() => playground?.close())

/** Runs in a page or a worker: sends and receives, asks and is answered. */
async function exchange(uri: string): Promise<unknown> {
  const { connect, queue, topic, mapMessage, byte } = polymq
  const connection = await connect(uri)
  const orders = queue(`browser.stomp.${Math.random()}`)
  await connection.send(orders, mapMessage({ small: byte(7) }))
  const session = await connection.createSession()
  const received = await (await session.createConsumer(orders)).receive({ timeout: 10_000 })
  const news = topic(`browser.stomp.news.${Math.random()}`)
  const heard = new Promise((resolve) => {
    const listener = ({ body }: { readonly body: unknown }): void => resolve(body)
    connection.consume(news, listener).then(() => connection.send(news, 'published'), resolve)
  })
  const bodies = [received?.body, await heard]
  const { protocol, endpoint } = connection.peer
  await connection.close()
  return { bodies, protocol, endpoint }
}

const outcome = (endpoint: string): unknown => ({
  bodies: [{ small: 7 }, 'published'],
  protocol: 'stomp',
  endpoint,
})

/** The address as people write it, with `ws` or `wss`. */
function plainUri(broker: Broker, scheme: 'ws' | 'wss', port: number): string {
  const { username, password, host, pathname } = new URL(broker.uri('stomp-ws'))
  return `${scheme}://${username}:${password}@${host.replace(/\d+$/, String(port))}${pathname}`
}

describe.each(brokers.map((broker) => [broker.name, broker] as const))('over STOMP on %s', (name, broker) => {
  const uri = plainUri(broker, 'ws', broker.port('stomp-ws'))
  const endpoint = `stomp+ws://127.0.0.1:${broker.port('stomp-ws')}`

  it('a page exchanges messages over TLS, which the browser does', async () => {
    const front = name === 'activemq' ? undefined : await TlsFront.before(broker.port('stomp-ws'))
    const port = front?.port ?? broker.port('stomp-wss')
    const page = await playground.open()
    expect(await page.evaluate(exchange, plainUri(broker, 'wss', port))).toEqual(
      outcome(`stomp+wss://127.0.0.1:${port}`),
    )
    await page.close()
    front?.close()
  })

  it('a web worker exchanges messages', async () => {
    const page = await playground.open()
    const call = [`(${exchange})`, uri]
    const result = page.evaluate(`new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' })
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
      worker.postMessage(${JSON.stringify(call)})
    })`)
    expect(await result).toEqual(outcome(endpoint))
    await page.close()
  })

  it('a page with the script tag exchanges messages, and loads no other file', async () => {
    const script = readFileSync('dist/polymq.min.js')
    const html = htmlWith('<script src="/polymq.min.js"></script>')
    const site = await serve({ '/': html, '/polymq.min.js': script })
    const { page, errors } = await openPage(playground.browser, site.origin)
    expect(await page.evaluate(exchange, uri)).toEqual(outcome(endpoint))
    expect(site.requests.filter((path) => path !== '/favicon.ico')).toEqual(['/', '/polymq.min.js'])
    expect(errors).toEqual([])
    await page.close()
    await site.close()
  })

  it('a page gets large messages whole, though the browser offers compression', async () => {
    const page = await playground.open()
    const intact = await page.evaluate(async (uri) => {
      const connection = await polymq.connect(uri)
      const large = polymq.queue(`browser.stomp.large.${Math.random()}`)
      // Text that compresses badly, some of it beyond ASCII.
      const text = (size: number): string =>
        Array.from({ length: size }, (_, index) => String.fromCharCode(48 + ((index * index * 31 + index) % 300))).join(
          '',
        )
      const bodies = [7_000, 9_000, 20_000, 35_000].map(text)
      for (const body of bodies) await connection.send(large, body)
      const consumer = await (await connection.createSession()).createConsumer(large)
      const intact: boolean[] = []
      for (const body of bodies) intact.push((await consumer.receive({ timeout: 10_000 }))?.body === body)
      await connection.close()
      return intact
    }, uri)
    expect(intact).toEqual([true, true, true, true])
    await page.close()
  })

  it('a page is told of a wrong password, and of what its user may not do', async () => {
    const page = await playground.open()
    const names = await page.evaluate(
      async ({ wrong, reader }) => {
        const failed = await polymq.connect(wrong).catch((error: Error) => error)
        const connection = await polymq.connect(reader)
        const refused = await connection.send(polymq.queue('forbidden'), 'x').catch((error: Error) => error)
        await connection.close()
        return [failed, refused].map((error) => (error as Error).name)
      },
      { wrong: broker.uri('stomp-ws', { ...broker, password: 'wrong' }), reader: broker.uri('stomp-ws', reader) },
    )
    expect(names).toEqual(['AuthenticationError', 'AuthorizationError'])
    await page.close()
  })
})
