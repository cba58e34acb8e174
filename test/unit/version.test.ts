import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { VERSION } from '../../src/version.ts'

test('the version that brokers are told is that of the package', () => {
  expect(VERSION).toBe(manifest.version)
})
