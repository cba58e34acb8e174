import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeVersions } from './node-versions.ts'

const BIN = resolve('node_modules/.bin')
const CONSUMER = resolve('test/package/consumer')

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

  it('has types that resolve from CommonJS, ESM and a bundler, on both subpaths', async () => {
    const args = [tarball, '--profile', 'node16', '--format', 'ascii', '--no-emoji', '--no-color']
    const output = await run(join(BIN, 'attw'), args, folder)
    for (const subpath of ['polymq', 'polymq/embedded-broker']) {
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

  describe.each(nodeVersions())('on Node $major', ({ path }) => {
    it.each(['use.mjs', 'use.cjs'])('works from %s, and the process ends by itself', async (file) => {
      const output = await run(path, [join(folder, 'out', file)], folder)
      expect(JSON.parse(output)).toEqual([7, { left: 12 }, 'ERR_INVALID_URI', 'ERR_CONNECTION', false, 0, 't', 'seven'])
    })

    it('has one embedded broker and one kind of error, also where both builds are loaded', async () => {
      const output = await run(path, [join(folder, 'out', 'both.mjs')], folder)
      expect(JSON.parse(output)).toEqual([true, false, 'from ESM'])
    })

    it('loads no protocol library before its scheme is used', async () => {
      const program = `
        require('polymq').connect('memory:x').then((connection) => connection.close()).then(() => {
          console.log(JSON.stringify(Object.keys(require.cache)))
        })`
      const loaded = JSON.parse(await run(path, ['-e', program], folder)) as string[]
      expect(loaded.some((file) => file.includes('polymq'))).toBe(true)
      expect(loaded.filter((file) => /node_modules\/(rhea|ws)\//.test(file))).toEqual([])
    })
  })
})

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
