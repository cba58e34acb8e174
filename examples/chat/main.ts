/** Starts the chat room: a broker unless there is one, the moderator, the page's server, and a client in this terminal. */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { addressOf, serveSite } from '../site.ts'
import type { Settings } from './page/room-client.ts'

const HELP = `A chat room: pages over STOMP, a moderator in Node, and a client in Python in this terminal.

  npm run chat -- [options]

  --broker URI        stomp://USER:PASSWORD@HOST[:PORT] or stomps://…; by default a broker in a container
  --web-socket URI    the same broker for pages: ws://USER:PASSWORD@HOST:PORT[/PATH] or wss://…
  --room NAME         lobby by default
  --port N            of the page; a free one by default
  --history N         messages that are kept for those who come late; 100 by default
  --roll-call MS      how often the moderator looks who is here; 10000 by default
  --name NAME         of the client in this terminal; Pia by default
  --allow-plaintext   lets the moderator use stomp:// to another machine
  --help`

/** Where the broker is, for programs and for pages. */
interface BrokerAddress {
  readonly broker: string
  readonly webSocket: string
  stop(): Promise<void>
}

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

try {
  const options = readOptions()
  if (options.help) console.log(HELP)
  else await run(options)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

function readOptions() {
  return parseArgs({
    options: {
      broker: { type: 'string' },
      'web-socket': { type: 'string' },
      room: { type: 'string', default: 'lobby' },
      port: { type: 'string', default: '0' },
      history: { type: 'string', default: '100' },
      'roll-call': { type: 'string', default: '10000' },
      name: { type: 'string', default: 'Pia' },
      'allow-plaintext': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values
}

async function run(options: ReturnType<typeof readOptions>): Promise<void> {
  const { room, history, name, port } = options
  await using cleanUp = new AsyncDisposableStack()
  const { broker, webSocket, stop: stopBroker } = await findBroker(options.broker, options['web-socket'])
  cleanUp.defer(stopBroker)
  const where = ['--broker', broker, '--room', room]
  const keeping = ['--history', history, '--roll-call', options['roll-call']]
  const plaintext = options['allow-plaintext'] ? ['--allow-plaintext'] : []
  const bot = start(process.execPath, [pathOf('bot.ts'), ...where, ...keeping, ...plaintext])
  cleanUp.defer(() => end(bot))
  const settings: Settings = { broker: webSocket, room }
  const site = await serveSite(new URL('page/', import.meta.url), settings, Number(port))
  cleanUp.defer(() => void site.close())
  say(`The room is open: ${addressOf(site)} (in several windows, if you like)`)
  const speaksStomp = broker.startsWith('stomp')
  const terminal = speaksStomp ? await startTerminal([...where, '--name', name]) : undefined
  if (terminal !== undefined) cleanUp.defer(() => end(terminal))
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
  await Promise.race([stopped, ended(bot)])
  if (!stop.signal.aborted) throw new Error('the moderator has ended')
}

async function findBroker(broker: string | undefined, webSocket: string | undefined): Promise<BrokerAddress> {
  if (broker !== undefined && webSocket !== undefined) return { broker, webSocket, stop: async () => {} }
  if (broker !== undefined || webSocket !== undefined) {
    throw new Error('--broker and --web-socket go together: programs use the one, pages the other')
  }
  say('Starting ActiveMQ in a container …')
  const { startBroker } = await import('../../test/brokers/index.ts')
  const started = await startBroker('activemq', { keep: false }).catch(async (error: Error) => {
    if (!error.message.includes('test/brokers/setup.sh')) throw error
    say('Its image has to be made first, which takes some minutes, once.')
    await ended(start('bash', [pathOf('../../test/brokers/setup.sh')]))
    return startBroker('activemq', { keep: false })
  })
  return {
    broker: started.uri('stomp'),
    webSocket: started.uri('stomp-ws').replace('stomp+', ''),
    stop: () => started.stop(),
  }
}

/** The client in Python reads what is typed here; undefined where there is no Python. */
async function startTerminal(args: readonly string[]): Promise<ChildProcess | undefined> {
  if ((await ended(start('bash', [pathOf('setup.sh')]))) !== 0) {
    say('There is no client in this terminal. The pages work all the same.')
    return undefined
  }
  return start(pathOf('.venv/bin/python'), [pathOf('chat.py'), ...args], 'inherit')
}

function start(
  command: string,
  args: readonly string[],
  stdio: StdioOptions = ['ignore', 'inherit', 'inherit'],
): ChildProcess {
  return spawn(command, args, { stdio })
}

/** Asks a program to end, and waits until it has. */
async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGINT')
  await ended(child)
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

function say(text: string): void {
  console.error(`chat: ${text.replace(/\s*\n\s*/g, ' ')}`)
}
