/**
 * What a page downloads of polymq, minified and gzipped, and how much it may be at most. Fails when something is
 * larger. Needs the build; `npm run size` makes it first.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

/** As a bundler does it that splits: a page that imports all of the package. */
const { outputFiles, metafile } = await build({
  stdin: { contents: "export * from './dist/browser/index.js'", resolveDir: process.cwd(), sourcefile: 'page.js' },
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  outdir: 'size',
  write: false,
  logLevel: 'error',
  metafile: true,
})
const zippedSizes = new Map(outputFiles.map(({ path, contents }) => [basename(path), zipped(contents)]))

const core = filesOf(/^page\.js$/, 'import-statement')
const embedded = filesOf(/\/memory-\w+\.js$/, 'import-statement')
const failover = filesOf(/\/failover-provider-\w+\.js$/, 'import-statement')
const stomp = filesOf(/\/stomp-\w+\.js$/, 'import-statement', 'dynamic-import')
const amqp = filesOf(/\/amqp10-\w+\.js$/, 'import-statement', 'dynamic-import')

/** kB of 1,000 bytes. */
const rows = [
  { what: 'core', bytes: sum(core), limit: 37 },
  { what: 'core with the embedded broker', bytes: sum(core, embedded), limit: 50 },
  { what: 'what any network adds', bytes: sum(core, failover) - sum(core), limit: 5 },
  { what: 'what STOMP adds', bytes: sum(core, stomp) - sum(core), limit: 18 },
  { what: 'what AMQP 1.0 adds', bytes: sum(core, amqp) - sum(core), limit: 65 },
  { what: 'polymq.min.js', bytes: zippedFile('dist/polymq.min.js'), limit: 66 },
  { what: 'polymq-amqp.min.js', bytes: zippedFile('dist/polymq-amqp.min.js'), limit: 68 },
]

for (const { what, bytes, limit } of rows) {
  const size = `${(bytes / 1000).toFixed(1)} kB`.padStart(8)
  console.log(`${what.padEnd(30)} ${size} of ${limit} kB${bytes > limit * 1000 ? '  TOO LARGE' : ''}`)
}
process.exitCode = rows.some(({ bytes, limit }) => bytes > limit * 1000) ? 1 : 0

/** The files that are loaded with one: those it imports, and those in turn. None when there is no such file. */
function filesOf(entryPoint: RegExp, ...kinds: readonly string[]): Set<string> {
  const entries = Object.entries(metafile.outputs).filter(([, output]) => entryPoint.test(output.entryPoint ?? ''))
  const found = new Set<string>()
  const visit = (path: string): void => {
    const output: Metafile['outputs'][string] | undefined = metafile.outputs[path]
    if (output === undefined || found.has(basename(path))) return
    found.add(basename(path))
    for (const { path: next, kind } of output.imports) if (kinds.includes(kind)) visit(next)
  }
  for (const [path] of entries) visit(path)
  return found
}

function sum(...sets: readonly ReadonlySet<string>[]): number {
  const files = new Set(sets.flatMap((set) => [...set]))
  return [...files].reduce((total, file) => total + (zippedSizes.get(file) ?? 0), 0)
}

function zippedFile(path: string): number {
  return existsSync(path) ? zipped(readFileSync(path)) : 0
}

function zipped(contents: Uint8Array): number {
  return gzipSync(contents, { level: 9 }).length
}
