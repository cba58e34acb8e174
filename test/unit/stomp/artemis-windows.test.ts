import { describe, expect, it } from 'vitest'
import { queue, topic } from '../../../src/index.ts'
import type { AcknowledgeMode, ConsumerInfo } from '../../../src/provider/resources.ts'
import { artemisWindowing, sizeOfFrame } from '../../../src/providers/stomp/artemis-windows.ts'

function consumer(prefetch: number, mode: AcknowledgeMode, fields: Partial<ConsumerInfo> = {}): ConsumerInfo {
  return {
    resource: 'consumer',
    id: 'c',
    session: { resource: 'session', id: 's', acknowledgeMode: mode },
    destination: queue('orders'),
    selector: undefined,
    noLocal: false,
    subscription: undefined,
    browser: false,
    prefetch,
    ...fields,
  }
}

describe('the windows of a consumer on Artemis', () => {
  it.each([
    [0, 1],
    [1, 1],
    [3, 3],
    [8, 8],
  ])('are of one message each for a prefetch of %d', (prefetch, count) => {
    expect(artemisWindowing(consumer(prefetch, 'auto')).first).toEqual(Array(count).fill(1))
  })

  it('hold no more than a large prefetch of the smallest messages', () => {
    const [window = 0] = artemisWindowing(consumer(100, 'auto')).first
    // The broker sends while there is any credit.
    expect(Math.ceil(window / 256)).toBe(100)
  })

  it('become more by as many messages as are missing, of the size that they have', () => {
    const size = artemisWindowing(consumer(100, 'auto')).further?.(10, 5_000) ?? 0
    expect(Math.ceil(size / 5_000)).toBe(10)
  })

  it('are of a credit that Java has a number for', () => {
    expect(artemisWindowing(consumer(1_000_000, 'auto')).further?.(1_000_000, 1e6)).toBe(2 ** 31 - 1)
  })

  it('are one for a topic, which two would bring every message twice', () => {
    for (const mode of ['auto', 'client'] as const) {
      const plan = artemisWindowing(consumer(1, mode, { destination: topic('news') }))
      expect(plan.first).toHaveLength(1)
      expect(plan.further).toBeUndefined()
      // Where the application decides when to acknowledge it would have all that it holds.
      expect(plan.isEarly).toBe(mode === 'client')
    }
    const subscription = { name: 'archive', durable: true, shared: false }
    expect(artemisWindowing(consumer(2, 'auto', { destination: topic('news'), subscription })).first).toEqual([1, 1])
  })
})

describe('the size of a frame', () => {
  it.each([
    ['plain', 'value'],
    ['with:colon', 'two\nlines \\'],
    ['ключ', '☃😀'],
  ])('is never less than the broker takes it for: %s', (name, value) => {
    const body = new Uint8Array(10)
    const escaped = (text: string) => text.replaceAll(/[:\n\\]/g, 'xx')
    const taken = new TextEncoder().encode(`MESSAGE\n${escaped(name)}:${escaped(value)}\n\n`).length + body.length + 2
    expect(sizeOfFrame({ command: 'MESSAGE', headers: new Map([[name, value]]), body })).toBeGreaterThanOrEqual(taken)
  })
})
