import { describe, expect, it } from 'vitest'
import { AuthenticationError, type ConnectOptions } from '../../src/index.ts'
import { connectAndUse, failureOf } from '../amqp10/support.ts'
import { special } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { injectedPairings } from '../failover/protocols.ts'

const { username, password } = special
const encoded = `${username}:${encodeURIComponent(password)}`
const literal = `${username}:${password}`

/** Each way to say who connects: a target for a scheme and what follows it, and options. */
const forms: readonly (readonly [string, (scheme: string, host: string) => string, ConnectOptions])[] = [
  ['as options', (scheme, host) => `${scheme}://${host}`, { username, password }],
  ['as the option credentials', (scheme, host) => `${scheme}://${host}`, { credentials: { username, password } }],
  ['from a function', (scheme, host) => `${scheme}://${host}`, { credentials: async () => ({ username, password }) }],
  ['in the URI, percent-encoded', (scheme, host) => `${scheme}://${encoded}@${host}`, {}],
  ['in the URI, as it is', (scheme, host) => `${scheme}://${literal}@${host}`, {}],
  ['in a failover: URI, percent-encoded', (scheme, host) => `failover:(${scheme}://${encoded}@${host})`, {}],
  [
    'in a failover: URI, as it is',
    (scheme, host) => `failover:(${scheme}://${literal}@${host})?maxReconnectDelay=1000`,
    {},
  ],
  ['as options beside a failover: URI', (scheme, host) => `failover:(${scheme}://${host})`, { username, password }],
]

describe.each(injectedPairings())(`the password ${password} on $name over $protocol`, ({ name, protocol }) => {
  const broker = injectedBroker(name)
  if (broker === undefined) return
  const isAmqp091 = protocol === 'amqp091'
  const scheme = isAmqp091 ? 'amqp' : protocol
  const host = `${broker.host}:${broker.port(protocol)}${isAmqp091 ? '?amqp.version=0-9-1' : ''}`

  it.each(forms)('logs in %s', async (_, targetOf, options) => {
    await connectAndUse(targetOf(scheme, host), options)
  })

  const overWebSocket = protocol === 'amqp' || protocol === 'stomp' ? (`${protocol}-ws` as const) : undefined
  if (overWebSocket !== undefined && broker.has(overWebSocket))
    it('logs in over a WebSocket', async () => {
      await connectAndUse(broker.uri(overWebSocket, special))
    })

  it('is refused with one character missing', async () => {
    const wrong = { username, password: password.slice(0, -1) }
    expect(await failureOf(connectAndUse(`${scheme}://${host}`, wrong))).toBeInstanceOf(AuthenticationError)
  })
})
