import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Plugin } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Broker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import {
  ACTIVEMQ_OVER_WEBSOCKET,
  ARTEMIS_OVER_WEBSOCKET,
  RABBITMQ_OVER_WEBSOCKET,
} from '../conformance/stomp-settings.ts'
import type { Subject } from '../conformance/suite.ts'
import { type Bundle, bundledByEsbuild } from './bundles.ts'
import { launchChromium, openPage } from './chromium.ts'
import type { PageSettings } from './page/conformance.ts'
import type { Outcome } from './page/vitest.ts'
import { htmlWith, serve } from './site.ts'

/** The suite's imports as a page has them: the built package in place of its source, and a small vitest. */
const forPage: Plugin = {
  name: 'for-page',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/src\/index\.ts$/ }, () => ({ path: resolve('dist/browser/index.js') }))
    onResolve({ filter: /^vitest$/ }, () => ({ path: resolve('test/browser/page/vitest.ts') }))
    onResolve({ filter: /^node:crypto$/ }, () => ({ path: 'crypto', namespace: 'page' }))
    onResolve({ filter: /\/providers\/registry\.ts$/ }, () => ({ path: 'registry', namespace: 'page' }))
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const forBrowsers = resolve(resolveDir, path).replace(/\.ts$/, '.browser.ts')
      return existsSync(forBrowsers) ? { path: forBrowsers } : undefined
    })
    onLoad({ filter: /^crypto$/, namespace: 'page' }, () => ({
      contents: 'export const randomUUID = () => crypto.randomUUID()',
    }))
    onLoad({ filter: /^registry$/, namespace: 'page' }, () => ({
      contents: `const memory = async () => (await import('./src/providers/memory/index.ts')).createProvider()
        const stomp = async () => (await import('./src/providers/stomp/index.ts')).createProvider()
        export const SCHEMES = new Map([['memory', { load: memory }], ['stomp+ws', { load: stomp }]])`,
      resolveDir: resolve('.'),
    }))
  },
}

/** What a network can change; the rest of the suite is about client and broker, in Node as here. */
const OVER_WEBSOCKET: readonly Subject[] = [
  ...(['message kinds', 'headers', 'properties', 'sending', 'receiving'] as const),
  ...(['ordering', 'topics', 'durable subscriptions', 'browsing', 'temporary destinations'] as const),
  ...(['request and reply', 'back-pressure', 'closing', 'errors'] as const),
]

let bundle: Bundle
let browser: Browser

beforeAll(async () => {
  bundle = await bundledByEsbuild(process.cwd(), 'test/browser/page/conformance.ts', {
    plugins: [forPage],
    logOverride: { 'ignored-bare-import': 'silent' },
  })
  browser = await launchChromium()
})
afterAll(() => browser?.close())

/** Runs the suite in a page of its own. */
async function outcomesOf(settings: PageSettings): Promise<readonly Outcome[]> {
  const script = `<script>settings = ${JSON.stringify(settings)}</script>`
  const page = htmlWith(`${script}<script type="module" src="/conformance.js"></script>`)
  const site = await serve({ ...bundle, '/': page })
  const opened = await openPage(browser, site.origin)
  await opened.page.waitForFunction("'outcomes' in globalThis", undefined, { timeout: 170_000, polling: 200 })
  const outcomes = (await opened.page.evaluate('outcomes')) as readonly Outcome[]
  expect(opened.errors).toEqual([])
  await opened.page.close()
  await site.close()
  return outcomes
}

const failed = (outcomes: readonly Outcome[]): readonly Outcome[] => outcomes.filter(({ error }) => error !== undefined)

/** Where the page connects to, over STOMP. */
function addresses(broker: Broker): Pick<PageSettings, 'address' | 'wrongAddress'> {
  return { address: broker.uri('stomp-ws'), wrongAddress: broker.uri('stomp-ws', { ...broker, password: 'wrong' }) }
}

it('the embedded broker passes the whole conformance suite in a page', async () => {
  const outcomes = await outcomesOf({
    address: 'memory:conformance',
    limitedAddress: 'memory:conformance.limited?maxBytesPerDestination=1048576',
    patience: 5_000,
    silence: 50,
  })
  expect(failed(outcomes)).toEqual([])
  expect(outcomes.length).toBeGreaterThan(150)
}, 90_000)

it('ActiveMQ Classic over STOMP passes in a page what a network can change', {
  concurrent: true,
  skip: injectedBroker('activemq') === undefined,
  timeout: 180_000,
}, async () => {
  const { deadLetterQueue, ...settings } = ACTIVEMQ_OVER_WEBSOCKET
  const outcomes = await outcomesOf({
    ...settings,
    ...addresses(injectedBroker('activemq') as Broker),
    deadLetters: 'ActiveMQ.DLQ',
    subjects: [...OVER_WEBSOCKET, 'listening', 'consumers'],
  })
  expect(failed(outcomes)).toEqual([])
  expect(outcomes.length).toBeGreaterThan(100)
})

it('Artemis over STOMP passes in a page what a network can change', {
  concurrent: true,
  skip: injectedBroker('artemis') === undefined,
  timeout: 180_000,
}, async () => {
  const outcomes = await outcomesOf({
    ...ARTEMIS_OVER_WEBSOCKET,
    ...addresses(injectedBroker('artemis') as Broker),
    subjects: [...OVER_WEBSOCKET, 'listening', 'consumers'],
  })
  expect(failed(outcomes)).toEqual([])
  expect(outcomes.length).toBeGreaterThan(100)
})

it('RabbitMQ over STOMP passes in a page what a network can change', {
  concurrent: true,
  skip: injectedBroker('rabbitmq') === undefined,
  timeout: 180_000,
}, async () => {
  const outcomes = await outcomesOf({
    ...RABBITMQ_OVER_WEBSOCKET,
    ...addresses(injectedBroker('rabbitmq') as Broker),
    subjects: OVER_WEBSOCKET,
  })
  expect(failed(outcomes)).toEqual([])
  expect(outcomes.length).toBeGreaterThan(100)
})
