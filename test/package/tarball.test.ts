import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const USE = `
const errors = { ...polymq }
async function main() {
  const connection = await polymq.connect('memory:packed')
  await connection.send(polymq.queue('q'), { id: 7 })
  const session = await connection.createSession()
  const consumer = await session.createConsumer(polymq.queue('q'))
  const message = await consumer.receive({ timeout: 1000 })
  await connection.close()
  console.log(JSON.stringify([message.body.id, process.version.split('.')[0]]))
}
main()
`

describe('the packed tarball', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'polymq-package-'))
    const packed = JSON.parse(
      run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], process.cwd()),
    )
    const entry = Array.isArray(packed) ? packed[0] : Object.values(packed)[0]
    writeFileSync(join(folder, 'package.json'), '{"private":true}')
    run(
      'npm',
      [
        'install',
        '--prefer-offline',
        '--no-audit',
        '--no-fund',
        join(folder, (entry as { filename: string }).filename),
      ],
      folder,
    )
    writeFileSync(join(folder, 'use.mjs'), `import * as polymq from 'polymq'\n${USE}`)
    writeFileSync(join(folder, 'use.cjs'), `const polymq = require('polymq')\n${USE}`)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(['use.mjs', 'use.cjs'])('sends and receives from %s, and the process ends by itself', (file) => {
    const [id] = JSON.parse(run(process.execPath, [join(folder, file)], folder))
    expect(id).toBe(7)
  })
})

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, [...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 100_000,
  })
}
