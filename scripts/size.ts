/**
 * What a page downloads of polymq, minified and gzipped, and how much it may be at most. Fails when something is
 * larger. On the embedded broker and over STOMP it is what a page loads that really connects, sends, consumes, acknowledges
 * and closes, and then does one thing more. Needs the build; `npm run size` makes it first.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import {
  type Action,
  acknowledgeAll,
  browse,
  makeTemporary,
  type Page,
  request,
  select,
  sendAndReceive,
  subscribe,
  transact,
} from './page-actions.ts'
import { StompPeer } from './stomp-peer.ts'

/** A page that does what it is told to here. */
const PAGE = "export { connect, queue, topic } from './dist/browser/index.js'"

const BROKERS = { ActiveMQ: 'ActiveMQ/6.1.7', Artemis: 'ActiveMQ-Artemis/2.44.0', RabbitMQ: 'RabbitMQ/4.2.0' } as const

/** Where the page is built as a bundler does it that splits. */
const folder = mkdtempSync(join(tmpdir(), 'polymq-size-'))
try {
  const everything = filesOf(await bundle('everything', "export * from './dist/browser/index.js'"), /^everything\.js$/)
  const metafile = await bundle('page', PAGE)
  const core = filesOf(metafile, /^page\.js$/)
  const [embedded] = await loadedBy('memory:size', sendAndReceive)
  const network = filesOf(metafile, /\/(connect-target|websocket)-\w+\.js$/)
  const amqp = filesOf(metafile, /\/amqp10-\w+\.js$/)
  const mqtt = filesOf(metafile, /\/mqtt-\w+\.js$/)
  const activemq = await overStomp('ActiveMQ')
  const artemis = await overStomp('Artemis')
  const rabbitmq = await overStomp('RabbitMQ')
  const further = async (broker: keyof typeof BROKERS, action: Action): Promise<number> => {
    const [before, after] = await overStomp(broker, action)
    return beyond([core, network, before], after)
  }
  /** kB of 1,000 bytes. */
  report([
    { what: 'core', bytes: sum(core), limit: 19.7 },
    { what: 'core with the embedded broker', bytes: sum(core, embedded), limit: 30 },
    { what: 'what any network adds', bytes: beyond([core], network), limit: 17.8 },
    { what: 'STOMP to ActiveMQ adds to that', bytes: beyond([core, network], activemq[0]), limit: 15.7 },
    { what: '  a queue browser', bytes: await further('ActiveMQ', browse), limit: 1 },
    { what: '  a transaction', bytes: await further('ActiveMQ', transact), limit: 1.2 },
    { what: '  a selector', bytes: await further('ActiveMQ', select), limit: 5.7 },
    { what: '  a durable subscription', bytes: await further('ActiveMQ', subscribe), limit: 0.1 },
    { what: '  a temporary queue', bytes: await further('ActiveMQ', makeTemporary), limit: 0.6 },
    { what: '  a request', bytes: await further('ActiveMQ', request), limit: 1.8 },
    { what: 'STOMP to Artemis adds to that', bytes: beyond([core, network], artemis[0]), limit: 16.8 },
    { what: '  a selector', bytes: await further('Artemis', select), limit: 7.4 },
    { what: '  a durable subscription', bytes: await further('Artemis', subscribe), limit: 2.2 },
    { what: '  a temporary queue', bytes: await further('Artemis', makeTemporary), limit: 0.9 },
    { what: 'STOMP to RabbitMQ adds to that', bytes: beyond([core, network], rabbitmq[0]), limit: 17.4 },
    { what: '  a durable subscription', bytes: await further('RabbitMQ', subscribe), limit: 1.8 },
    { what: '  a temporary queue', bytes: await further('RabbitMQ', makeTemporary), limit: 0.9 },
    { what: 'core, embedded and ActiveMQ', bytes: sum(core, embedded, network, activemq[0]), limit: 63.4 },
    { what: 'core, embedded and Artemis', bytes: sum(core, embedded, network, artemis[0]), limit: 64.4 },
    { what: 'core, embedded and RabbitMQ', bytes: sum(core, embedded, network, rabbitmq[0]), limit: 65 },
    { what: 'AMQP 1.0 adds to that', bytes: beyond([core, network], amqp), limit: 63.2 },
    { what: 'MQTT adds to that', bytes: beyond([core, network], mqtt), limit: 19.6 },
    { what: 'core with all that it exports', bytes: sum(everything), limit: 21.9 },
    { what: 'polymq.min.js', bytes: zippedSize('dist/polymq.min.js'), limit: 78.7 },
    { what: 'polymq-amqp.min.js', bytes: zippedSize('dist/polymq-amqp.min.js'), limit: 71.1 },
    { what: 'polymq-mqtt.min.js', bytes: zippedSize('dist/polymq-mqtt.min.js'), limit: 29.1 },
  ])
} finally {
  rmSync(folder, { recursive: true })
}

async function bundle(name: string, contents: string): Promise<Metafile> {
  const { metafile } = await build({
    stdin: { contents, resolveDir: process.cwd(), sourcefile: `${name}.js` },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    entryNames: name,
    outdir: folder,
    logLevel: 'error',
    metafile: true,
  })
  return metafile
}

/** The files that are loaded with some entry points: those they import, and those in turn. */
function filesOf({ outputs }: Metafile, entryPoint: RegExp): Set<string> {
  const found = new Set<string>()
  const visit = (path: string): void => {
    const file = basename(path)
    if (outputs[path] === undefined || found.has(file)) return
    found.add(file)
    for (const { path: next, kind } of outputs[path].imports) if (kind === 'import-statement') visit(next)
  }
  for (const [path, output] of Object.entries(outputs)) if (entryPoint.test(output.entryPoint ?? '')) visit(path)
  return found
}

/** The files that a page has loaded after it has done the first thing, and after all of them. */
async function loadedBy(
  uri: string,
  ...actions: readonly Action[]
): Promise<[ReadonlySet<string>, ReadonlySet<string>]> {
  // Each in a copy of the page: what is loaded once is not loaded again.
  const copy = mkdtempSync(`${folder}-`)
  cpSync(folder, copy, { recursive: true })
  const files = new Set<string>()
  const directory = pathToFileURL(copy).href
  const hooks = registerHooks({
    load: (url, context, next) => {
      if (url.startsWith(directory)) files.add(basename(url))
      return next(url, context)
    },
  })
  try {
    const page: Page = await import(`${directory}/page.js`)
    const after: ReadonlySet<string>[] = []
    for (const action of actions) {
      const connection = await page.connect(uri, action === subscribe ? { clientId: 'size' } : {})
      await action(connection, page)
      await connection.close()
      after.push(new Set(files))
    }
    return [after[0] as ReadonlySet<string>, files]
  } finally {
    hooks.deregister()
    rmSync(copy, { recursive: true })
  }
}

/** What a page loads that does what most do over STOMP, and then one thing more. */
async function overStomp(
  broker: keyof typeof BROKERS,
  ...more: readonly Action[]
): Promise<[ReadonlySet<string>, ReadonlySet<string>]> {
  await using peer = await StompPeer.listen(BROKERS[broker])
  return await loadedBy(peer.uri, acknowledgeAll, ...more)
}

function beyond(base: readonly ReadonlySet<string>[], added: ReadonlySet<string>): number {
  return sum(...base, added) - sum(...base)
}

function sum(...sets: readonly ReadonlySet<string>[]): number {
  const files = new Set(sets.flatMap((set) => [...set]))
  return [...files].reduce((total, file) => total + zippedSize(join(folder, file)), 0)
}

/** 0 when there is no such file. */
function zippedSize(path: string): number {
  return existsSync(path) ? gzipSync(readFileSync(path), { level: 9 }).length : 0
}

function report(rows: readonly { readonly what: string; readonly bytes: number; readonly limit: number }[]): void {
  for (const { what, bytes, limit } of rows) {
    const size = `${(bytes / 1000).toFixed(1)} kB`.padStart(8)
    console.log(`${what.padEnd(30)} ${size} of ${limit} kB${bytes > limit * 1000 ? '  TOO LARGE' : ''}`)
  }
  process.exitCode = rows.some(({ bytes, limit }) => bytes > limit * 1000) ? 1 : 0
}
