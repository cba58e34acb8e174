import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateOrders } from '../../examples/orders/generate-orders.ts'
import { type Broker, startBroker } from '../brokers/index.ts'
import { injectedBrokers } from '../brokers/injected.ts'
import { figure, runOrders } from './run-orders.ts'

const ORDERS = 10_000

/** Orders a second: slow enough that there are some left for the last kill. */
const RATE = 2_000

/** The broker is killed when so many orders are finished. */
const KILLS = [500, 2_500, 4_500]

describe.each(injectedBrokers('amqp').map(({ name }) => name))('the orders example on %s', (name) => {
  const directory = mkdtempSync(join(tmpdir(), 'polymq-orders-killed-'))
  const file = join(directory, 'orders.jsonl')
  let broker: Broker

  beforeAll(async () => {
    writeFileSync(file, generateOrders(ORDERS).join('\n'))
    broker = await startBroker(name, { keep: false })
  }, 120_000)
  afterAll(async () => {
    rmSync(directory, { recursive: true })
    await broker.stop()
  })

  it('handles each of 10,000 orders exactly once while the broker is killed three times', async () => {
    const kills = [...KILLS]
    let killing: Promise<void> = Promise.resolve()
    let killed = 0
    const killAndStart = async (): Promise<void> => {
      if (killed === 0) await broker.writeTopology()
      await broker.kill()
      killed += 1
      await broker.start()
    }
    const args = ['--broker', broker.uri('amqp'), '--orders', file, '--rate', String(RATE)]
    const outcome = await runOrders(args, (line) => {
      const finished = Number(/finished (\d+) of/.exec(line)?.[1])
      if (!(finished >= (kills[0] ?? Number.POSITIVE_INFINITY))) return
      kills.shift()
      killing = killing.then(killAndStart)
    })
    await killing
    expect(outcome, outcome.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('handled exactly once'),
    })
    expect(figure(outcome, 'orders')).toBe(ORDERS)
    expect(killed).toBe(KILLS.length)
  }, 240_000)
})
