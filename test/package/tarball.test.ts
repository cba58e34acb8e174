import { execFile, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ScriptedPeer } from '../unit/failover/scripted-peer.ts'
import { MAJORS, nodeOf } from './node-versions.ts'

const BIN = resolve('node_modules/.bin')
const CONSUMER = resolve('test/package/consumer')

/** What no public type may have: the platform's own bytes, modules of Node, protocol libraries. */
const FOREIGN = /\bBuffer\b|['"](?:node:[\w/]+|rhea|ws)['"]|NodeJS\.\w+/g

/** A project that has the packed tarball as its one dependency, and its programs compiled by `tsc`. */
const folder = mkdtempSync(join(tmpdir(), 'polymq-package-'))
let tarball: string
/** What the compiler complained of. */
let complaints: string

beforeAll(async () => {
  const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], process.cwd())
  // npm 11 and before print a list, npm 12 an object by package name.
  const [entry] = Object.values(JSON.parse(packed)) as { filename: string }[]
  tarball = join(folder, entry?.filename ?? '')
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], folder)
  cpSync(CONSUMER, folder, { recursive: true })
  const compiling = run(join(BIN, 'tsc'), ['-p', '.', '--typeRoots', resolve('node_modules/@types')], folder)
  complaints = await compiling.catch((error: Error) => error.message)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the packed tarball', () => {
  it('has nothing that publint complains of', async () => {
    const output = await run(join(BIN, 'publint'), [tarball, '--strict'], folder)
    expect(output).toContain('All good!')
  })

  it('has types that resolve from CommonJS, ESM and a bundler, on each subpath', async () => {
    const args = [tarball, '--profile', 'node16', '--format', 'ascii', '--no-emoji', '--no-color']
    const output = await run(join(BIN, 'attw'), args, folder)
    for (const subpath of ['polymq', 'polymq/embedded-broker', 'polymq/rabbitmq']) {
      const [, section = ''] = output.split(`"${subpath}"`)
      const resolutions = section.split('***')[0]
      expect(resolutions).toMatch(/node16 \(from CJS\): OK \(CJS\)/)
      expect(resolutions).toMatch(/node16 \(from ESM\): OK \(ESM\)/)
      expect(resolutions).toMatch(/bundler: OK/)
    }
  })

  it('type-checks in an ESM and in a CommonJS program, its declarations too', () => {
    expect(complaints).toBe('')
  })

  it.each([
    ['an ESM project', 'main.ts', '{"type":"module"}'],
    ['a CommonJS project', 'main.cjs', '{"type":"commonjs"}'],
  ])('runs the orders example from %s', async (project, main, manifest) => {
    const example = join(folder, project.replaceAll(' ', '-'))
    cpSync('examples/orders', example, { recursive: true })
    writeFileSync(join(example, 'package.json'), manifest)
    // The example's own schema library, which polymq does not bring along.
    mkdirSync(join(example, 'node_modules'))
    symlinkSync(resolve('node_modules/zod'), join(example, 'node_modules', 'zod'))
    if (main.endsWith('.cjs')) await bundleAsCommonJs(join(example, 'main.ts'), join(example, main))
    const output = await run(
      process.execPath,
      [join(example, main), '--orders', join(example, 'orders.jsonl')],
      example,
    )
    expect(output).toContain('Every order was handled exactly once.')
  })

  it('has declarations without Buffer, and with nothing of Node or a protocol library', () => {
    const declarations = globSync(join(folder, 'node_modules/polymq/dist/**/*.d.{ts,cts,mts}'))
    expect(declarations.length).toBeGreaterThanOrEqual(4)
    const mentions = declarations.flatMap((file) => readFileSync(file, 'utf8').match(FOREIGN) ?? [])
    expect(mentions).toEqual([])
  })

  describe.each(MAJORS)('on Node %s', (major) => {
    let node: string
    beforeAll(async () => {
      node = await nodeOf(major)
    })

    it.each(['use.mjs', 'use.cjs'])('works from %s, and the process ends by itself', async (file) => {
      const output = await run(node, [join(folder, 'out', file)], folder)
      expect(JSON.parse(output)).toEqual([
        7,
        { left: 12 },
        'ERR_INVALID_URI',
        'ERR_CONNECTION',
        false,
        0,
        't',
        'seven',
        'polymq/rabbitmq',
      ])
    })

    it('has one embedded broker and one kind of error, also where both builds are loaded', async () => {
      const output = await run(node, [join(folder, 'out', 'both.mjs')], folder)
      expect(JSON.parse(output)).toEqual([true, false, 'from ESM'])
    })

    it.each([
      ['memory:x', ['memory'], []],
      ['amqp://127.0.0.1:1', ['amqp10'], ['rhea']],
      ['amqp+ws://127.0.0.1:1', ['amqp10'], ['rhea', 'ws']],
      ['stomp://127.0.0.1:1', ['stomp'], []],
      ['stomp+ws://127.0.0.1:1', ['stomp'], ['ws']],
    ])('loads for %s what that needs, and nothing of another protocol', async (uri, providers, libraries) => {
      const program = `
        const end = () => console.log(JSON.stringify(Object.keys(require.cache)))
        require('polymq').connect('${uri}').then((connection) => connection.close()).then(end, end)`
      const loaded = JSON.parse(await run(node, ['-e', program], folder)) as string[]
      expect(providersIn(loaded)).toEqual(providers)
      expect(librariesIn(loaded)).toEqual(libraries)
    })

    it.each([
      ['connected', 'opens', { failover: false }],
      ['connected with failover', 'opens', {}],
      ['looking for its broker', 'closes', {}],
    ] as const)('is kept alive by a connection that is %s, until that closes', async (_, then, options) => {
      const peer = await ScriptedPeer.listen('opens')
      const settings = JSON.stringify({ ...options, heartbeat: 0, closeTimeout: 100 })
      const program = `
        require('polymq').connect('${peer.uri}', ${settings}).then((connection) => {
          const tell = () => console.log(connection.state, process.getActiveResourcesInfo().join())
          process.once('SIGTERM', () => connection.close())
          connection.on('reconnecting', ({ attempt }) => { if (attempt === 2) setImmediate(tell) })
          tell()
        })`
      const child = spawn(node, ['-e', program], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
      const lines = on(createInterface(child.stdout), 'line')
      expect((await lines.next()).value).toEqual([expect.stringMatching(/^connected .*TCPSocketWrap/)])
      if (then === 'closes') {
        peer.behaviour = 'closes'
        peer.cut()
        expect((await lines.next()).value).toEqual([expect.stringMatching(/^interrupted .*(Timeout|TCPSocketWrap)/)])
      }
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      expect(await ended).toEqual([0, null])
      peer.close()
    })

    // Nothing can come to it that this process does not send.
    it('is not kept alive by a connection to the embedded broker', async () => {
      const program = `
        const { connect, queue } = require('polymq')
        connect('memory:x').then((connection) => connection.consume(queue('orders'), () => {}))
          .then(({ destination }) => console.log(destination.name))`
      expect(await run(node, ['-e', program], folder)).toBe('orders\n')
    })
  })
})

/** The providers whose sources are in these files, by the source maps beside them. */
function providersIn(files: readonly string[]): string[] {
  const sources = files
    .filter((file) => existsSync(`${file}.map`) && file.includes('polymq'))
    .flatMap((file) => (JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] }).sources)
  return found(sources, /providers\/(\w+)\/(?!uri-options)/)
}

function librariesIn(files: readonly string[]): string[] {
  return found(files, /node_modules\/(rhea|ws)\//)
}

function found(texts: readonly string[], pattern: RegExp): string[] {
  return [...new Set(texts.flatMap((text) => pattern.exec(text)?.[1] ?? []))].sort()
}

/** The same program with `require` in place of `import`; the packages stay outside. */
async function bundleAsCommonJs(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    packages: 'external',
    define: { 'import.meta.url': 'moduleUrl', 'import.meta.main': 'false' },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href" },
  })
}

/** What it printed; when it fails, an error that tells all of it. */
async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, encoding: 'utf8', timeout: 100_000 })
    return stdout
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string }
    throw new Error(`${message}\n${stdout ?? ''}`, { cause: error })
  }
}
