import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../../src/index.ts'
import { type BrokerName, type PortName, startBroker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { launchThrifty, openTab, type Scripted } from './background-tab.ts'
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

interface Network {
  readonly name: string
  readonly broker: BrokerName
  readonly port: PortName
}

/** Those whose brokers this run has. */
const networks = (
  [
    { name: 'AMQP on Artemis', broker: 'artemis', port: 'amqp-ws' },
    { name: 'STOMP on ActiveMQ Classic', broker: 'activemq', port: 'stomp-ws' },
    { name: 'STOMP on RabbitMQ', broker: 'rabbitmq', port: 'stomp-ws' },
  ] satisfies Network[]
).flatMap((network) => {
  const uri = injectedBroker(network.broker)?.uri(network.port)
  return uri === undefined ? [] : [{ ...network, uri, endpoint: endpointOf(uri) }]
})

function endpointOf(uri: string): string {
  const { protocol, host } = new URL(uri)
  return `${protocol}//${host}`
}

/** Waits overlap: each test has a page, queues and a browser's context of its own. */
const TOGETHER = { concurrent: true, timeout: 60_000 }

let playground: Playground

beforeAll(async () => {
  playground = await openPlayground()
})
afterAll(() => playground?.close())

/** Connects the page, and lets it consume from a queue. */
async function connectPage(
  page: Scripted,
  uris: readonly string[],
  queueName: string,
  heartbeat = 30_000,
): Promise<void> {
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
async function roundTrip(page: Scripted, queueName: string, body: string): Promise<void> {
  await page.evaluate(
    async ({ queueName, body }) => {
      await connection.send(polymq.queue(queueName), body)
      await arrived(body)
    },
    { queueName, body },
  )
}

const unique = (name: string): string => `browser.${name}.${Math.random()}`

// The start of a third broker would take more time than it tells.
const killed = networks.filter(({ broker }) => broker !== 'rabbitmq')

describe.each(killed)('a page over $name', TOGETHER, ({ uri, endpoint, broker, port }) => {
  it('goes on with the next broker when its own is killed', { timeout: 180_000 }, async () => {
    const own = await startBroker(broker, { keep: false })
    const page = await playground.open()
    const name = unique('failover')
    await connectPage(page, [own.uri(port), uri], name)
    await roundTrip(page, name, 'before')
    await own.kill()
    // Sent while there is no broker: it waits for the next one.
    await roundTrip(page, name, 'meanwhile')
    expect(await page.evaluate('resumed')).toBe(endpoint)
    expect(await page.evaluate('bodies')).toEqual(['before', 'meanwhile'])
    await page.close()
    await own.stop()
  })
})

describe.each(networks)('a page in use over $name', TOGETHER, ({ uri }) => {
  it('is interrupted when the network is gone, and goes on when it is back', async () => {
    const page = await playground.open()
    const name = unique('offline')
    await connectPage(page, [uri], name, 500)
    const interrupted = page.evaluate(
      () => new Promise<string>((resolve) => connection.once('interrupted', ({ message }) => resolve(message))),
    )
    // The event is listened for once this has been answered.
    await page.evaluate('connection.state')
    await page.context().setOffline(true)
    expect(await interrupted).toMatch(/silent|has sent nothing/)
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
    await page.evaluate(subscribe, { uri, clientId })
    const other = await playground.open()
    await page.goto('about:blank')
    await other.evaluate(
      async (call) => {
        const connection = await polymq.connect(call.uri)
        await connection.send(polymq.topic(`news.${call.clientId}`), 'while nobody looked')
        await connection.close()
      },
      { uri, clientId },
    )
    await page.goto(playground.site.origin)
    await page.evaluate(subscribe, { uri, clientId })
    expect(await page.evaluate('next()')).toBe('while nobody looked')
    await page.reload()
    await page.evaluate(subscribe, { uri, clientId })
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
      { uri, name },
    )
    const answer = await second.evaluate(
      async ({ uri, name }) => {
        const connection = await polymq.connect(uri)
        const { body } = await connection.request(polymq.queue(name), 'hello', { timeout: 10_000 })
        await polymq.connect('memory:same')
        return [body, embedded.embeddedBroker('same').queueDepth('own')]
      },
      { uri, name },
    )
    expect(answer).toEqual(['hello, said the first tab', 0])
    await context.close()
  })

  it('is usable after it was frozen in the background', async () => {
    const page = await playground.open()
    const name = unique('frozen')
    await connectPage(page, [uri], name, 500)
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

  it('gets messages in a background tab, whose timers the browser slows down', async () => {
    const browser = await launchThrifty()
    const tab = await openTab(browser, playground.site.origin)
    const name = unique('hidden')
    await connectPage(tab, [uri], name, 500)
    await tab.hide()
    // Longer than two heartbeats: each of these timers takes a second instead of 10 ms.
    const slow = await tab.evaluate(async () => {
      const { document } = globalThis as unknown as { document: { visibilityState: string } }
      const begin = performance.now()
      for (let tick = 0; tick < 4; tick++) await new Promise((resolve) => setTimeout(resolve, 10))
      return [document.visibilityState, performance.now() - begin > 2_000]
    })
    expect(slow).toEqual(['hidden', true])
    const other = await playground.open()
    await connectPage(other, [uri], unique('shown'))
    const send = async ({ name }: { name: string }): Promise<void> =>
      connection.send(polymq.queue(name), 'while hidden')
    await other.evaluate(send, { name })
    await tab.evaluate("arrived('while hidden')")
    await tab.show()
    await roundTrip(tab, name, 'shown again')
    expect(await tab.evaluate('[document.visibilityState, bodies]')).toEqual([
      'visible',
      ['while hidden', 'shown again'],
    ])
    await other.close()
    await browser.close()
  })

  it('goes on when the user comes back to it by the back button', async () => {
    const browser = await launchWithBackForwardCache()
    const page = await browser.newPage()
    await page.goto(playground.site.origin)
    const name = unique('back')
    await connectPage(page, [uri], name)
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
