/**
 * Builds what browsers get, after tsup has built the rest:
 *
 * - `dist/browser`: the package for bundlers, by the condition `browser` of `exports`. A provider is a chunk that is
 *   loaded when it is first used; the one of AMQP has in it what rhea needs of Node.
 * - `dist/polymq.min.js`: everything but AMQP and MQTT in one file that makes a global `polymq`, for script tags.
 * - `dist/polymq-amqp.min.js`, `dist/polymq-mqtt.min.js`: those two for that file, which loads them by itself.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type BuildOptions, build, type Plugin, transform } from 'esbuild'

const entryPoints = { index: 'src/index.ts', 'embedded-broker': 'src/embedded-broker.ts' }

const common = {
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  sourcemap: true,
  legalComments: 'eof',
  logLevel: 'warning',
} satisfies BuildOptions

/** What both the embedded broker and connections over a network need goes with the rest that every page loads. */
const EVERY_PAGE = ['index', 'provider/capabilities', 'collections/byte-pool', 'providers/memory/uri-options'].map(
  source,
)
/** What each protocol needs. In a page it goes over a WebSocket. */
const EVERY_NETWORK = [
  ...['connect-target', 'transport/open-transport', 'transport/websocket', 'transport/banner.browser'],
  ...['transport/prompt-transport.browser', 'transport/connect-errors.browser', 'transport/endpoint'],
  ...['provider/capability-table', 'message/jms-kind', 'collections/set-own'],
  ...['interop/types-header', 'interop/client-headers', 'interop/wildcards'],
].map(source)

/** What there is of these is loaded before the parts that are for one broker, and in use by some of them. */
const EVERY_PART_OF_A_PROVIDER = ['provider.ts', 'dialect.ts']

function source(name: string): string {
  return resolve('src', `${name}.ts`)
}

/** Marks a path that has only to be resolved. */
const RESOLVED = Symbol('resolved')

const forBundlers = { ...common, entryPoints, format: 'esm', splitting: true } satisfies BuildOptions

await build({
  ...forBundlers,
  outdir: 'dist/browser',
  plugins: [wholeParts(), rheaAsModule(), shims(), standIns('.browser.ts')],
})
await buildCommonJs()
await build({
  ...common,
  entryPoints: { 'polymq.min': 'src/script-tag.ts' },
  outdir: 'dist',
  format: 'iife',
  globalName: 'polymq',
  minify: true,
  plugins: [partsInPlace(), shims(), standIns('.script.ts', '.browser.ts')],
})
await build({
  ...common,
  entryPoints: { 'polymq-amqp.min': 'src/providers/amqp10/index.ts', 'polymq-mqtt.min': 'src/providers/mqtt/index.ts' },
  outdir: 'dist',
  format: 'esm',
  minify: true,
  plugins: [partsInPlace(), shims(), fromGlobal(), standIns('.script.ts', '.browser.ts')],
})

/** The same files with `require`, for code that a bundler or a test runner takes as CommonJS. */
async function buildCommonJs(): Promise<void> {
  const { outputFiles } = await build({
    ...forBundlers,
    sourcemap: false,
    outdir: 'dist/browser',
    outExtension: { '.js': '.cjs' },
    write: false,
    plugins: [wholeParts(), rheaAsModule(), shims(), standIns('.browser.ts')],
  })
  for (const { path, text } of outputFiles) {
    const { code } = await transform(text, {
      format: 'cjs',
      platform: 'browser',
      target: common.target,
      supported: { 'dynamic-import': false },
    })
    writeFileSync(path, code)
  }
}

/**
 * Everything that `index.ts` needs at once goes into one file, and so does all that a part needs which is loaded later.
 * Left to itself, esbuild makes a file of each set of modules that the same parts share: a dozen for every page to
 * load, each compressed without the others. So each part imports what is there when it is loaded anyway: what every page
 * has, what every connection over a network has, and the provider it belongs to.
 */
function wholeParts(): Plugin {
  return {
    name: 'whole-parts',
    setup({ onResolve, onLoad, resolve: resolveFile }) {
      onResolve({ filter: /\.ts$/ }, async ({ path, kind, resolveDir, pluginData }) => {
        if (pluginData === RESOLVED) return undefined
        const { path: file } = await resolveFile(path.replace(/^(?=\w)/, './'), {
          kind: 'import-statement',
          resolveDir,
          pluginData: RESOLVED,
        })
        const isPart = kind === 'dynamic-import' || kind === 'entry-point'
        // Without a claim to side effects, an import for nothing but that would be left out.
        return isPart ? { path: file, namespace: 'part' } : { path: file, sideEffects: true }
      })
      onLoad({ filter: /.*/, namespace: 'part' }, ({ path }) => {
        const resolveDir = dirname(path)
        const ofProvider = EVERY_PART_OF_A_PROVIDER.map((name) => resolve(resolveDir, name))
        const present = [...EVERY_PAGE, ...(isOfNetwork(path) ? EVERY_NETWORK : []), ...ofProvider]
        const imports = present.filter(existsSync).map((file) => `import ${JSON.stringify(file)}`)
        return { contents: [...imports, `export * from ${JSON.stringify(path)}`].join('\n'), resolveDir }
      })
    },
  }
}

function isOfNetwork(part: string): boolean {
  return EVERY_NETWORK.includes(part) || /providers[\\/](?!memory)/.test(part)
}

/** One file has all parts anyway: then what loads them later is a waste. See src/part.script.ts. */
function partsInPlace(): Plugin {
  return {
    name: 'parts-in-place',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/, namespace: 'file' }, ({ path }) => {
        const code = readFileSync(path, 'utf8')
        const imports: string[] = []
        const loader = /\bconst (\w+) = part\(\s*'[^']*',\s*\(\) => import\('([^']+)'\),?\s*\)/g
        const inPlace = code.replace(loader, (_, variable: string, part: string) => {
          const names = [...takenOf(variable, code, path)]
          imports.push(`import { ${names.map((name) => `${name} as part_${name}`).join(', ')} } from '${part}'`)
          return `const ${variable} = part(() => ({ ${names.map((name) => `${name}: part_${name}`).join(', ')} }))`
        })
        return { contents: [inPlace, ...imports].join('\n'), loader: 'ts' }
      })
    },
  }
}

/** What a file takes of a part: `variable(({ name }) => …)`. */
function takenOf(variable: string, code: string, path: string): Set<string> {
  const uses = code.matchAll(new RegExp(`(?<![.\\w])${variable}\\((?:\\(\\{ ([\\w, ]+) \\}\\) =>)?`, 'g'))
  const names = new Set<string>()
  for (const [use, taken] of uses) {
    if (taken === undefined) throw new Error(`${path} has ${use}… for a part; write ${variable}(({ name }) => …)`)
    for (const name of taken.split(', ')) names.add(name)
  }
  return names
}

/** A file `name.browser.ts` stands in for `name.ts` beside it; the first suffix that there is counts. */
function standIns(...suffixes: readonly string[]): Plugin {
  return {
    name: 'stand-ins',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => {
        const file = resolve(resolveDir, path)
        const found = suffixes.map((suffix) => file.replace(/\.ts$/, suffix)).find(existsSync)
        return found === undefined ? undefined : { path: found }
      })
    },
  }
}

/**
 * rhea and the `Buffer` that it uses, as one ES module: what esbuild adds for CommonJS stays in there. In the build itself it
 * would be in the file that every page loads.
 */
function rheaAsModule(): Plugin {
  return {
    name: 'rhea-as-module',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(rhea|node:buffer)$/ }, () => ({ path: 'rhea', namespace: 'module' }))
      onLoad({ filter: /.*/, namespace: 'module' }, async () => {
        const contents = "export { default } from 'rhea'; export { Buffer } from 'buffer/'"
        const { outputFiles } = await build({
          ...common,
          stdin: { contents, resolveDir: process.cwd() },
          format: 'esm',
          sourcemap: 'inline',
          write: false,
          plugins: [shims()],
        })
        return { contents: outputFiles.map(({ text }) => text).join('') }
      })
    },
  }
}

/** What is imported of Node, and the little of it that is used. */
function shims(): Plugin {
  const own: Readonly<Record<string, string>> = {
    crypto: 'crypto.ts',
    debug: 'debug.cjs',
    util: 'util.cjs',
    ...Object.fromEntries(['fs', 'net', 'os', 'path', 'tls'].map((name) => [name, 'nothing.cjs'])),
  }
  const packages: Readonly<Record<string, string>> = { buffer: 'buffer/', events: 'events/' }
  return {
    name: 'shims',
    setup(setup) {
      setup.onResolve(
        { filter: /^(node:)?(buffer|crypto|debug|events|fs|net|os|path|tls|util)$/ },
        ({ path, kind }) => {
          const name = path.replace('node:', '')
          const file = own[name]
          if (file !== undefined) return { path: resolve('scripts/browser-shims', file) }
          return setup.resolve(packages[name] ?? name, { kind, resolveDir: process.cwd() })
        },
      )
      const globals = JSON.stringify(resolve('scripts/browser-shims/globals.ts'))
      setup.onLoad({ filter: /[\\/]node_modules[\\/]rhea[\\/]/ }, ({ path }) => {
        return { contents: `const { Buffer, process } = require(${globals});${readFileSync(path, 'utf8')}` }
      })
    },
  }
}

/** Classes that there may be one of, and that the file for script tags has already. */
function fromGlobal(): Plugin {
  return {
    name: 'from-global',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/(errors|typed-number)\.ts$/ }, ({ path, resolveDir, namespace }) => {
        if (namespace === 'global') return { path }
        const file = resolve(resolveDir, path)
        return file.startsWith(dirname(resolve(entryPoints.index))) ? { path: file, namespace: 'global' } : undefined
      })
      onLoad({ filter: /.*/, namespace: 'global' }, ({ path }) => {
        const names = [...readFileSync(path, 'utf8').matchAll(/^export (?:class|function) (\w+)/gm)].map(
          ([, name = '']) => name,
        )
        const index = readFileSync(entryPoints.index, 'utf8')
        const isGlobal = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(index)
        const own = names.filter((name) => !isGlobal(name))
        const contents = [
          `export const { ${names.filter(isGlobal).join(', ')} } = globalThis.polymq`,
          ...(own.length === 0 ? [] : [`export { ${own.join(', ')} } from ${JSON.stringify(path)}`]),
        ]
        return { contents: contents.join('\n'), resolveDir: dirname(path) }
      })
    },
  }
}
