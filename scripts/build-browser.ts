/**
 * Builds what browsers get, after tsup has built the rest:
 *
 * - `dist/browser`: the package for bundlers, by the condition `browser` of `exports`. A provider is a chunk that is
 *   loaded when it is first used; the one of AMQP has in it what rhea needs of Node.
 * - `dist/polymq.min.js`: everything but AMQP in one file that makes a global `polymq`, for script tags.
 * - `dist/polymq-amqp.min.js`: AMQP for that file, which loads it by itself.
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

const forBundlers = { ...common, entryPoints, format: 'esm', splitting: true } satisfies BuildOptions

await build({ ...forBundlers, outdir: 'dist/browser', plugins: [shims(), standIns('.browser.ts')] })
await buildCommonJs()
await build({
  ...common,
  entryPoints: { 'polymq.min': 'src/script-tag.ts' },
  outdir: 'dist',
  format: 'iife',
  globalName: 'polymq',
  minify: true,
  plugins: [shims(), standIns('.script.ts', '.browser.ts')],
})
await build({
  ...common,
  entryPoints: { 'polymq-amqp.min': 'src/providers/amqp10/index.ts' },
  outdir: 'dist',
  format: 'esm',
  minify: true,
  plugins: [shims(), fromGlobal(), standIns('.browser.ts')],
})

/** The same files with `require`, for code that a bundler or a test runner takes as CommonJS. */
async function buildCommonJs(): Promise<void> {
  const { outputFiles } = await build({
    ...forBundlers,
    sourcemap: false,
    outdir: 'dist/browser',
    outExtension: { '.js': '.cjs' },
    write: false,
    plugins: [shims(), standIns('.browser.ts')],
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
      onResolve({ filter: /\/(errors|typed-number)\.ts$/ }, ({ path, resolveDir }) => {
        const file = resolve(resolveDir, path)
        return file.startsWith(dirname(resolve(entryPoints.index))) ? { path: file, namespace: 'global' } : undefined
      })
      onLoad({ filter: /.*/, namespace: 'global' }, ({ path }) => {
        const names = [...readFileSync(path, 'utf8').matchAll(/^export (?:class|function) (\w+)/gm)].map(
          ([, name]) => name,
        )
        return { contents: `export const { ${names.join(', ')} } = globalThis.polymq` }
      })
    },
  }
}
