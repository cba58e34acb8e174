import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A project of a user, with the packed package in `node_modules` and nothing else. */
export interface Project {
  readonly folder: string
  remove(): void
}

export async function projectWithPackage(): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'polymq-browser-'))
  const installed = join(folder, 'node_modules/polymq')
  mkdirSync(installed, { recursive: true })
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const { stdout } = await run('npm', args, { encoding: 'utf8' })
  // npm 11 and before print a list, npm 12 an object by package name.
  const [packed] = Object.values(JSON.parse(stdout)) as { filename: string }[]
  await run('tar', ['-xzf', join(folder, packed?.filename ?? ''), '-C', installed, '--strip-components=1'])
  cpSync('test/browser/page', folder, { recursive: true })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
