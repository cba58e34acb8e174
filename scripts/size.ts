/**
 * What a page downloads of polymq, minified and gzipped, and how much it may be at most. Fails when something is
 * larger. Needs the build; `npm run size` makes it first.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

/** Connects to the embedded broker, sends and receives. */
const PAGE = `
  import { connect, queue } from './dist/browser/index.js'
  export async function run(uri) {
    const connection = await connect(uri)
    const received = new Promise((resolve) => connection.consume(queue('orders'), resolve))
    await connection.send(queue('orders'), { id: 7 })
    await received
    await connection.close()
  }`

/** Where the page is built as a bundler does it that splits. */
const folder = mkdtempSync(join(tmpdir(), 'polymq-size-'))
try {
  const everything = filesOf(await bundle('everything', "export * from './dist/browser/index.js'"), /^everything\.js$/)
  const metafile = await bundle('page', PAGE)
  const core = filesOf(metafile, /^page\.js$/)
  const embedded = await loadedBy((page) => page.run('memory:size'))
  const network = filesOf(metafile, /\/(connect-target|websocket)-\w+\.js$/)
  const amqp = filesOf(metafile, /\/amqp10-\w+\.js$/)
  const mqtt = filesOf(metafile, /\/mqtt-\w+\.js$/)
  const stompTo = (broker: string): ReadonlySet<string> =>
    filesOf(metafile, new RegExp(`/(stomp|${broker}-profile)-\\w+\\.js$`))
  const beyond = (base: readonly ReadonlySet<string>[], added: ReadonlySet<string>): number =>
    sum(...base, added) - sum(...base)
  /** kB of 1,000 bytes. */
  report([
    { what: 'core', bytes: sum(core), limit: 19.9 },
    { what: 'core with the embedded broker', bytes: sum(core, embedded), limit: 30 },
    { what: 'what any network adds', bytes: beyond([core], network), limit: 18.1 },
    { what: 'STOMP to ActiveMQ adds to that', bytes: beyond([core, network], stompTo('activemq')), limit: 17.5 },
    { what: 'STOMP to Artemis adds to that', bytes: beyond([core, network], stompTo('artemis')), limit: 18.9 },
    { what: 'STOMP to RabbitMQ adds to that', bytes: beyond([core, network], stompTo('rabbitmq')), limit: 18.7 },
    { what: 'core, embedded and ActiveMQ', bytes: sum(core, embedded, network, stompTo('activemq')), limit: 65.5 },
    { what: 'core, embedded and Artemis', bytes: sum(core, embedded, network, stompTo('artemis')), limit: 66.9 },
    { what: 'core, embedded and RabbitMQ', bytes: sum(core, embedded, network, stompTo('rabbitmq')), limit: 66.7 },
    { what: 'AMQP 1.0 adds to that', bytes: beyond([core, network], amqp), limit: 63.6 },
    { what: 'MQTT adds to that', bytes: beyond([core, network], mqtt), limit: 19.9 },
    { what: 'core with all that it exports', bytes: sum(everything), limit: 22 },
    { what: 'polymq.min.js', bytes: zippedSize('dist/polymq.min.js'), limit: 79.7 },
    { what: 'polymq-amqp.min.js', bytes: zippedSize('dist/polymq-amqp.min.js'), limit: 71.1 },
    { what: 'polymq-mqtt.min.js', bytes: zippedSize('dist/polymq-mqtt.min.js'), limit: 29.2 },
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

/** The files that the page loads while it does something. */
async function loadedBy(
  action: (page: { run(uri: string): Promise<void> }) => Promise<void>,
): Promise<ReadonlySet<string>> {
  const files = new Set<string>()
  const directory = pathToFileURL(folder).href
  const hooks = registerHooks({
    load: (url, context, next) => {
      if (url.startsWith(directory)) files.add(basename(url))
      return next(url, context)
    },
  })
  await action(await import(`${directory}/page.js`))
  hooks.deregister()
  return files
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
