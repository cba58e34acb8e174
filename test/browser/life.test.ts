import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../../src/index.ts'
import { type Broker, startBroker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { launchWithBackForwardCache } from './chromium.ts'
import { openPlayground, type Playground } from './playground.ts'

/** What these tests leave in a page. */
declare global {
  var connection: Connection
  /** Resolves with the endpoint when the connection is next there again. */
  var resumed: Promise<string>
  /** What a consumer that outlives everything has got. */
  var bodies: unknown[]
  var arrived: (body: unknown) => Promise<void>
}

const broker = injectedBroker('artemis')

let playground: Playground

beforeAll(async () => {
  playground = await openPlayground()
})
afterAll(() => playground?.close())

/** Connects the page, and lets it consume from a queue. */
async function connectPage(page: Page, uris: readonly string[], queueName: string, heartbeat = 30_000): Promise<void> {
  await page.evaluate(
    async ({ uris, queueName, heartbeat }) => {
      const connection = await polymq.connect(uris, { heartbeat, failover: { maxReconnectDelay: 500 } })
      const waiting = new Map<unknown, () => void>()
      const bodies: unknown[] = []
      await connection.consume(polymq.queue(queueName), ({ body }) => {
        bodies.push(body)
        waiting.get(body)?.()
      })
      const arrived = (body: unknown): Promise<void> =>
        new Promise((resolve) => {
          if (bodies.includes(body)) resolve()
          else waiting.set(body, resolve)
        })
      const resumed = new Promise<string>((resolve) => connection.once('resumed', ({ endpoint }) => resolve(endpoint)))
      Object.assign(globalThis, { connection, bodies, arrived, resumed })
    },
    { uris, queueName, heartbeat },
  )
}

/** Sends a body and waits until the page's own consumer has it. */
async function roundTrip(page: Page, queueName: string, body: string): Promise<void> {
  await page.evaluate(
    async ({ queueName, body }) => {
      await connection.send(polymq.queue(queueName), body)
      await arrived(body)
    },
    { queueName, body },
  )
}

const unique = (name: string): string => `browser.${name}.${Math.random()}`

describe.skipIf(broker === undefined)('a page in use', () => {
  const uri = (): string => (broker as Broker).uri('amqp-ws')

  it('goes on with the next broker when its own is killed', async () => {
    const own = await startBroker('artemis', { keep: false })
    const page = await playground.open()
    const name = unique('failover')
    await connectPage(page, [own.uri('amqp-ws'), uri()], name)
    await roundTrip(page, name, 'before')
    await own.kill()
    // Sent while there is no broker: it waits for the next one.
    await roundTrip(page, name, 'meanwhile')
    expect(await page.evaluate('resumed')).toBe(`amqp+ws://127.0.0.1:${(broker as Broker).port('amqp-ws')}`)
    expect(await page.evaluate('bodies')).toEqual(['before', 'meanwhile'])
    await page.close()
    await own.stop()
  }, 120_000)

  it('is interrupted when the network is gone, and goes on when it is back', async () => {
    const page = await playground.open()
    const name = unique('offline')
    await connectPage(page, [uri()], name, 500)
    const interrupted = page.evaluate(
      () => new Promise<string>((resolve) => connection.once('interrupted', ({ message }) => resolve(message))),
    )
    // The event is listened for once this has been answered.
    await page.evaluate('connection.state')
    await page.context().setOffline(true)
    expect(await interrupted).toMatch(/silent/)
    const sent = roundTrip(page, name, 'while offline')
    await page.context().setOffline(false)
    await sent
    await page.close()
  })

  it('takes its client id again after a reload, and what came meanwhile', async () => {
    const page = await playground.open()
    const clientId = unique('client')
    const subscribe = async (call: { uri: string; clientId: string }): Promise<void> => {
      const connection = await polymq.connect(call.uri, { clientId: call.clientId })
      const session = await connection.createSession()
      const consumer = await session.createDurableConsumer(polymq.topic(`news.${call.clientId}`), 'page')
      const next = (): Promise<unknown> => consumer.receive({ timeout: 10_000 }).then((message) => message?.body)
      Object.assign(globalThis, { connection, next })
    }
    await page.evaluate(subscribe, { uri: uri(), clientId })
    const other = await playground.open()
    await page.goto('about:blank')
    await other.evaluate(
      async (call) => {
        const connection = await polymq.connect(call.uri)
        await connection.send(polymq.topic(`news.${call.clientId}`), 'while nobody looked')
        await connection.close()
      },
      { uri: uri(), clientId },
    )
    await page.goto(playground.site.origin)
    await page.evaluate(subscribe, { uri: uri(), clientId })
    expect(await page.evaluate('next()')).toBe('while nobody looked')
    await page.reload()
    await page.evaluate(subscribe, { uri: uri(), clientId })
    await page.close()
    await other.close()
  })

  it('works with another tab over the broker, each with an embedded broker of its own', async () => {
    const context = await playground.browser.newContext()
    const [first, second] = await Promise.all([tab(context), tab(context)])
    const name = unique('tabs')
    await first.evaluate(
      async ({ uri, name }) => {
        const connection = await polymq.connect(uri)
        await connection.reply(polymq.queue(name), ({ body }) => `${body}, said the first tab`)
        await (await polymq.connect('memory:same')).send(polymq.queue('own'), 'of the first tab')
      },
      { uri: uri(), name },
    )
    const answer = await second.evaluate(
      async ({ uri, name }) => {
        const connection = await polymq.connect(uri)
        const { body } = await connection.request(polymq.queue(name), 'hello', { timeout: 10_000 })
        await polymq.connect('memory:same')
        return [body, embedded.embeddedBroker('same').queueDepth('own')]
      },
      { uri: uri(), name },
    )
    expect(answer).toEqual(['hello, said the first tab', 0])
    await context.close()
  })

  it('is usable after it was frozen in the background', async () => {
    const page = await playground.open()
    const name = unique('frozen')
    await connectPage(page, [uri()], name, 500)
    const protocol = await page.context().newCDPSession(page)
    await protocol.send('Page.setWebLifecycleState', { state: 'frozen' })
    // Another page's clock: longer than the two heartbeats after which a silent broker is taken for dead.
    const other = await playground.open()
    await other.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2_000)))
    await protocol.send('Page.setWebLifecycleState', { state: 'active' })
    await roundTrip(page, name, 'awake')
    await page.close()
    await other.close()
  })

  it('goes on when the user comes back to it by the back button', async () => {
    const browser = await launchWithBackForwardCache()
    const page = await browser.newPage()
    await page.goto(playground.site.origin)
    const name = unique('back')
    await connectPage(page, [uri()], name)
    await page.goto(`${playground.site.origin}/other`)
    // A page out of that cache has no load event.
    await page.goBack({ waitUntil: 'commit' })
    expect(await page.evaluate('typeof connection')).toBe('object')
    await roundTrip(page, name, 'back again')
    await browser.close()
  })
})

async function tab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  await page.goto(playground.site.origin)
  return page
}
