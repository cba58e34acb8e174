import { afterEach, describe, expect, it } from 'vitest'
import { type Connection, ConnectionLostError, type FailoverOptions, queue } from '../../../src/index.ts'
import { gate, soon } from '../../conformance/waiting.ts'
import { connectTo, FakeBroker } from './fake-broker.ts'

let connection: Connection | undefined

afterEach(async () => {
  await connection?.close()
})

/** A connection to one of two brokers, and the warnings that its logger has got. */
async function setUp(failover: FailoverOptions) {
  const brokers = [new FakeBroker('a'), new FakeBroker('b')] as const
  const warnings: { readonly message: string; readonly error: Error }[] = []
  const warn = (message: string, details: { readonly error?: unknown } = {}): void => {
    warnings.push({ message, error: details.error as Error })
  }
  connection = await connectTo([brokers], { failover: { maxReconnectDelay: 1, ...failover }, logger: { warn } })
  const rounds = (count: number): Promise<void> => {
    const over = gate()
    connection?.on('reconnecting', ({ attempt }) => {
      if (attempt > 2 * count) over.open()
    })
    return soon(over.opened, `${count} rounds`)
  }
  return { brokers, warnings, rounds }
}

describe('warnAfterReconnectAttempts', () => {
  it('warns after so many rounds, and again after as many, with the reason of each endpoint', async () => {
    const { brokers, warnings, rounds } = await setUp({ warnAfterReconnectAttempts: 3 })
    for (const broker of brokers) broker.door = 'shut'
    const over = rounds(7)
    brokers[0].lose()
    await over
    expect(warnings.map(({ message }) => message)).toEqual([
      'still not connected after 6 attempts',
      'still not connected after 12 attempts',
    ])
    for (const { name } of brokers) expect(warnings[0]?.error.message).toContain(`${name} refused the connection`)
  })

  it.each([0, -1])('never warns when it is %i', async (warnAfterReconnectAttempts) => {
    const { brokers, warnings, rounds } = await setUp({ warnAfterReconnectAttempts })
    for (const broker of brokers) broker.door = 'shut'
    const over = rounds(15)
    brokers[0].lose()
    await over
    expect(warnings).toEqual([])
  })

  it('counts a broker that connects and is not up to it, too', async () => {
    const { brokers, warnings, rounds } = await setUp({ warnAfterReconnectAttempts: 3 })
    await connection?.createSession()
    for (const broker of brokers) broker.onCreate = () => broker.lose('the disk is full')
    const over = rounds(4)
    brokers[0].lose()
    await over
    const told = warnings.filter(({ message }) => message.startsWith('still'))
    expect(told.map(({ message }) => message)).toEqual(['still not connected after 6 attempts'])
    expect(told[0]?.error.message).toContain('the disk is full')
  })
})

describe('maxReconnectAttempts', () => {
  it('ends the search also when a broker connects each time and is not up to it', async () => {
    const { brokers } = await setUp({ maxReconnectAttempts: 3 })
    const session = await connection?.createSession()
    await session?.createConsumer(queue('orders'))
    for (const broker of brokers) broker.onCreate = () => broker.lose('the disk is full')
    const closed = new Promise<Error | undefined>((resolve) => connection?.on('closed', resolve))
    const attempts: number[] = []
    connection?.on('reconnecting', ({ attempt }) => attempts.push(attempt))
    brokers[0].lose()
    const error = await soon(closed, 'the end')
    expect(error).toBeInstanceOf(ConnectionLostError)
    expect(error?.message).toContain('the disk is full')
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6])
  })
})
