import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { Broker } from '../brokers/index.ts'

const PROGRAM = fileURLToPath(new URL('../../examples/chat/main.ts', import.meta.url))

/** The chat example, as its users start it. */
export interface Chat {
  /** Of the page. */
  readonly address: string
  /** What the client in the terminal has printed. */
  readonly terminal: Output
  /** What the example tells of itself, and its moderator. */
  readonly told: Output
  /** Types a line in the terminal. */
  type(line: string): void
  /** As Ctrl-C does. Resolves with the exit code. */
  stop(): Promise<number | null>
}

/** The package must have been built, and the client's Python environment made by examples/chat/setup.sh. */
export async function startChat(broker: Broker, args: readonly string[]): Promise<Chat> {
  const where = ['--broker', broker.uri('stomp'), '--web-socket', broker.uri('stomp-ws').replace('stomp+', '')]
  const child = spawn(process.execPath, [PROGRAM, ...where, ...args], { stdio: 'pipe' })
  const told = new Output(child.stderr)
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  const gone = exited.then((code): never => {
    throw new Error(`the chat example has ended with ${code}: ${told.lines.join('\n')}`)
  })
  gone.catch(() => {})
  const line = await Promise.race([told.line('The room is open: '), gone])
  return {
    address: /http:\S+/.exec(line)?.[0] ?? '',
    terminal: new Output(child.stdout),
    told,
    type: (text) => void child.stdin.write(`${text}\n`),
    stop: () => {
      child.kill('SIGINT')
      return exited
    },
  }
}

/** Lines of a program. */
export class Output {
  readonly lines: string[] = []
  readonly #waiting = new Set<() => void>()

  constructor(stream: Readable) {
    createInterface(stream).on('line', (line) => {
      this.lines.push(line)
      for (const look of this.#waiting) look()
    })
  }

  /** The first line with this text, once it is there. */
  line(text: string): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.lines.find((line) => line.includes(text))
        if (found === undefined) return
        this.#waiting.delete(look)
        resolve(found)
      }
      this.#waiting.add(look)
      look()
    })
  }
}

/** Somebody in the room, in a page. */
export interface Visitor {
  readonly page: Page
  /** Something that was said. */
  said(text: string): Locator
  /** Who came and went, and answers to commands. */
  notice(text: string | RegExp): Locator
  readonly typing: Locator
  readonly banner: Locator
  readonly people: Locator
  /** Writes a line, and sends it. */
  say(text: string): Promise<void>
  /** All that was said, the oldest first. */
  everything(): Promise<readonly string[]>
}

export async function visit(
  browser: Browser,
  address: string,
  name: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const page = await browser.newPage(options)
  await page.goto(address)
  await page.getByLabel('Your name').fill(name)
  await page.keyboard.press('Enter')
  const field = page.getByRole('textbox', { name: 'Message' })
  await field.waitFor()
  const log = page.getByRole('log')
  return {
    page,
    said: (text) => log.locator('li:not(.pending) .bubble').getByText(text, { exact: true }),
    notice: (text) => log.locator('.notice').getByText(text),
    typing: page.locator('#typing'),
    banner: page.locator('#banner'),
    people: page.getByRole('complementary').getByRole('listitem'),
    say: async (text) => {
      await field.fill(text)
      await field.press('Enter')
    },
    everything: () => log.locator('.bubble').allTextContents(),
  }
}
