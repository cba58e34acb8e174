/**
 * Adds to package-lock.json the optional per-platform packages that npm left out because the registry in use does not
 * carry them. Without them `npm ci` calls the lock file out of step with package.json, on every machine.
 * Run it after `npm install`: `node scripts/lock-platforms.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface LockedPackage {
  version?: string
  dev?: boolean
  optional?: boolean
  license?: string
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

const lockPath = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(lockPath, 'utf8')) as { packages: Record<string, LockedPackage> }

let added = 0
for (const owner of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    const platform = platformOf(name)
    if (lock.packages[path] !== undefined || platform === undefined) continue
    lock.packages[path] = {
      version,
      ...platform,
      ...(owner.dev === undefined ? {} : { dev: owner.dev }),
      ...(owner.license === undefined ? {} : { license: owner.license }),
      optional: true,
    }
    added += 1
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(lockPath, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`package-lock.json: ${added} platform packages added`)

/** Reads `os`, `cpu` and `libc` from a name such as `@scope/cli-linux-x64-musl`; undefined when it is no platform package. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> | undefined {
  const match = /-(android|darwin|freebsd|linux|openbsd|netbsd|openharmony|win32)-([a-z0-9]+)(?:-([a-z]+))?$/.exec(name)
  if (match === null) return undefined
  const [, os, cpu, abi] = match
  if (os === undefined || cpu === undefined) return undefined
  const libc = abi?.startsWith('musl') ? 'musl' : abi?.startsWith('gnu') && os === 'linux' ? 'glibc' : undefined
  return { os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) }
}
