import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../../../src/errors.ts'
import { type ConnectOptions, parseConnectOptions } from '../../../src/options/connect-options.ts'
import { parseFailoverOptions, withUriOptions } from '../../../src/options/failover-options.ts'

const refusalOf = (parse: () => unknown): InvalidOptionError => {
  try {
    parse()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError)
    return error as InvalidOptionError
  }
  throw new Error('was accepted')
}

const refusal = (options: unknown): InvalidOptionError =>
  refusalOf(() => parseConnectOptions(options as ConnectOptions))

const DEFAULTS = {
  initialReconnectDelay: 100,
  maxReconnectDelay: 30_000,
  useExponentialBackOff: true,
  reconnectDelayExponent: 2,
  maxReconnectAttempts: -1,
  startupMaxReconnectAttempts: 0,
  randomize: false,
  priorityBackup: false,
  priorityURIs: [],
  updateURIsSupported: true,
  reconnectSupported: true,
  timeout: 0,
  warnAfterReconnectAttempts: 10,
  jitter: 0.25,
}

describe('the option failover', () => {
  it('has a default for each field', () => {
    expect(parseFailoverOptions(undefined)).toEqual(DEFAULTS)
    expect(parseFailoverOptions({ jitter: 0 })).toEqual({ ...DEFAULTS, jitter: 0 })
  })

  it('may be false', () => {
    expect(parseFailoverOptions(false)).toBe(false)
  })

  it('is frozen', () => {
    const failover = parseFailoverOptions({ priorityURIs: ['amqps://a'] })
    expect(Object.isFrozen(failover)).toBe(true)
    expect(failover && Object.isFrozen(failover.priorityURIs)).toBe(true)
  })

  it('has 0 for what −1 turns off too', () => {
    expect(parseFailoverOptions({ timeout: -1, warnAfterReconnectAttempts: -1 })).toMatchObject({
      timeout: 0,
      warnAfterReconnectAttempts: 0,
    })
  })

  it('keeps only the names of the endpoints in priorityURIs', () => {
    const priorityURIs = [' AMQPS://user:p#w@Host.example.com:5671/vhost?vhost=x ', 'memory:Shop?x=1']
    expect(parseFailoverOptions({ priorityURIs })).toMatchObject({
      priorityURIs: ['amqps://host.example.com:5671', 'memory:Shop'],
    })
  })

  it.each([
    [{ jitter: 1.5 }, 'failover.jitter', /at most 1/],
    [{ jitter: -0.1 }, 'failover.jitter', /at least 0/],
    [{ maxReconnectDelay: 0 }, 'failover.maxReconnectDelay', /at least 1/],
    [{ maxReconnectDelay: 2 ** 31 }, 'failover.maxReconnectDelay', /at most 2147483647/],
    [{ initialReconnectDelay: '10' }, 'failover.initialReconnectDelay', /an integer|a number/],
    [{ reconnectDelayExponent: 0.5 }, 'failover.reconnectDelayExponent', /at least 1/],
    [{ maxReconnectAttempts: -2 }, 'failover.maxReconnectAttempts', /at least -1/],
    [{ startupMaxReconnectAttempts: 1.5 }, 'failover.startupMaxReconnectAttempts', /an integer/],
    [{ randomize: 'true' }, 'failover.randomize', /a boolean/],
    [{ priorityURIs: 'amqps://a' }, 'failover.priorityURIs', /an array/],
    [{ priorityURIs: [''] }, 'failover.priorityURIs.0', /at least 1/],
    [{ jiter: 1 }, 'failover.jiter', /did you mean jitter\?/],
    [true, 'failover', /an object/],
    [null, 'failover', /an object/],
    ['failover:(a)', 'failover', /an object/],
  ])('%j is an error of %s', (failover, option, reason) => {
    const error = refusalOf(() => parseFailoverOptions(failover))
    expect(error.option).toBe(option)
    expect(error.message).toContain(option)
    expect(error.message).toMatch(reason)
  })

  it('gives way to the options of a failover: URI', () => {
    const failover = parseFailoverOptions({ jitter: 0, timeout: 5 })
    expect(withUriOptions(failover, { timeout: 7, randomize: true })).toEqual({
      ...DEFAULTS,
      jitter: 0,
      timeout: 7,
      randomize: true,
    })
    expect(withUriOptions(false, { randomize: true })).toEqual({ ...DEFAULTS, randomize: true })
  })
})

describe('other options', () => {
  it('bound the bytes of unconfirmed sends', () => {
    expect(parseConnectOptions({}).maxPendingSendBytes).toBe(64 * 1024 * 1024)
    expect(parseConnectOptions({ maxPendingSendBytes: 2 ** 40 }).maxPendingSendBytes).toBe(2 ** 40)
    expect(refusal({ maxPendingSendBytes: 0 }).option).toBe('maxPendingSendBytes')
  })

  it('name ciphers and application protocols of TLS', () => {
    const tls = { ciphers: 'ECDHE-RSA-AES256-GCM-SHA384', ALPNProtocols: ['amqp'] }
    expect(parseConnectOptions({ tls }).tls()).toEqual(tls)
    expect(refusal({ tls: { ciphers: '' } }).option).toBe('tls.ciphers')
    expect(refusal({ tls: { ALPNProtocols: [] } }).option).toBe('tls.ALPNProtocols')
    expect(refusal({ tls: { ALPNProtocols: 'amqp' } }).option).toBe('tls.ALPNProtocols')
    expect(refusal({ tls: { ALPNProtocol: ['amqp'] } }).message).toMatch(
      /tls\.ALPNProtocol; did you mean ALPNProtocols/,
    )
  })

  it('are refused without repeating the value', () => {
    const error = refusal({ password: ['s3cr3t'] })
    expect(error.option).toBe('password')
    expect(error.message).toMatch(/expected a string/)
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('s3cr3t')
  })
})
