import { expect, test } from 'vitest'
import { ConnectionError } from '../../../src/errors.ts'
import { Connector } from '../../../src/failover/connector.ts'
import { EndpointSchedule } from '../../../src/failover/endpoint-schedule.ts'
import { DEFAULT_FAILOVER_OPTIONS } from '../../../src/options/failover-options.ts'
import type { ReconnectAttempt } from '../../../src/provider/reconnection.ts'

const endpoint = { name: 'amqp://broker' }
const options = { ...DEFAULT_FAILOVER_OPTIONS, initialReconnectDelay: 1, maxReconnectDelay: 64, jitter: 0 }
const never = new AbortController().signal

/** A connector to a broker that refuses so many attempts each time, and the delays it takes. */
function setUp(refusals: () => number) {
  const delays: number[] = []
  let left = 0
  const connector = new Connector({
    dial: async () => {
      const peer = { protocol: 'none', endpoint: endpoint.name }
      if (left === 0) return { provider: {} as never, peer, credentialsExpireAt: undefined }
      left -= 1
      throw new ConnectionError('refused')
    },
    schedule: new EndpointSchedule([[endpoint]], options),
    options,
    logger: {},
  })
  const reconnect = async (held: number): Promise<readonly number[]> => {
    left = refusals()
    delays.length = 0
    const search = { lost: endpoint, began: ({ delay }: ReconnectAttempt) => delays.push(delay), take: async () => {} }
    await connector.reconnect(search, held, never)
    return [...delays]
  }
  return reconnect
}

test('each outage begins at once and waits longer and longer', async () => {
  const reconnect = setUp(() => 5)
  expect(await reconnect(60_000)).toEqual([0, 1, 2, 4, 8, 16])
  expect(await reconnect(60_000)).toEqual([0, 1, 2, 4, 8, 16])
})

test('a long outage does not make the next one longer that follows soon', async () => {
  const reconnect = setUp(() => 5)
  expect(await reconnect(60_000)).toEqual([0, 1, 2, 4, 8, 16])
  expect(await reconnect(2_000)).toEqual([0, 1, 2, 4, 8, 16])
})

test('a broker that accepts and closes again and again is tried less and less often', async () => {
  const reconnect = setUp(() => 0)
  const first: number[] = []
  for (let times = 0; times < 6; times += 1) first.push(...(await reconnect(10)))
  expect(first).toEqual([0, 1, 2, 4, 8, 16])
  expect(await reconnect(60_000)).toEqual([0])
})
