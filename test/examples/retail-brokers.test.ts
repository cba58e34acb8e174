import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { injectedBroker } from '../brokers/injected.ts'
import { runExample } from './run-example.ts'

const PROGRAM = fileURLToPath(new URL('../../examples/retail/main.ts', import.meta.url))
/** With a broker and a pair of its own. */
const RUN_TIMEOUT = 300_000

const broker = injectedBroker('activemq')

describe.skipIf(broker === undefined)('the retail example', { timeout: RUN_TIMEOUT }, () => {
  it('moves a Java till and a stock service to Amazon MQ by another URI, and each sale is booked exactly once', async () => {
    const outcome = await runExample(PROGRAM, ['--sales', '80'])
    expect(outcome, outcome.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Every sale was booked exactly once.'),
    })
    const [, here = '', there = ''] = outcome.stdout.split(/^(?=on premises: tcp:|Amazon MQ: failover:\(ssl:)/m)
    for (const [place, killed] of [
      [here, 0],
      [there, 1],
    ] as const) {
      expect(place).toMatch(/^sales +80$/m)
      expect(place).toMatch(new RegExp(`^brokers killed +${killed}$`, 'm'))
      expect(place.match(/^ok {4}/gm)).toHaveLength(6)
    }
  })

  it('says in one line that the broker refuses the user', async () => {
    const { exitCode, stdout, stderr } = await runExample(PROGRAM, ['--broker', broker?.uri('openwire', null) ?? ''])
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^retail: .*(user|password)/i)
  })
})
