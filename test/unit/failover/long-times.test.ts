import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClientConnection } from '../../../src/client/connection.ts'
import type { FailoverOptions } from '../../../src/index.ts'
import { connectTo, FakeBroker } from './fake-broker.ts'
import { SimulatedClock, settled } from './simulated-clock.ts'

const MINUTE = 60_000

let clock: SimulatedClock
let connection: ClientConnection | undefined
/** The delay of each attempt. */
let delays: number[]

beforeEach(() => {
  clock = SimulatedClock.install()
  delays = []
})

afterEach(async () => {
  await connection?.close()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

async function connectedTo(brokers: readonly FakeBroker[], failover: FailoverOptions = {}): Promise<ClientConnection> {
  connection = await connectTo([brokers], { failover: { initialReconnectDelay: 10, ...failover } })
  connection.on('reconnecting', ({ delay }) => delays.push(delay))
  return connection
}

/** A connection whose only broker has been away for some time. */
async function withoutBroker(ms: number): Promise<FakeBroker> {
  const broker = new FakeBroker('broker')
  await connectedTo([broker])
  broker.door = 'shut'
  broker.lose()
  await clock.pass(ms)
  return broker
}

describe('an outage of an hour', () => {
  it('costs an attempt in half a minute, and one timer all the time', async () => {
    const broker = await withoutBroker(0)
    for (let minute = 1; minute <= 60; minute += 1) {
      await clock.pass(MINUTE)
      expect(clock.timers).toBe(1)
    }
    // 12 until the delays have grown to 30 s, then two each minute.
    expect(broker.attempts).toBeGreaterThan(120)
    expect(broker.attempts).toBeLessThan(140)
    broker.door = 'open'
    await clock.pass(30_000)
    expect(connection?.state).toBe('connected')
    expect(clock.timers).toBe(0)
  })
})

describe('a process that is frozen for ten minutes', () => {
  it('makes one attempt when it thaws without a broker, and goes on with the delays where it was', async () => {
    const broker = await withoutBroker(10_000)
    const [attempts, lastDelay] = [broker.attempts, delays.at(-1) as number]
    await clock.freeze(10 * MINUTE)
    expect(broker.attempts).toBe(attempts + 1)
    expect(delays.at(-1)).toBe(lastDelay * 2)
    expect(clock.timers).toBe(1)
    broker.door = 'open'
    await clock.pass(lastDelay * 2)
    expect(broker.attempts).toBe(attempts + 2)
    expect(connection?.state).toBe('connected')
  })

  it('looks once for its preferred endpoint', async () => {
    const [preferred, backup] = [new FakeBroker('preferred'), new FakeBroker('backup')]
    preferred.door = 'shut'
    await connectedTo([preferred, backup], { priorityBackup: true })
    await clock.pass(10_000)
    const { attempts } = preferred
    await clock.freeze(10 * MINUTE)
    expect(preferred.attempts).toBe(attempts + 1)
    expect(clock.timers).toBe(1)
    preferred.door = 'open'
    await clock.pass(30_000)
    expect(connection?.peer.endpoint).toBe(preferred.name)
    expect(clock.timers).toBe(0)
  })

  it('asks once for credentials that have expired meanwhile', async () => {
    const broker = new FakeBroker('broker')
    broker.credentialsExpireAt = Date.now() + 5 * MINUTE
    await connectedTo([broker])
    broker.credentialsExpireAt = undefined
    await clock.pass(MINUTE)
    expect(broker.attempts).toBe(1)
    await clock.freeze(10 * MINUTE)
    await settled()
    expect(broker.attempts).toBe(2)
    expect(connection?.state).toBe('connected')
    expect(clock.timers).toBe(0)
  })
})

describe('two failovers in a row', () => {
  /** Of an outage of so many failed attempts, after the connection has held for some time. */
  async function outage(broker: FakeBroker, held: number): Promise<readonly number[]> {
    await clock.pass(held)
    delays = []
    broker.door = 'shut'
    broker.lose()
    await clock.pass(100)
    broker.door = 'open'
    await clock.pass(30_000)
    expect(connection?.state).toBe('connected')
    return delays
  }

  it('begin alike when they are minutes apart: at once, and with short delays', async () => {
    const broker = new FakeBroker('broker')
    await connectedTo([broker])
    const first = await outage(broker, 2 * MINUTE)
    expect(first).toEqual([0, 10, 20, 40, 80])
    expect(await outage(broker, 2 * MINUTE)).toEqual(first)
    expect(await outage(broker, 2 * MINUTE)).toEqual(first)
  })

  it('begin with longer and longer delays when no connection holds for ten seconds', async () => {
    const broker = new FakeBroker('broker')
    await connectedTo([broker])
    const firsts: number[] = []
    for (let times = 0; times < 12; times += 1) {
      delays = []
      broker.lose()
      await clock.pass(9_999)
      firsts.push(delays[0] as number)
    }
    expect(firsts).toEqual([0, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240])
    // Back by now; once a connection has held, the next loss begins at once again.
    await clock.pass(MINUTE)
    delays = []
    broker.lose()
    await clock.pass(1)
    expect(delays).toEqual([0])
  })
})
