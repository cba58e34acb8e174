import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, it } from 'vitest'
import { connect, queue } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { injectedBroker, injectedBrokers } from '../brokers/injected.ts'
import { clockPasses, soon } from '../conformance/waiting.ts'
import type { Report } from './frozen-client.ts'
import { firstTimes, outOfOrder } from './load.ts'

const program = fileURLToPath(new URL('frozen-client.ts', import.meta.url))
/** ms; a peer with the heartbeat of that process may be silent for 2,000. */
const FROZEN = 3_000

const children: ChildProcess[] = []

afterAll(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

describe('a process that is frozen for longer than its broker waits', () => {
  it.concurrent.for(injectedBrokers('amqp').map(({ name }) => name))(
    'goes on when it thaws: %s',
    async (name, { expect }) => {
      const uri = injectedBroker(name)?.uri('amqp') ?? ''
      const numbers = queue<string>(uniqueName('frozen.numbers'))
      const orders = queue<string>(uniqueName('frozen.orders'))
      await using connection = await connect(uri)
      const received: number[] = []
      await connection.consume(numbers, ({ body }) => received.push(Number(body)))

      const client = start(uri, numbers.name, orders.name)
      await client.says('ready')
      client.process.kill('SIGSTOP')
      await clockPasses(Date.now() + FROZEN)
      await connection.send(orders, 'sent meanwhile')
      client.process.kill('SIGCONT')
      await client.says('received sent meanwhile')
      client.process.stdin?.write('end\n')
      const report = JSON.parse(await client.says('{')) as Report

      expect(report.refused).toEqual([])
      // None where the broker's bytes are read before its silence is noticed.
      expect(report.interruptions).toBeLessThanOrEqual(1)
      // No storm: it tries once, and where the broker has not let go of the connection before, a few times.
      expect(report.attempts).toBeLessThan(6)
      await expect.poll(() => firstTimes(received).length, { timeout: 10_000 }).toBe(report.confirmed.length)
      expect(new Set(received)).toEqual(new Set(report.confirmed))
      expect(outOfOrder(firstTimes(received))).toEqual([])
    },
  )
})

function start(...parameters: readonly string[]) {
  const child = spawn(process.execPath, [program, ...parameters], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const lines: string[] = []
  const output = createInterface({ input: child.stdout })
  output.on('line', (line) => lines.push(line))
  return {
    process: child,
    /** The next line that begins so. */
    says: (beginning: string): Promise<string> =>
      soon(
        (async () => {
          for (;;) {
            const found = lines.find((line) => line.startsWith(beginning))
            if (found !== undefined) return found
            await once(output, 'line')
          }
        })(),
        `the line ${beginning}`,
        20_000,
      ),
  }
}
