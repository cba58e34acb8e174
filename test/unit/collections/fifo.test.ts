import { expect, it } from 'vitest'
import { Fifo } from '../../../src/collections/fifo.ts'

function fifoOf(items: readonly number[], before = 0): Fifo<number> {
  const fifo = new Fifo<number>()
  // The ring begins elsewhere then.
  for (let count = 0; count < before; count += 1) fifo.push(-1)
  for (let count = 0; count < before; count += 1) fifo.shift()
  for (const item of items) fifo.push(item)
  return fifo
}

it.each([0, 3, 7])(
  'removes an item wherever it stands, and keeps the order of the others (the ring turned by %i)',
  (before) => {
    const items = [1, 2, 3, 4, 5, 6]
    for (const item of items) {
      const fifo = fifoOf(items, before)
      expect(fifo.has(item)).toBe(true)
      expect(fifo.remove(item)).toBe(true)
      expect(fifo.has(item)).toBe(false)
      expect(fifo.remove(item)).toBe(false)
      expect(fifo.length).toBe(5)
      fifo.push(7)
      expect(fifo.takeAll()).toEqual([...items.filter((other) => other !== item), 7])
    }
  },
)

it('removes the first of equal items', () => {
  const fifo = fifoOf([1, 2, 1, 3])
  expect(fifo.remove(1)).toBe(true)
  expect(fifo.takeAll()).toEqual([2, 1, 3])
})

it('takes items at both ends, also when it has to grow', () => {
  const fifo = fifoOf([], 5)
  for (let item = 1; item <= 20; item += 1) fifo.push(item)
  fifo.unshift(0)
  expect(fifo.peek()).toBe(0)
  expect(fifo.takeAll()).toEqual(Array.from({ length: 21 }, (_, index) => index))
  expect([fifo.shift(), fifo.peek(), fifo.length]).toEqual([undefined, undefined, 0])
})
