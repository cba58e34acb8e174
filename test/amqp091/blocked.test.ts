import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, connect, queue } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { type Broker, startBroker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { soon } from '../conformance/waiting.ts'
import { resumed } from '../failover/application.ts'

describe.skipIf(injectedBroker('rabbitmq') === undefined)('a RabbitMQ that is low on memory', () => {
  let broker: Broker
  const limit = (value: string) => broker.execute(['rabbitmqctl', 'set_vm_memory_high_watermark', 'absolute', value])

  beforeAll(async () => {
    broker = await startBroker('rabbitmq', { keep: false })
  }, 120_000)
  afterAll(() => broker?.stop())

  /** What the connection tells, in order. */
  function watched(connection: Connection): {
    readonly told: string[]
    next(name: 'blocked' | 'unblocked'): Promise<unknown>
  } {
    const told: string[] = []
    connection.on('blocked', (reason) => told.push(`blocked: ${reason}`))
    connection.on('unblocked', () => told.push('unblocked'))
    connection.on('interrupted', () => told.push('interrupted'))
    connection.on('closed', () => told.push('closed'))
    return {
      told,
      next: (name) => soon(new Promise<void>((resolve) => connection.once(name, () => resolve())), name, 30_000),
    }
  }

  it.each([undefined, false] as const)(
    'says so, and when it takes messages again: failover %s',
    async (failover) => {
      await using connection = await connect(broker.uri('amqp091'), failover === undefined ? {} : { failover })
      const name = uniqueName('blocked')
      await connection.send(queue(name), 'one')
      const { told, next } = watched(connection)
      const blocked = next('blocked')
      await limit('1MB')
      const waiting = connection.send(queue(name), 'waits')
      await blocked
      expect(told).toEqual([expect.stringMatching(/^blocked: low on memory/)])
      const unblocked = next('unblocked')
      await limit('1GB')
      await unblocked
      await waiting
      expect(told).toEqual([expect.any(String), 'unblocked'])
    },
    60_000,
  )

  it('is no longer when it is lost, and tells the next connection anew', async () => {
    await using connection = await connect(broker.uri('amqp091'), { sendTimeout: 60_000 })
    const name = uniqueName('blocked')
    await connection.send(queue(name), 'one')
    const { told, next } = watched(connection)
    const blocked = next('blocked')
    await limit('1MB')
    const waiting = connection.send(queue(name), 'waits')
    await blocked
    const back = resumed(connection)
    await broker.writeTopology()
    await broker.restart()
    await back
    // It starts with its own limit.
    await soon(waiting, 'the confirmation', 60_000)
    expect(told).toEqual([expect.stringMatching(/^blocked/), 'unblocked', 'interrupted'])
  }, 120_000)
})
