import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** Oldest major version of Node that package.json's `engines` permits. */
const OLDEST_MAJOR = 20

/** The versions of Node that the package has to work on: the oldest, and the one that runs the tests. */
export const MAJORS: readonly number[] = [...new Set([OLDEST_MAJOR, majorOf(process.execPath)])]

/**
 * A Node of this major version: the machine's own, or else one that npm fetches.
 *
 * @throws Error saying what to do when there is none: the package is not to be taken for tested on it
 */
export async function nodeOf(major: number): Promise<string> {
  const own = [process.execPath, ...nodesOfPath()].find((path) => majorOf(path) === major)
  return own ?? (await fetchNode(major))
}

/** Those that npm has put into PATH are left out. */
function nodesOfPath(): string[] {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '' && !directory.includes('node_modules'))
    .map((directory) => join(directory, 'node'))
    .filter((path) => existsSync(path))
}

/** The package of this platform alone, which is what the package `node` chooses at its installation. */
async function fetchNode(major: number): Promise<string> {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const folder = resolve(`node_modules/.cache/node-${major}`)
  const path = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-save', `${name}@${major}`]
  try {
    await promisify(execFile)('npm', install, { cwd: folder, timeout: 110_000 })
  } catch (cause) {
    throw new Error(
      `Node ${major}, which package.json says the package works on, is not in PATH, and npm could not fetch ${name}@${major}; install Node ${major}`,
      { cause },
    )
  }
  return path
}

function majorOf(path: string): number {
  return Number(execFileSync(path, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }))
}
