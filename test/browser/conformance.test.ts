import { resolve } from 'node:path'
import type { Plugin } from 'esbuild'
import { expect, it } from 'vitest'
import { bundledByEsbuild } from './bundles.ts'
import { launchChromium, openPage } from './chromium.ts'
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
    onLoad({ filter: /^crypto$/, namespace: 'page' }, () => ({
      contents: 'export const randomUUID = () => crypto.randomUUID()',
    }))
    onLoad({ filter: /^registry$/, namespace: 'page' }, () => ({
      contents: `const load = async () => (await import('./src/providers/memory/index.ts')).createProvider()
        export const SCHEMES = new Map([['memory', { load }]])`,
      resolveDir: resolve('.'),
    }))
  },
}

it('the embedded broker passes the whole conformance suite in a page', async () => {
  const bundle = await bundledByEsbuild(process.cwd(), 'test/browser/page/conformance.ts', {
    plugins: [forPage],
    logOverride: { 'ignored-bare-import': 'silent' },
  })
  const settings = '<script>settings = { address: "memory:conformance" }</script>'
  const page = htmlWith(`${settings}<script type="module" src="/conformance.js"></script>`)
  const site = await serve({ ...bundle, '/': page })
  const browser = await launchChromium()
  const opened = await openPage(browser, site.origin)
  const outcomes = (await opened.page.evaluate('outcomes')) as readonly Outcome[]
  expect(outcomes.filter(({ error }) => error !== undefined)).toEqual([])
  expect(outcomes.length).toBeGreaterThan(150)
  expect(opened.errors).toEqual([])
  await browser.close()
  await site.close()
}, 90_000)
