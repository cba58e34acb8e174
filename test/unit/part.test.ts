import { describe, expect, it } from 'vitest'
import { ConnectionError } from '../../src/errors.ts'
import { part } from '../../src/part.ts'

describe('a part of the library', () => {
  it('is loaded at its first use, and is there at once from then on', async () => {
    let loads = 0
    const numbers = part('numbers', async () => {
      loads += 1
      return { seven: 7 }
    })
    expect(loads).toBe(0)
    expect(await numbers(({ seven }) => seven)).toBe(7)
    expect(numbers(({ seven }) => seven)).toBe(7)
    expect(loads).toBe(1)
  })

  it('that a page cannot load is an error that says what to do, and the next use tries again', async () => {
    const offline = new TypeError('Failed to fetch dynamically imported module')
    let isOnline = false
    const selectors = part('selectors', async () => {
      if (!isOnline) throw offline
      return { seven: 7 }
    })
    const failure = await Promise.resolve(selectors(({ seven }) => seven)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ConnectionError)
    expect(failure).toMatchObject({
      cause: offline,
      message: expect.stringMatching(/selectors .* load the page again/),
    })
    isOnline = true
    expect(await selectors(({ seven }) => seven)).toBe(7)
  })

  it('passes on what its use throws', async () => {
    const numbers = part('numbers', async () => ({ seven: 7 }))
    const fail = (): never => {
      throw new RangeError('too many')
    }
    await expect(numbers(fail)).rejects.toBeInstanceOf(RangeError)
    expect(() => numbers(fail)).toThrow(RangeError)
  })
})
