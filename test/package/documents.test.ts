import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as polymq from '../../src/index.ts'

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  ...globSync(['docs/*.md', '{bench,examples/*,test/brokers}/README.md']),
]
const SOURCES = globSync('{src,bench,test,scripts,examples}/**/*.ts', { exclude: ['**/node_modules/**'] })

describe('docs/errors.md', () => {
  const text = readFileSync('docs/errors.md', 'utf8')
  const source = readFileSync('src/errors.ts', 'utf8')
  const codes = [...source.matchAll(/^mark\((\w+), '(\w+)'\)$/gm)].map(([, name = '', code = '']) => [name, code])

  it('has read the errors from the source', () => {
    expect(codes.length).toBeGreaterThan(15)
    expect(codes.every(([name = '']) => name in polymq)).toBe(true)
  })

  it.each(codes)('has a row for %s', (name, code) => {
    expect(text).toMatch(new RegExp(`^\\| \`${name}\` +\\| \`${code}\` +\\|`, 'm'))
  })
})

describe.each(DOCUMENTS)('%s', (document) => {
  const text = readFileSync(document, 'utf8')

  it('links to files that exist', () => {
    const targets = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target)
    expect(targets.filter((target) => !existsSync(join(dirname(document), target)))).toEqual([])
  })

  it('names source files that exist', () => {
    const names = [...text.matchAll(/`([\w./-]+\.(?:m|c)?ts)`/g)].map(([, name = '']) => name)
    const known = (name: string): boolean =>
      existsSync(name) || SOURCES.some((file) => file === name || file.endsWith(`/${name}`))
    expect(names.filter((name) => !known(name))).toEqual([])
  })
})
