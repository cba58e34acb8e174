import dns from 'node:dns'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConnectionError, connect, InvalidOptionError } from '../../../src/index.ts'

const lookup = vi.spyOn(dns, 'lookup')
afterEach(() => lookup.mockClear())

const failureOf = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => {
      throw new Error('the call has not failed')
    },
    (error: Error) => error,
  )

// No name under .invalid is ever known (RFC 6761 §6.4).
describe('a host name that is not known', () => {
  it.each(['amqps', 'amqp+wss', 'stomps', 'stomp+wss'])('is what %s points at, at once', async (scheme) => {
    const error = await failureOf(connect(`${scheme}://user:secret@broker.invalid:5671/ws`))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ code: 'ERR_CONNECTION', cause: { hostname: 'broker.invalid' } })
    expect(error.message).toMatch(
      new RegExp(
        `${scheme.replace('+', '\\+')}://broker\\.invalid:5671: the host name (is not known|could not be looked up)`,
      ),
    )
  })

  it('is told for each endpoint of a list', async () => {
    const error = await failureOf(connect(['amqps://one.invalid', 'stomps://two.invalid']))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toMatch(
      /none of 2 endpoints.*amqps:\/\/one\.invalid.*host name.*stomps:\/\/two\.invalid.*host name/,
    )
  })
})

describe('plaintext to another machine', () => {
  const targets: readonly (readonly [string, string | string[]])[] = [
    ['amqp', 'amqp://broker.invalid'],
    ['amqp+ws', 'amqp+ws://broker.invalid'],
    ['stomp', 'stomp://broker.invalid'],
    ['stomp+ws', 'stomp+ws://broker.invalid'],
    ['an address of the own network', 'amqp://192.0.2.7'],
    ['an IPv6 address', 'amqp://[2001:db8::7]'],
    ['a name that only looks like loopback', 'amqp://localhost.broker.invalid'],
    ['one endpoint of several', ['amqps://a.invalid', 'amqp://b.invalid']],
    ['one endpoint of a failover: URI', 'failover:(amqps://a.invalid,amqp://b.invalid)'],
  ]

  it.each(targets)('is refused before anything is looked up: %s', async (_, target) => {
    const error = await failureOf(connect(target, { username: 'user', password: 'secret' }))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ option: 'allowPlaintext' })
    expect(error.message).toMatch(/not encrypted and not on this machine; use the TLS scheme.*allowPlaintext: true/)
    expect(lookup).not.toHaveBeenCalled()
  })

  it.each([
    ['amqp', 'amqps'],
    ['stomp+ws', 'stomp+wss'],
  ])('is answered with the scheme that has TLS: %s with %s', async (scheme, better) => {
    expect((await failureOf(connect(`${scheme}://broker.invalid`))).message).toContain(`(${better}://)`)
  })

  it('is tried when it is allowed', async () => {
    const error = await failureOf(connect('amqp://broker.invalid', { allowPlaintext: true }))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(lookup).toHaveBeenCalled()
  })

  it.each(['127.0.0.1', '127.8.9.10', '[::1]', 'localhost', 'broker.localhost'])('is no matter on %s', async (host) => {
    const error = await failureOf(connect(`amqp://${host}:1`))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toMatch(/nothing listens there|network cannot be reached|no local address|host name/)
  })
})
