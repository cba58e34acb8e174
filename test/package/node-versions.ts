import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface NodeVersion {
  readonly major: number
  readonly path: string
}

/** Oldest major version of Node that package.json's `engines` permits. */
const OLDEST_MAJOR = 20

/** The Node that runs the tests, and the machine's own where that is another major version. */
export function nodeVersions(): NodeVersion[] {
  const pinned = { major: majorOf(process.execPath), path: process.execPath }
  const others = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '' && !directory.includes('node_modules'))
    .map((directory) => join(directory, 'node'))
    .filter((path) => existsSync(path))
    .map((path) => ({ major: majorOf(path), path }))
    .filter(({ major }) => major >= OLDEST_MAJOR)
  const byMajor = new Map<number, NodeVersion>()
  for (const version of [pinned, ...others]) if (!byMajor.has(version.major)) byMajor.set(version.major, version)
  return [...byMajor.values()]
}

function majorOf(path: string): number {
  return Number(execFileSync(path, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }))
}
