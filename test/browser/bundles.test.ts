import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, bundledByEsbuild, bundledByVite } from './bundles.ts'
import { launchChromium, openPage } from './chromium.ts'
import { type Project, projectWithPackage } from './packed.ts'
import { htmlWith, type Site, serve } from './site.ts'

const MODULE = htmlWith('<script type="module" src="/orders.js"></script>')
const OUTCOME = { order: { id: 7, sku: 'A-100' }, stock: { asked: 'A-100', left: 12 }, waiting: 1 }

let browser: Browser
let project: Project

beforeAll(async () => {
  project = await projectWithPackage()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  project?.remove()
})

describe.each([
  ['esbuild', (folder: string) => bundledByEsbuild(folder, 'orders.ts')],
  ['Vite', (folder: string) => bundledByVite(folder, 'orders.ts')],
])('a page bundled by %s', (_, bundled) => {
  let bundle: Bundle
  let site: Site

  beforeAll(async () => {
    bundle = await bundled(project.folder)
    const worker = "import '/orders.js'\npostMessage(await result)"
    site = await serve({ ...bundle, '/': MODULE, '/worker.js': worker, '/blank': htmlWith('') })
  })
  afterAll(() => site?.close())

  it('works on the embedded broker', async () => {
    const { page, errors } = await openPage(browser, site.origin)
    expect(await resultOf(page)).toEqual(OUTCOME)
    expect(errors).toEqual([])
    await page.close()
  })

  it('loads the code of no protocol that it does not use, and nothing of Node', async () => {
    const loaded = site.requests.filter((path) => path.endsWith('.js'))
    expect(loaded.length).toBeGreaterThan(1)
    expect(loaded.filter((path) => /amqp|stomp/.test(path))).toEqual([])
    const code = loaded.map((path) => bundle[path]).join('')
    expect(code.match(/["']node:\w*|(?<![.\w])require\(["']|\bBuffer\.\w+|\bprocess\.\w+/g)).toBeNull()
  })

  it('works in a web worker', async () => {
    const { page, errors } = await openPage(browser, `${site.origin}/blank`)
    const result = page.evaluate(`new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' })
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
    })`)
    expect(await result).toEqual(OUTCOME)
    expect(errors).toEqual([])
    await page.close()
  })
})

it('a page that cannot load a part says which, and goes on without it', async () => {
  const contents = "import * as polymq from 'polymq'; Object.assign(globalThis, { polymq })"
  const stdin = { contents, resolveDir: project.folder, sourcefile: 'program.js' }
  const whole = await bundledByEsbuild(project.folder, undefined, { stdin })
  const parts = Object.entries(whole).filter(([path]) => !path.startsWith('/transactions-'))
  expect(parts.length).toBe(Object.keys(whole).length - 1)
  const program = htmlWith('<script type="module" src="/stdin.js"></script>')
  const site = await serve({ ...Object.fromEntries(parts), '/': program })
  const { page } = await openPage(browser, site.origin)
  const outcome = await page.evaluate(async () => {
    const { connect, queue } = globalThis.polymq
    const connection = await connect('memory:page')
    const refused = await connection.createSession({ transacted: true }).catch((error: Error) => error)
    const consumer = await (await connection.createSession()).createConsumer(queue('orders'))
    await connection.send(queue('orders'), 'one')
    return [String(refused), (await consumer.receive({ timeout: 1_000 }))?.body]
  })
  expect(outcome).toEqual([expect.stringMatching(/^ConnectionError: .*transactions.* load the page again$/), 'one'])
  await page.close()
  await site.close()
})

it('a bundle of CommonJS works on the embedded broker', async () => {
  const options = { format: 'iife', splitting: false, platform: 'browser' } as const
  const site = await serve({
    ...(await bundledByEsbuild(project.folder, 'required.cjs', options)),
    '/': htmlWith('<script src="/required.js"></script>'),
  })
  const { page, errors } = await openPage(browser, site.origin)
  expect(await resultOf(page)).toBe('by require')
  expect(errors).toEqual([])
  await site.close()
})

describe('the file for script tags', () => {
  it('makes a global with all that the package exports', async () => {
    const script = readFileSync(join(project.folder, 'node_modules/polymq/dist/polymq.min.js'))
    const site = await serve({ '/polymq.min.js': script, '/': htmlWith('<script src="/polymq.min.js"></script>') })
    const { page, errors } = await openPage(browser, site.origin)
    const names = await page.evaluate(() => Object.keys((globalThis as unknown as { polymq: object }).polymq))
    const all = [...Object.keys(await import('polymq')), ...Object.keys(await import('polymq/embedded-broker'))]
    expect(names.toSorted()).toEqual(all.toSorted())
    expect(errors).toEqual([])
    await site.close()
  })
})

/** What the page's program put in `result`. */
async function resultOf(page: Page): Promise<unknown> {
  return await page.evaluate(() => (globalThis as unknown as { result: Promise<unknown> }).result)
}
