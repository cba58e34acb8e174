import { transform } from 'esbuild'
import { defineConfig, type Options } from 'tsup'

/** The package's subpaths, as `exports` in package.json names them. */
const entry = {
  index: 'src/index.ts',
  'embedded-broker': 'src/embedded-broker.ts',
  rabbitmq: 'src/rabbitmq.ts',
}

const javascript: Options = {
  entry,
  format: 'esm',
  target: ['node20', 'es2022'],
  splitting: true,
  sourcemap: true,
  removeNodeProtocol: false,
  silent: true,
}

/**
 * tsup splits CommonJS with sucrase, which also turns each `?.` and `??` into a call with closures: too slow on the way
 * of a message. So the CommonJS build is the ESM build with esbuild changing nothing but the module system.
 * `import()` becomes a deferred `require`, which also works where CommonJS has no `import()` (Jest, `node:vm`).
 */
const toCommonJs: NonNullable<Options['plugins']>[number] = {
  name: 'to-commonjs',
  async renderChunk(code, chunk) {
    if (!chunk.path.endsWith('.cjs')) return undefined
    const result = await transform(code + inlineSourceMap(chunk.map), {
      format: 'cjs',
      platform: 'node',
      target: ['node20', 'es2022'],
      supported: { 'dynamic-import': false },
      sourcemap: 'external',
    })
    // Set here, not returned: tsup would compose it with the first map again, which esbuild has already done.
    chunk.map = result.map
    return { code: result.code }
  },
}

function inlineSourceMap(map: unknown): string {
  if (map === undefined || map === null) return ''
  const json = typeof map === 'string' ? map : JSON.stringify(map)
  return `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(json).toString('base64')}\n`
}

export default defineConfig([
  javascript,
  { ...javascript, outExtension: () => ({ js: '.cjs' }), plugins: [toCommonJs] },
  { entry, format: ['esm', 'cjs'], dts: { only: true }, silent: true },
])
