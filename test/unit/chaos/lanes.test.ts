import { describe, expect, it } from 'vitest'
import { MEMORY_CAPABILITIES } from '../../../src/providers/memory/capabilities.ts'
import { lanesFor, SMALLEST_CROWD, USUAL_CROWD } from '../../chaos/lanes.ts'

const counts = (producers: number, consumers: number) =>
  lanesFor(MEMORY_CAPABILITIES, 'run', { producers, consumers }).map((lane) => [
    lane.producers.length,
    lane.consumers.length,
  ])

describe('the lanes of a run', () => {
  it('are as usual when nothing else is said', () => {
    expect(lanesFor(MEMORY_CAPABILITIES, 'run')).toEqual(lanesFor(MEMORY_CAPABILITIES, 'run', USUAL_CROWD))
    expect(counts(8, 7)).toEqual([
      [2, 3],
      [2, 1],
      [2, 1],
      [2, 2],
    ])
  })

  it('have one producer and one consumer each at least', () => {
    const { producers, consumers } = SMALLEST_CROWD
    expect(counts(producers, consumers)).toEqual(Array(4).fill([1, 1]))
  })

  it('take as many as there shall be, on all connections; what sees the order stays alone', () => {
    const lanes = lanesFor(MEMORY_CAPABILITIES, 'run', { producers: 40, consumers: 30 })
    expect(lanes.flatMap((lane) => lane.producers)).toHaveLength(40)
    expect(lanes.flatMap((lane) => lane.consumers)).toHaveLength(30)
    expect(lanes.filter((lane) => lane.consumers.length === 1).map(({ destination }) => destination)).toEqual([
      'run.ordered',
      'run.committed',
    ])
    for (const { producers } of lanes) expect(new Set(producers.map(({ connection }) => connection)).size).toBe(3)
  })

  it('do without transactions and subscriptions where the broker has none', () => {
    const poor = { ...MEMORY_CAPABILITIES, transactions: 'unsupported', durableSubscriptions: 'unsupported' } as const
    const lanes = lanesFor(poor, 'run')
    expect(lanes.map(({ kind }) => kind)).toEqual(['queue', 'queue', 'queue'])
    expect(lanes.flatMap(({ producers }) => producers.map(({ role }) => role))).not.toContain('transacted')
    expect(lanes.flatMap(({ consumers }) => consumers.map(({ role }) => role))).not.toContain('transacted')
  })
})
