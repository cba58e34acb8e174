import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { User } from '../brokers/catalogue.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { figure, type Outcome, runExample } from './run-example.ts'

const PROGRAM = fileURLToPath(new URL('../../examples/departments/main.ts', import.meta.url))
/** Without the Python environment the first run makes it. */
const RUN_TIMEOUT = 300_000

const broker = injectedBroker('rabbitmq')

describe.skipIf(broker === undefined)('the departments example on RabbitMQ', { timeout: RUN_TIMEOUT }, () => {
  const run = (options: readonly string[], user?: User): Promise<Outcome> =>
    runExample(PROGRAM, ['--broker', broker?.uri('amqp', user) ?? '', ...options])

  it.each([
    ['pika', '1.0'],
    ['pika', '0-9-1'],
    ['proton', '0-9-1'],
  ])(
    'gets every message to everybody as it was sent: finance with %s, logistics on AMQP %s',
    async (finance, version) => {
      const outcome = await run(['--finance', finance, '--logistics', version])
      expect(outcome, outcome.stderr).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('Every message arrived exactly as it was sent.'),
      })
      const names = ['invoices', 'shipments', 'audited', 'answers']
      expect(names.map((name) => figure(outcome, name))).toEqual([300, 300, 600, 600])
    },
  )

  it('says in one line that the password is wrong, without printing it, and ends', async () => {
    const { exitCode, stdout, stderr } = await run([], { username: 'polymq', password: 'not-the-password' })
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr.trimEnd().split('\n').at(-1)).toContain('password')
    expect(stderr).not.toContain('not-the-password')
  })

  it('says what it takes when a side is not known', async () => {
    const { exitCode, stderr } = await run(['--finance', 'pikka'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('--finance takes pika or proton, not pikka')
  })
})
