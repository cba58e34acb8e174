import { describe, expect, it } from 'vitest'
import type { User } from '../brokers/catalogue.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { figure, type Outcome, runOrders } from './run-orders.ts'

const RUN_TIMEOUT = 120_000

describe.each(['activemq', 'artemis', 'rabbitmq'] as const)('the orders example on %s', (name) => {
  const broker = injectedBroker(name)

  describe.skipIf(broker === undefined)('over AMQP 1.0', { timeout: RUN_TIMEOUT }, () => {
    const run = (options: readonly string[], user?: User): Promise<Outcome> =>
      runOrders(['--broker', broker?.uri('amqp', user) ?? '', ...options])

    it('handles every order of the file exactly once', async () => {
      const outcome = await run([])
      expect(outcome).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('handled exactly once') })
      expect(figure(outcome, 'orders')).toBe(3_000)
    })

    it('handles every order exactly once when the service dies between its two commits', async () => {
      const outcome = await run(['--crash'])
      expect(outcome).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('handled exactly once') })
      expect(figure(outcome, 'delivered again')).toBeGreaterThan(0)
    })

    it('says in one line that the password is wrong, without printing it, and ends', { timeout: 20_000 }, async () => {
      const { exitCode, stdout, stderr } = await run([], { username: 'polymq', password: 'not-the-password' })
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
      expect(stderr.trimEnd().split('\n')).toHaveLength(1)
      expect(stderr).toContain('password')
      expect(stderr).not.toContain('not-the-password')
    })
  })
})
