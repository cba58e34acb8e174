import { expect, it } from 'vitest'
import { type FaultKind, faultPlan } from '../../chaos/fault-plan.ts'
import { Random } from '../../chaos/random.ts'

const kinds: readonly FaultKind[] = ['kill', 'pause', 'reset', 'cut']

function first(count: number, seed: number): unknown[] {
  const plan = faultPlan(new Random(seed), kinds, 1_000)
  return Array.from({ length: count }, () => plan.next().value)
}

it('a seed makes the same plan each time, and another seed another one', () => {
  expect(first(20, 1)).toEqual(first(20, 1))
  expect(first(20, 1)).not.toEqual(first(20, 2))
})

it('each kind of fault comes once before any comes again', () => {
  const plan = faultPlan(new Random(3), kinds, 1_000)
  for (let round = 0; round < 5; round += 1) {
    const seen = kinds.map(() => plan.next().value.fault.kind)
    expect(seen.toSorted()).toEqual([...kinds].sort())
  }
})

it('random numbers keep to their limits', () => {
  const random = new Random(4)
  const drawn = Array.from({ length: 1_000 }, () => random.integer(3, 5))
  expect(new Set(drawn)).toEqual(new Set([3, 4, 5]))
})
