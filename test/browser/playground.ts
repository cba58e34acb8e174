import type { Browser, Page } from 'playwright-core'
import { bundledByEsbuild } from './bundles.ts'
import { launchChromium, openPage } from './chromium.ts'
import { htmlWith, type Site, serve } from './site.ts'

/** What code of a test that runs in a page finds there. */
declare global {
  var polymq: typeof import('polymq')
  var embedded: typeof import('polymq/embedded-broker')
}

const PROGRAM = `
  import * as polymq from 'polymq'
  import * as embedded from 'polymq/embedded-broker'
  Object.assign(globalThis, { polymq, embedded })`

/** Runs code that it is sent, with an argument, and answers with what comes of it. */
const WORKER = `
  import '/stdin.js'
  onmessage = async ({ data: [code, argument] }) => postMessage(await (0, eval)(code)(argument))`

/** Pages that have the built package as the global `polymq`. */
export interface Playground {
  readonly browser: Browser
  readonly site: Site
  /** A new page in a window of its own. */
  open(path?: string): Promise<Page>
  /** Throws when something went wrong in a page that nobody has seen. */
  close(): Promise<void>
}

export async function openPlayground(secure = false, ...args: readonly string[]): Promise<Playground> {
  const bundle = await bundledByEsbuild(process.cwd(), undefined, {
    // Outside node_modules esbuild tells of imports that it has rightly dropped.
    logOverride: { 'ignored-bare-import': 'silent' },
    stdin: { contents: PROGRAM, resolveDir: process.cwd(), sourcefile: 'program.js' },
  })
  const module = htmlWith('<script type="module" src="/stdin.js"></script>')
  const site = await serve({ ...bundle, '/': module, '/other': module, '/worker.js': WORKER }, secure)
  const browser = await launchChromium(...args)
  const unseen: Error[] = []
  return {
    browser,
    site,
    open: async (path = '/') => {
      const { page, errors } = await openPage(browser, site.origin + path)
      page.on('close', () => unseen.push(...errors))
      return page
    },
    close: async () => {
      for (const context of browser.contexts()) await context.close()
      await browser.close()
      await site.close()
      if (unseen.length > 0) throw new AggregateError(unseen, 'errors in pages that nobody handled')
    },
  }
}
