/** Fails the build when package.json's `exports` names a file that was not built, or an entry was built and not exported. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

type Target = string | { readonly [condition: string]: Target }

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, Target> }
const promised = Object.values(exports).flatMap(filesOf)
const missing = promised.filter((file) => !existsSync(file))

// Chunks have a hash in their name, entries have not.
const entries = readdirSync('dist').filter((file) => /^[a-z-]+\.(js|cjs|d\.ts|d\.cts)$/.test(file))
const notExported = entries.map((file) => `./dist/${file}`).filter((file) => !promised.includes(file))

for (const file of missing) console.error(`package.json exports ${file}, which tsup.config.ts does not build`)
for (const file of notExported) console.error(`tsup.config.ts builds ${file}, which package.json does not export`)
process.exitCode = missing.length + notExported.length === 0 ? 0 : 1

function filesOf(target: Target): string[] {
  return typeof target === 'string' ? [target] : Object.values(target).flatMap(filesOf)
}
