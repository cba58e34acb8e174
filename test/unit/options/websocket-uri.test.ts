import { describe, expect, it } from 'vitest'
import { InvalidUriError } from '../../../src/errors.ts'
import { endpointName } from '../../../src/options/endpoint-uri.ts'
import { type ConnectTarget, type Endpoint, parseTarget } from '../../../src/options/target.ts'
import { SCHEMES } from '../../../src/providers/registry.ts'

const endpointsOf = (target: ConnectTarget): readonly Endpoint[] => parseTarget(target, SCHEMES).groups.flat()
const hrefsOf = (target: ConnectTarget): string[] => endpointsOf(target).map(({ uri }) => uri.href)

const refusal = (target: ConnectTarget): string => {
  try {
    endpointsOf(target)
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidUriError)
    return (error as InvalidUriError).message
  }
  throw new Error('was accepted')
}

const AMAZON = 'b-1234a5b6-78cd-901e-2f3a-3a45b6c17819-1.mq.eu-central-1.amazonaws.com'

describe('ws: and wss:', () => {
  it.each([
    ['ws://localhost:15674/ws', 'stomp+ws://localhost:15674/ws'],
    [`wss://${AMAZON}:61619`, `stomp+wss://${AMAZON}:61619`],
    ['WSS://host/', 'stomp+wss://host/'],
    ['wss://host:443', 'stomp+wss://host:443'],
    ['ws://host?protocol=stomp', 'stomp+ws://host'],
    ['ws://host?protocol=AMQP', 'amqp+ws://host'],
    ['wss://host/path?protocol=amqp&amqp.idleTimeout=5000', 'amqp+wss://host/path?amqp.idleTimeout=5000'],
    ['ws://host?stomp.version=1.1&protocol=stomp', 'stomp+ws://host?stomp.version=1.1'],
    ['ws://host?vhost=a&protocol=stomp&stomp.version=1.1', 'stomp+ws://host?vhost=a&stomp.version=1.1'],
  ])('%s is %s', (uri, explicit) => {
    expect(hrefsOf(uri)).toEqual([explicit])
  })

  it('keep credentials apart, whatever is in them', () => {
    const [endpoint] = endpointsOf('wss://user:a?protocol=amqp@host:61619?protocol=stomp')
    expect(endpoint).toMatchObject({
      name: 'stomp+wss://host:61619',
      credentials: { username: 'user', password: 'a?protocol=amqp' },
      encrypted: true,
    })
  })

  it('may be of several protocols in one list, or of one by the option nested.protocol', () => {
    expect(hrefsOf('failover:(ws://a,ws://b?protocol=amqp)')).toEqual(['stomp+ws://a', 'amqp+ws://b'])
    const nested = 'failover:(ws://a?protocol=stomp,wss://b,stomp://c)?nested.protocol=amqp&maxReconnectDelay=5'
    expect(hrefsOf(nested)).toEqual(['amqp+ws://a', 'amqp+wss://b', 'stomp://c'])
  })

  it('are found among the priorityURIs as they stand in the target', () => {
    const uris = ['wss://a:61619', 'wss://u:p@b:61619/ws?protocol=amqp', 'ws://c?vhost=x']
    expect(uris.map(endpointName)).toEqual(endpointsOf(uris).map(({ name }) => name))
  })

  it.each([
    ['ws://host?protocol=openwire', /a protocol that polymq does not know; .* amqp, mqtt, stomp, and stomp without/],
    ['ws://host?protocol=', /a protocol that polymq does not know/],
    ['ws://host?amqp.idleTimeout=1', /unknown option amqp\.idleTimeout in the stomp\+ws: URI/],
    ['ws://host?protocl=amqp', /unknown option protocl in the stomp\+ws: URI/],
    ['ws://', /names no host/],
    ['failover:(amqp://a,stomp://b)?nested.protocol=amqp', /unknown option nested\.protocol/],
    ['wws://host', /unknown scheme wws:.*did you mean ws\?/],
  ])('refuses %s', (uri, reason) => {
    expect(refusal(uri)).toMatch(reason)
  })
})

describe('a URI of OpenWire', () => {
  it.each([
    `ssl://${AMAZON}:61617`,
    'tcp://localhost:61616?wireFormat.maxInactivityDuration=0&jms.useCompression=true',
    'failover:(nio://a:61616,nio+ssl://b:61617)?nested.wireFormat.maxFrameSize=1048576',
    'openwire://a,openwire+ssl://b',
  ])('is taken as the clients of Java have it: %s', (uri) => {
    expect(endpointsOf(uri).length).toBeGreaterThan(0)
  })

  it.each([
    ['auto+ssl://a:61617', /it is OpenWire, .* ssl:\/\/HOST:61617/],
    ['tcp://a?wireFormat.maxInactivityDurations=1', /did you mean wireFormat\.maxInactivityDuration\?/],
    ['tcp://a?jms.prefetchPolicy.everything=1', /unknown option jms\.prefetchPolicy\.everything in the tcp: URI/],
  ])('is refused when it makes no sense: %s', (uri, reason) => {
    expect(refusal(uri)).toMatch(reason)
  })
})
