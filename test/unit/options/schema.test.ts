import { describe, expect, it } from 'vitest'
import { type ConnectOptions, parseConnectOptions } from '../../../src/options/connect-options.ts'

const refusal = (options: unknown): string => {
  try {
    parseConnectOptions(options as ConnectOptions)
  } catch (error) {
    return (error as Error).message
  }
  return 'accepted'
}

describe('an option that is wrong', () => {
  it.each([
    [{ clientId: '' }, /clientId is wrong: expected at least 1 characters/],
    [{ prefetch: Number.NaN }, /prefetch is wrong: expected an integer/],
    [{ prefetch: 50_001 }, /prefetch is wrong: expected at most 50000/],
    [{ redelivery: null }, /redelivery is wrong: expected an object/],
    [{ redelivery: { backOffMultiplier: Number.POSITIVE_INFINITY } }, /redelivery\.backOffMultiplier .* a number/],
    [{ tls: [] }, /tls is wrong: expected an object/],
    [{ tls: { ca: 7 } }, /tls\.ca is wrong: expected a string, a Uint8Array or an array of them/],
    [{ tls: { ca: ['pem', 7] } }, /tls\.ca\.1 is wrong: expected a string or a Uint8Array/],
    [{ tls: { minVersion: 'TLSv1' } }, /tls\.minVersion is wrong: expected TLSv1\.2 or TLSv1\.3/],
    [{ credentials: 'secret' }, /credentials is wrong: expected credentials or a function/],
    [{ credentials: { usrname: 'app' } }, /unknown option credentials\.usrname; did you mean username\?/],
    [{ logger: 'console' }, /logger is wrong: expected a logger object/],
    [7, /the option options is wrong: expected an object/],
  ])('is named, with what it should be: %o', (options, reason) => {
    expect(refusal(options)).toMatch(reason)
  })

  it('counts as left out when it is undefined', () => {
    expect(
      parseConnectOptions({ clientId: undefined, tls: { ca: undefined } } as unknown as ConnectOptions).tls(),
    ).toEqual({})
    expect(parseConnectOptions({}).redelivery).toEqual({
      maximumRedeliveries: 6,
      initialDelay: 1_000,
      backOffMultiplier: 2,
      maximumDelay: 60_000,
      jitter: 0.15,
    })
  })
})
