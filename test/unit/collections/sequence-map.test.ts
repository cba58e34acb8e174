import { expect, it } from 'vitest'
import { SequenceMap } from '../../../src/collections/sequence-map.ts'

it('numbers what is added from 1 on, and gives it back once', () => {
  const map = new SequenceMap<string>()
  expect(['a', 'b', 'c'].map((value) => map.add(value))).toEqual([1, 2, 3])
  expect(map.take(2)).toBe('b')
  expect(map.take(2)).toBeUndefined()
  expect([0, 4, -1, Number.NaN].map((number) => map.take(number))).toEqual([undefined, undefined, undefined, undefined])
  expect([...map.values()]).toEqual(['a', 'c'])
})

it('gives the first ones up to a number, in their order, past those that were taken', () => {
  const map = new SequenceMap<number>()
  for (let value = 1; value <= 5; value += 1) map.add(value)
  map.take(2)
  expect([3, 3, 3].map((number) => map.takeUpTo(number))).toEqual([1, 3, undefined])
  expect(map.takeUpTo(9)).toBe(4)
  expect(map.takeUpTo(9)).toBe(5)
  expect(map.takeUpTo(9)).toBeUndefined()
})

it('keeps any number of values, whatever was taken before it had to grow', () => {
  const map = new SequenceMap<number>()
  const kept = new Set<number>()
  for (let value = 1; value <= 1_000; value += 1) {
    kept.add(map.add(value))
    if (value % 3 === 0 || value < 40) {
      expect(map.take(value)).toBe(value)
      kept.delete(value)
    }
  }
  expect([...map.values()]).toEqual([...kept])
  for (const value of kept) expect(map.take(value)).toBe(value)
  expect([...map.values()]).toEqual([])
  expect(map.add(7)).toBe(1_001)
  expect(map.takeUpTo(1_001)).toBe(7)
})
