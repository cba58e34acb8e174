import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keepAlive, negotiate } from '../../../src/providers/stomp/heart-beats.ts'
import { HeartBeats } from '../../../src/transport/heart-beats.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Heart-beats of these periods, and the times at which some were sent. */
function heartBeats(outgoing: number, incoming: number): { beats: HeartBeats; sent: number[]; silences: number[] } {
  const begin = Date.now()
  const sent: number[] = []
  const silences: number[] = []
  const beats: HeartBeats = new HeartBeats(
    { outgoing, incoming },
    () => {
      sent.push(Date.now() - begin)
      beats.written()
    },
    (period) => silences.push(period),
  )
  return { beats, sent, silences }
}

describe('heart-beats', () => {
  it.each([
    [30_000, '30000,30000', { outgoing: 30_000, incoming: 30_000 }],
    [30_000, '10000,60000', { outgoing: 60_000, incoming: 30_000 }],
    [30_000, '0,0', { outgoing: 0, incoming: 0 }],
    [0, '5000,5000', { outgoing: 5_000, incoming: 0 }],
    [30_000, undefined, { outgoing: 0, incoming: 0 }],
    [30_000, 'x', { outgoing: 0, incoming: 0 }],
  ])('of %s ms and %s are agreed on', (own, announced, periods) => {
    expect(negotiate(own, announced)).toEqual(periods)
  })

  it('keep a WebSocket alive for brokers and proxies that close a silent one after a minute', () => {
    expect(keepAlive({ outgoing: 0, incoming: 0 }).outgoing).toBeLessThan(60_000)
    expect(keepAlive({ outgoing: 300_000, incoming: 0 }).outgoing).toBeLessThan(60_000)
    expect(keepAlive({ outgoing: 1_000, incoming: 2_000 })).toEqual({ outgoing: 1_000, incoming: 2_000 })
  })

  it('leave no longer silence than was promised', () => {
    const { beats, sent } = heartBeats(1_000, 0)
    vi.advanceTimersByTime(600)
    beats.written()
    vi.advanceTimersByTime(5_000)
    const times = [600, ...sent.filter((time) => time > 600)]
    expect(times.length).toBeGreaterThan(4)
    for (let index = 1; index < times.length; index++) {
      expect((times[index] ?? 0) - (times[index - 1] ?? 0)).toBeLessThanOrEqual(1_000)
    }
  })

  it('are answered when the page is hidden and its timers are slow', () => {
    const { beats, sent, silences } = heartBeats(1_000, 1_000)
    // No timer fires any more; only what arrives does something.
    vi.clearAllTimers()
    for (let half = 1; half <= 10; half++) {
      vi.advanceTimersByTime(500)
      beats.received()
    }
    expect(sent).toEqual([500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 4_500, 5_000])
    expect(silences).toEqual([])
  })

  it('are not answered while enough else is sent', () => {
    const { beats, sent } = heartBeats(1_000, 1_000)
    for (let step = 0; step < 50; step++) {
      vi.advanceTimersByTime(100)
      beats.written()
      beats.received()
    }
    expect(sent).toEqual([])
  })

  it('find a silent peer after two periods', () => {
    const { beats, silences } = heartBeats(0, 1_000)
    vi.advanceTimersByTime(900)
    beats.received()
    vi.advanceTimersByTime(2_000)
    expect(silences).toEqual([])
    vi.advanceTimersByTime(200)
    expect(silences).toEqual([1_000])
    beats.stop()
  })
})
