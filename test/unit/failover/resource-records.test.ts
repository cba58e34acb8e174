import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  ConnectionError,
  ConnectionLostError,
  InvalidDestinationError,
  TimeoutError,
  UnsupportedFeatureError,
} from '../../../src/errors.ts'
import { type RefusedResource, ResourceRecords } from '../../../src/failover/resource-records.ts'
import { queue } from '../../../src/message/destination.ts'
import type { BrokerAction, Provider } from '../../../src/provider/provider.ts'
import type { ConsumerInfo, ProducerInfo, ResourceInfo, SessionInfo } from '../../../src/provider/resources.ts'

const session: SessionInfo = { resource: 'session', id: 'session', acknowledgeMode: 'transacted' }
const producer: ProducerInfo = { resource: 'producer', id: 'producer', session, destination: queue('orders') }
const consumer: ConsumerInfo = {
  resource: 'consumer',
  id: 'consumer',
  session,
  destination: queue('orders'),
  selector: undefined,
  noLocal: false,
  subscription: undefined,
  browser: false,
  prefetch: 1,
}

/** A broker that notes what it is told; `onCreate` may do something meanwhile. */
function broker(onCreate: (resource: ResourceInfo) => void = () => {}, onPerform: (action: string) => void = () => {}) {
  const told: string[] = []
  const provider = {
    create: async (resource: ResourceInfo) => {
      told.push(`create ${resource.id}`)
      await Promise.resolve()
      onCreate(resource)
      return {}
    },
    destroy: async ({ id }: ResourceInfo) => void told.push(`destroy ${id}`),
    begin: async ({ id }: SessionInfo) => void told.push(`begin ${id}`),
    perform: async ({ action }: BrokerAction) => {
      told.push(action)
      await Promise.resolve()
      onPerform(action)
    },
  } as unknown as Provider
  return { told, provider }
}

function records(...resources: readonly ResourceInfo[]): ResourceRecords {
  const kept = new ResourceRecords()
  for (const resource of resources) kept.add(resource, {})
  return kept
}

/** What the broker has refused. */
function recreated(kept: ResourceRecords, provider: Provider): Promise<readonly RefusedResource[]> {
  return new Promise((resolve, reject) => kept.recreate(provider, resolve).catch(reject))
}

test('sessions come first, with their transactions', async () => {
  const kept = records(producer, consumer, session)
  kept.began(session)
  const { told, provider } = broker()
  expect(await recreated(kept, provider)).toEqual([])
  expect(told).toEqual(['create session', 'begin session', 'create consumer', 'create producer'])
})

test('what is added and begun meanwhile is created and begun, too', async () => {
  const kept = records(consumer)
  const { told, provider } = broker(({ id }) => {
    if (id !== 'consumer') return
    kept.add(session, {})
    kept.began(session)
  })
  await recreated(kept, provider)
  expect(told).toEqual(['create consumer', 'create session', 'begin session'])
})

test('what is removed meanwhile is destroyed', async () => {
  const kept = records(session, consumer)
  const { told, provider } = broker(({ id }) => {
    if (id === 'consumer') kept.remove(id)
  })
  await recreated(kept, provider)
  expect(told).toEqual(['create session', 'create consumer', 'destroy consumer'])
})

test('what a broker refuses is told also when that broker is lost before it has the rest', async () => {
  const kept = records(session, consumer, producer)
  const [refusal, loss] = [new InvalidDestinationError('no such queue'), new ConnectionLostError('lost')]
  const { provider: first } = broker(({ id }) => {
    if (id === 'consumer') throw refusal
    if (id === 'producer') throw loss
  })
  await expect(recreated(kept, first)).rejects.toBe(loss)
  const { told, provider: second } = broker()
  expect(await recreated(kept, second)).toEqual([{ id: 'consumer', error: refusal }])
  expect(told).toEqual(['create session', 'create producer'])
  expect(await recreated(kept, second)).toEqual([])
})

describe('a resource for which brokers do not answer', () => {
  const late = new TimeoutError('no answer')
  const silent = (id: string): Provider =>
    broker((resource) => {
      if (resource.id === id) throw late
    }).provider

  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is kept for as long as a cluster may take to miss one of its nodes', async () => {
    const kept = records(session, consumer)
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(recreated(kept, silent('consumer'))).rejects.toBe(late)
      vi.advanceTimersByTime(29_000)
    }
    const { told, provider } = broker()
    expect(await recreated(kept, provider)).toEqual([])
    expect(told).toEqual(['create session', 'create consumer'])
  })

  test('is kept as well when a connection that it takes cannot be made', async () => {
    const kept = records(session, consumer)
    const refused = new ConnectionError('nothing listens there')
    const { provider: starting } = broker(({ id }) => {
      if (id === 'consumer') throw refused
    })
    await expect(recreated(kept, starting)).rejects.toBe(refused)
    vi.advanceTimersByTime(89_000)
    await expect(recreated(kept, starting)).rejects.toBe(refused)
    vi.advanceTimersByTime(1_000)
    expect(await recreated(kept, starting)).toEqual([{ id: 'consumer', error: refused }])
  })

  test('is given up in the end, the others are not', async () => {
    const kept = records(session, consumer)
    await expect(recreated(kept, silent('consumer'))).rejects.toBe(late)
    vi.advanceTimersByTime(90_000)
    expect(await recreated(kept, silent('consumer'))).toEqual([{ id: 'consumer', error: late }])
    const { told, provider } = broker()
    await recreated(kept, provider)
    expect(told).toEqual(['create session'])
  })

  test('is new again once a broker has answered', async () => {
    const kept = records(session, consumer)
    await expect(recreated(kept, silent('consumer'))).rejects.toBe(late)
    await recreated(kept, broker().provider)
    vi.advanceTimersByTime(90_000)
    await expect(recreated(kept, silent('consumer'))).rejects.toBe(late)
  })
})

describe('actions that only one kind of broker knows', () => {
  const exchange = { action: 'declare the exchange', keptAs: 'exchange' }
  const store = { action: 'declare the queue', keptAs: 'queue' }
  const binding = { action: 'bind', keptAs: 'binding', needs: ['exchange', 'queue'] }

  test('are done again in their order, one after the other, before consumers', async () => {
    const kept = records(session, consumer)
    for (const action of [exchange, store, binding, { ...store, action: 'declare it otherwise' }])
      kept.actions.add(action)
    const { told, provider } = broker()
    expect(await recreated(kept, provider)).toEqual([])
    expect(told).toEqual(['declare the exchange', 'declare it otherwise', 'bind', 'create session', 'create consumer'])
  })

  test('are not once they have been ended, with all that needs them', async () => {
    const kept = records()
    for (const action of [exchange, store, binding]) kept.actions.add(action)
    kept.actions.add({ action: 'delete the exchange', ends: 'exchange' })
    const { told, provider } = broker()
    await recreated(kept, provider)
    expect(told).toEqual(['declare the queue'])
  })

  test('that are refused are told of, and given up', async () => {
    const kept = records()
    for (const action of [exchange, store]) kept.actions.add(action)
    const refusal = new InvalidDestinationError('it is of another kind')
    const { told, provider } = broker(undefined, (action) => {
      if (action === exchange.action) throw refusal
    })
    expect(await recreated(kept, provider)).toEqual([{ id: undefined, error: refusal }])
    await recreated(kept, provider)
    expect(told).toEqual(['declare the exchange', 'declare the queue', 'declare the queue'])
  })

  test('are refused at a broker that knows none', async () => {
    const kept = records()
    kept.actions.add(exchange)
    const { provider } = broker()
    const [refused] = await recreated(kept, { ...provider, perform: undefined })
    expect(refused?.error).toBeInstanceOf(UnsupportedFeatureError)
  })

  test('fail the attempt when the broker is lost over them', async () => {
    const kept = records()
    kept.actions.add(exchange)
    const { provider } = broker(undefined, () => {
      throw new ConnectionLostError('lost')
    })
    await expect(recreated(kept, provider)).rejects.toThrow(ConnectionLostError)
    expect(kept.actions.missing(new Set())).toEqual([exchange])
  })
})
