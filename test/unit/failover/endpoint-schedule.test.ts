import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../../../src/errors.ts'
import { EndpointSchedule, type ScheduledEndpoint } from '../../../src/failover/endpoint-schedule.ts'
import { type FailoverOptions, parseFailoverOptions } from '../../../src/options/failover-options.ts'

const endpoint = (name: string): ScheduledEndpoint => ({ name: `amqps://${name}` })
const [A, B, C, D, E] = ['a', 'b', 'c', 'd', 'e'].map(endpoint) as [
  ScheduledEndpoint,
  ScheduledEndpoint,
  ScheduledEndpoint,
  ScheduledEndpoint,
  ScheduledEndpoint,
]

const scheduleOf = (
  groups: readonly (readonly ScheduledEndpoint[])[],
  options: FailoverOptions = {},
  random: () => number = () => 0,
): EndpointSchedule<ScheduledEndpoint> => {
  const resolved = parseFailoverOptions(options)
  if (resolved === false) throw new Error('failover is off')
  return new EndpointSchedule(groups, resolved, random)
}

const delays = (options: FailoverOptions, rounds: number, random?: () => number): number[] => {
  const delayBefore = scheduleOf([[A]], options, random).delays()
  return Array.from({ length: rounds }, (_, round) => delayBefore(round))
}

/** Always the same numbers, spread evenly enough: Park and Miller's generator. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 0x7fffffff
    return state / 0x7fffffff
  }
}

/** The first number once, then the second. */
function drawing(first: number, second: number): () => number {
  let drawn = 0
  return () => (drawn++ === 0 ? first : second)
}

describe('a round', () => {
  it('has the endpoints in the order given', () => {
    expect(scheduleOf([[A, B, C]]).round()).toEqual([A, B, C])
    expect(scheduleOf([[A, B], [C], [D, E]]).round()).toEqual([A, B, C, D, E])
  })

  it('has the lost endpoint last in its group', () => {
    expect(scheduleOf([[A, B, C]]).round(A)).toEqual([B, C, A])
    expect(scheduleOf([[A, B, C]]).round(C)).toEqual([A, B, C])
    expect(
      scheduleOf([
        [A, B],
        [C, D],
      ]).round(A),
    ).toEqual([B, A, C, D])
    expect(
      scheduleOf([
        [A, B],
        [C, D],
      ]).round(C),
    ).toEqual([A, B, D, C])
  })

  it('has the lost endpoint where it was when it is the only one of its group', () => {
    expect(scheduleOf([[A]]).round(A)).toEqual([A])
    expect(scheduleOf([[A], [B]]).round(A)).toEqual([A, B])
  })

  it('has them at random with randomize, another order each time, group by group', () => {
    const schedule = scheduleOf(
      [
        [A, B, C],
        [D, E],
      ],
      { randomize: true },
      randomFrom(7),
    )
    const orders = new Set<string>()
    for (let round = 0; round < 200; round++) {
      const order = schedule.round()
      expect(new Set(order.slice(0, 3))).toEqual(new Set([A, B, C]))
      expect(new Set(order.slice(3))).toEqual(new Set([D, E]))
      expect(schedule.round(B)[2]).toBe(B)
      orders.add(order.map(({ name }) => name).join())
    }
    expect(orders.size).toBe(6 * 2)
  })

  it('spreads a fleet evenly with randomize', () => {
    const random = randomFrom(11)
    const first = new Map<ScheduledEndpoint | undefined, number>()
    for (let connection = 0; connection < 3_000; connection++) {
      const [endpoint] = scheduleOf([[A, B, C]], { randomize: true }, random).round()
      first.set(endpoint, (first.get(endpoint) ?? 0) + 1)
    }
    for (const endpoint of [A, B, C]) expect(Math.abs((first.get(endpoint) ?? 0) - 1_000)).toBeLessThan(120)
  })

  it('has every endpoint once, whatever the options', () => {
    const all = [A, B, C, D, E]
    fc.assert(
      fc.property(
        fc.shuffledSubarray(all, { minLength: 1 }),
        fc.nat(4),
        fc.option(fc.constantFrom(...all), { nil: undefined }),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 1_000_000 }),
        (endpoints, cut, lost, randomize, priorityBackup, seed) => {
          const groups = [endpoints.slice(0, cut), endpoints.slice(cut)].filter((group) => group.length > 0)
          const round = scheduleOf(groups, { randomize, priorityBackup }, randomFrom(seed)).round(lost)
          expect(round).toHaveLength(endpoints.length)
          expect(new Set(round)).toEqual(new Set(endpoints))
        },
      ),
    )
  })
})

describe('priorityBackup', () => {
  it('prefers nothing when it is off', () => {
    const schedule = scheduleOf([[A, B]], { priorityURIs: ['amqps://b'] })
    expect(schedule.preferred).toEqual([])
    expect(schedule.isPreferred(B)).toBe(false)
    expect(schedule.round()).toEqual([A, B])
  })

  it('prefers the first endpoint of one group', () => {
    const schedule = scheduleOf([[A, B, C]], { priorityBackup: true })
    expect([A, B, C].map((one) => schedule.isPreferred(one))).toEqual([true, false, false])
    expect(schedule.round()).toEqual([A, B, C])
    expect(schedule.round(B)).toEqual([A, C, B])
    expect(schedule.round(A)).toEqual([B, C, A])
  })

  it('prefers the whole first of several groups', () => {
    const schedule = scheduleOf(
      [
        [A, B],
        [C, D],
      ],
      { priorityBackup: true },
    )
    expect(schedule.preferred).toEqual([A, B])
    expect(schedule.round(C)).toEqual([A, B, D, C])
    expect(schedule.round(A)).toEqual([B, A, C, D])
  })

  it('prefers priorityURIs, wherever they stand, and with randomize', () => {
    const options = { priorityBackup: true, priorityURIs: ['AMQPS://user:p#w@C/vhost?x=1', 'amqps://b'] }
    const schedule = scheduleOf(
      [
        [A, B],
        [C, D],
      ],
      options,
    )
    expect([A, B, C, D].filter((one) => schedule.isPreferred(one))).toEqual([B, C])
    expect(schedule.round()).toEqual([B, C, A, D])
    expect(schedule.round(B)).toEqual([C, A, B, D])
    const random = scheduleOf([[A, B, C, D]], { ...options, randomize: true }, randomFrom(3))
    for (let round = 0; round < 50; round++) expect(new Set(random.round().slice(0, 2))).toEqual(new Set([B, C]))
  })

  it('refuses a priority URI that is no endpoint, without repeating it', () => {
    const options = { priorityBackup: true, priorityURIs: ['amqps://a', 'user:s3cr3t@b'] }
    try {
      scheduleOf([[A, B]], options)
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidOptionError)
      expect(error).toMatchObject({ option: 'failover.priorityURIs' })
      expect(String(error)).toMatch(/URI 2 .* these are: amqps:\/\/a, amqps:\/\/b/)
      expect(String(error)).not.toContain('s3cr3t')
      return
    }
    throw new Error('was accepted')
  })
})

describe('the delay', () => {
  it('is none before the first round, then doubles up to 30 s', () => {
    expect(delays({ jitter: 0 }, 12)).toEqual([
      0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000,
    ])
  })

  it('is a random part of the first one where the endpoint that was lost is tried first', () => {
    const first = (
      groups: readonly (readonly ScheduledEndpoint[])[],
      lost: ScheduledEndpoint | undefined,
      options: FailoverOptions = {},
    ): number => scheduleOf(groups, options, () => 0.5).delays(lost)(0)
    expect(first([[A]], A)).toBe(50)
    expect(first([[A], [B]], A)).toBe(50)
    expect(first([[A]], A, { initialReconnectDelay: 4_000 })).toBe(2_000)
    expect(first([[A]], A, { initialReconnectDelay: 4_000, maxReconnectDelay: 1_000 })).toBe(500)
    // Nobody was lost, another endpoint comes first, or nothing is to be left to chance.
    expect(first([[A]], undefined)).toBe(0)
    expect(first([[A, B]], A)).toBe(0)
    expect(first([[A], [B]], B)).toBe(0)
    expect(first([[A]], A, { jitter: 0 })).toBe(0)
  })

  it('follows the options', () => {
    expect(delays({ jitter: 0, initialReconnectDelay: 100, reconnectDelayExponent: 3 }, 5)).toEqual([
      0, 100, 300, 900, 2_700,
    ])
    expect(delays({ jitter: 0, initialReconnectDelay: 100, useExponentialBackOff: false }, 4)).toEqual([
      0, 100, 100, 100,
    ])
    expect(delays({ jitter: 0, initialReconnectDelay: 100, maxReconnectDelay: 50 }, 3)).toEqual([0, 50, 50])
    expect(delays({ jitter: 0, initialReconnectDelay: 100, reconnectDelayExponent: 1 }, 3)).toEqual([0, 100, 100])
  })

  it('grows from 10 ms when the initial one is 0, and so is no busy loop', () => {
    expect(delays({ jitter: 0, initialReconnectDelay: 0 }, 5)).toEqual([0, 0, 10, 20, 40])
    expect(delays({ jitter: 0, initialReconnectDelay: 0, useExponentialBackOff: false }, 4)).toEqual([0, 0, 10, 10])
  })

  it('loses a part to jitter, at random', () => {
    expect(delays({ jitter: 0.5, initialReconnectDelay: 1_000 }, 3, () => 0)).toEqual([0, 1_000, 2_000])
    expect(delays({ jitter: 0.5, initialReconnectDelay: 1_000 }, 3, drawing(0, 0.5))).toEqual([0, 750, 1_500])
    expect(delays({ jitter: 1, initialReconnectDelay: 1_000 }, 3, drawing(0, 0.999))).toEqual([0, 1, 2])
  })

  it('grows first by a part of the factor, another one in each search, unless there is no jitter', () => {
    const behind = (options: FailoverOptions): number[] => delays({ jitter: 1e-9, ...options }, 5, () => 0.5)
    expect(behind({ initialReconnectDelay: 1_000 })).toEqual([0, 1_000, 1_414, 2_828, 5_657])
    expect(behind({ initialReconnectDelay: 0 })).toEqual([0, 0, 10, 14, 28])
    expect(behind({ initialReconnectDelay: 1_000, useExponentialBackOff: false })).toEqual([0, ...Array(4).fill(1_000)])
    expect(behind({ initialReconnectDelay: 1_000, jitter: 0 })).toEqual([0, 1_000, 2_000, 4_000, 8_000])
  })

  it('stays a time that a timer can hold after years without a broker', () => {
    expect(delays({ jitter: 0 }, 1).concat(scheduleOf([[A]]).delays()(1e9))).toEqual([0, 30_000])
  })

  it('brings no waves of a thousand connections that lost the same broker at the same moment', () => {
    const random = randomFrom(4_711)
    const perHalfSecond = new Map<number, number>()
    for (let connection = 0; connection < 1_000; connection++) {
      const delayBefore = scheduleOf([[A]], {}, random).delays()
      let time = 0
      for (let round = 0; time < 20_000; round++) {
        time += delayBefore(round)
        perHalfSecond.set(Math.floor(time / 500), (perHalfSecond.get(Math.floor(time / 500)) ?? 0) + 1)
      }
    }
    // Delays that double make 1,000 / ln 2 attempts in each doubling of the time since the loss.
    for (let half = 4; half < 40; half++) {
      const expected = 1_443 * Math.log((half + 1) / half)
      expect(perHalfSecond.get(half) ?? 0).toBeGreaterThan(expected * 0.6)
      expect(perHalfSecond.get(half) ?? 0).toBeLessThan(expected * 1.4)
    }
  })

  it('has a thousand connections that lost their only broker at the same moment try again one after the other', () => {
    const random = randomFrom(1_913)
    const perHundredth = new Map<number, number>()
    for (let connection = 0; connection < 1_000; connection++) {
      const delayBefore = scheduleOf([[A]], {}, random).delays(A)
      let time = 0
      for (let round = 0; time < 1_500; round++) {
        time += delayBefore(round)
        perHundredth.set(Math.floor(time / 10), (perHundredth.get(Math.floor(time / 10)) ?? 0) + 1)
      }
    }
    // First attempts fill the first tenth of a second evenly, and no hundredth of a second has many more later.
    expect(Math.max(...perHundredth.values())).toBeLessThan(200)
    const all = [...perHundredth].filter(([hundredth]) => hundredth < 150).reduce((sum, [, count]) => sum + count, 0)
    expect(all).toBeLessThan(5_500)
  })

  it('spreads a thousand connections that lost the same broker at the same moment', () => {
    const random = randomFrom(2_026)
    const bucket = 100
    const perBucket = new Map<number, number>()
    const lastDelays: number[] = []
    for (let connection = 0; connection < 1_000; connection++) {
      const delayBefore = scheduleOf([[A, B]], {}, random).delays()
      let time = 0
      for (let round = 0; round <= 10; round++) time += delayBefore(round)
      perBucket.set(Math.floor(time / bucket), (perBucket.get(Math.floor(time / bucket)) ?? 0) + 1)
      lastDelays.push(delayBefore(11))
    }
    // The tenth round comes a minute after the loss; no tenth of a second of it has more than 3 % of all connections.
    expect(Math.max(...perBucket.values())).toBeLessThanOrEqual(30)
    // At the limit, delays fill 22.5 to 30 s evenly: each of ten parts has about a tenth.
    expect(Math.max(...lastDelays)).toBeLessThanOrEqual(30_000)
    expect(Math.min(...lastDelays)).toBeGreaterThanOrEqual(22_500)
    const tenths = Array.from({ length: 10 }, (_, part) => {
      const from = 22_500 + part * 750
      return lastDelays.filter((delay) => delay >= from && delay < from + 750).length
    })
    for (const count of tenths) expect(Math.abs(count - 100)).toBeLessThan(40)
  })
})

describe('the number of rounds', () => {
  const tried = (options: FailoverOptions, everConnected: boolean): number => {
    const schedule = scheduleOf([[A]], options)
    let round = 0
    while (round < 1_000 && schedule.mayTry(round, everConnected)) round += 1
    return round
  }

  it.each([
    [{}, 1],
    [{ startupMaxReconnectAttempts: 0 }, 1],
    [{ startupMaxReconnectAttempts: 2 }, 3],
    [{ startupMaxReconnectAttempts: -1 }, 1_000],
    [{ maxReconnectAttempts: 5 }, 1],
  ])('of a first connect with %j is %i', (options, rounds) => {
    expect(tried(options, false)).toBe(rounds)
  })

  it.each([
    [{}, 1_000],
    [{ maxReconnectAttempts: -1 }, 1_000],
    [{ maxReconnectAttempts: 0 }, 0],
    [{ maxReconnectAttempts: 3 }, 3],
    [{ startupMaxReconnectAttempts: 2 }, 1_000],
  ])('after a loss with %j is %i', (options, rounds) => {
    expect(tried(options, true)).toBe(rounds)
  })
})
