import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { dispatched } from '../../../src/provider/dispatch-time.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const never = new Promise<void>(() => {})

/** ms until it has waited enough for a broker that answers after `roundTrip` ms. */
async function patience(roundTrip: number, arrival: Promise<void> = never, isLast = false): Promise<number> {
  const began = performance.now()
  const waiting = dispatched(after(roundTrip), arrival, isLast).then(() => performance.now() - began - roundTrip)
  await vi.runAllTimersAsync()
  return waiting
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

it('waits for a message in proportion to what the broker takes for an answer', async () => {
  expect(await patience(1)).toBe(250)
  expect(await patience(30)).toBe(300)
  expect(await patience(5_000)).toBe(1_000)
})

it('waits a moment for a consumer that is about to end', async () => {
  expect(await patience(50, never, true)).toBe(20)
})

it('waits no longer than until a message comes, and leaves no timer', async () => {
  expect(await patience(1, after(40))).toBe(39)
  expect(vi.getTimerCount()).toBe(0)
  expect(await patience(30, Promise.resolve())).toBe(0)
})

it('fails when the broker does not answer', async () => {
  await expect(dispatched(Promise.reject(new Error('lost')), never, false)).rejects.toThrow('lost')
})
