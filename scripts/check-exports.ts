/** Fails the build when package.json's `exports` names a file that was not built, or an entry was built and not exported. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

type Target = string | { readonly [condition: string]: Target }

const { exports, unpkg, jsdelivr } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly exports: Readonly<Record<string, Target>>
  readonly unpkg: string
  readonly jsdelivr: string
}
const promised = [...Object.values(exports).flatMap(filesOf), unpkg, jsdelivr]
const missing = promised.filter((file) => !existsSync(file))

// Chunks have a hash in their name, entries have not.
const entries = ['./dist', './dist/browser'].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => /^[a-z-]+\.(js|cjs|d\.ts|d\.cts)$/.test(file))
    .map((file) => `${folder}/${file}`),
)
const notExported = entries.filter((file) => !promised.includes(file))

for (const file of missing) console.error(`package.json exports ${file}, which the build does not make`)
for (const file of notExported) console.error(`the build makes ${file}, which package.json does not export`)
process.exitCode = missing.length + notExported.length === 0 ? 0 : 1

function filesOf(target: Target): string[] {
  return typeof target === 'string' ? [target] : Object.values(target).flatMap(filesOf)
}
