import { execFileSync } from 'node:child_process'
import { type Browser, chromium, type LaunchOptions, type Page } from 'playwright-core'

/** A headless Chromium of one's own. */
export async function launchChromium(...args: readonly string[]): Promise<Browser> {
  return await chromium.launch(chromiumOptions(...args))
}

/** One that keeps a page which the user has left, as Chromium does for users and not for tests. */
export async function launchWithBackForwardCache(): Promise<Browser> {
  return await chromium.launch({ ...chromiumOptions(), ignoreDefaultArgs: ['--disable-back-forward-cache'] })
}

/** Where Chromium is, and what it needs to run as root. */
export function chromiumOptions(...args: readonly string[]): LaunchOptions {
  return {
    executablePath: process.env.POLYMQ_CHROMIUM ?? installed(),
    args: ['--no-sandbox', '--disable-background-networking', ...args],
  }
}

/** A page in a window of its own, which fails loudly: errors that nobody catches are collected in `errors`. */
export async function openPage(browser: Browser, address: string): Promise<{ page: Page; errors: Error[] }> {
  const page = await browser.newPage()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  await page.goto(address)
  return { page, errors }
}

function installed(): string {
  const found = execFileSync('sh', ['-c', 'command -v chromium || command -v google-chrome || true'], {
    encoding: 'utf8',
  })
  if (found !== '') return found.trim()
  throw new Error('there is no Chromium; run test/browser/setup.sh, or set POLYMQ_CHROMIUM to its path')
}
