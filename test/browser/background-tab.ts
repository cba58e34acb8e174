import { type Browser, chromium } from 'playwright-core'
import { chromiumOptions } from './chromium.ts'

/** What code of a test is run in: a page of Playwright, or a tab. */
export interface Scripted {
  evaluate<Argument, Result>(
    code: ((argument: Argument) => Result) | string,
    argument?: Argument,
  ): Promise<Awaited<Result>>
}

/** A tab in a window with others, which is hidden when another one is in front. Playwright's pages always are in front. */
export interface Tab extends Scripted {
  hide(): Promise<void>
  show(): Promise<void>
}

/** What Playwright starts Chromium with against the thrift that users have. */
const AGAINST_THRIFT = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
]

/** A Chromium that slows hidden tabs down, as that of users does. */
export async function launchThrifty(): Promise<Browser> {
  return await chromium.launch({ ...chromiumOptions(), ignoreDefaultArgs: AGAINST_THRIFT })
}

/** Opens an address in a tab, in front; resolves when the page has loaded. */
export async function openTab(browser: Browser, address: string): Promise<Tab> {
  const protocol = await browser.newBrowserCDPSession()
  const { targetId } = await protocol.send('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await protocol.send('Target.attachToTarget', { targetId })
  const answers = new Map<number, (answer: Answer) => void>()
  let loaded = (): void => {}
  protocol.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, method, ...answer } = JSON.parse(message)
    if (method === 'Page.loadEventFired') loaded()
    answers.get(id)?.(answer)
    answers.delete(id)
  })
  let last = 0
  const call = async (method: string, params: object = {}): Promise<Evaluated> => {
    const id = ++last
    const answered = new Promise<Answer>((resolve) => answers.set(id, resolve))
    await protocol.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) })
    const { result, error } = await answered
    if (result === undefined) throw new Error(`${method}: ${error?.message}`)
    return result
  }
  const load = new Promise<void>((resolve) => {
    loaded = resolve
  })
  await call('Page.enable')
  await call('Page.navigate', { url: address })
  await load
  return {
    evaluate: async (code, argument) => {
      const expression = typeof code === 'string' ? code : `(${code})(${JSON.stringify(argument)})`
      const { result, exceptionDetails } = await call('Runtime.evaluate', { expression, ...BY_VALUE })
      if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? 'it threw')
      return result?.value as never
    },
    hide: async () => {
      await protocol.send('Target.createTarget', { url: 'about:blank' })
    },
    show: async () => {
      await protocol.send('Target.activateTarget', { targetId })
    },
  }
}

const BY_VALUE = { awaitPromise: true, returnByValue: true }

interface Answer {
  readonly result?: Evaluated
  readonly error?: { readonly message: string }
}

interface Evaluated {
  readonly result?: { readonly value: unknown }
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string } }
}
