import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../../../src/errors.ts'
import type { ConnectionInfo } from '../../../src/provider/resources.ts'
import { type Endpoint, parseEndpoint } from '../../../src/providers/openwire/endpoint.ts'

const endpointOf = (uri: string): Endpoint => parseEndpoint({ uri: new URL(uri) } as ConnectionInfo)

describe('a URI of OpenWire', () => {
  it.each([
    ['tcp://h', 'tcp', 61_616],
    ['nio://h', 'tcp', 61_616],
    ['openwire://h:1', 'tcp', 1],
    ['ssl://h', 'tls', 61_617],
    ['nio+ssl://h', 'tls', 61_617],
    ['openwire+ssl://h:2', 'tls', 2],
  ])('%s goes over %s to port %d', (uri, transport, port) => {
    expect(endpointOf(uri)).toMatchObject({ transport, port, host: 'h' })
  })

  it('has options by the names of the Java client', () => {
    const query = [
      ...['wireFormat.maxInactivityDuration=5000', 'wireFormat.maxFrameSize=2048', 'wireFormat.version=11'],
      ...['wireFormat.tightEncodingEnabled=false', 'jms.useCompression=true', 'jms.prefetchPolicy.all=7'],
      ...[
        'jms.prefetchPolicy.queuePrefetch=3',
        'jms.prefetchPolicy.maximumPendingMessageLimit=9',
        'jms.exclusiveConsumer=true',
        'jms.alwaysSyncSend=true',
      ],
    ]
    expect(endpointOf(`tcp://h?${query.join('&')}`)).toMatchObject({
      ...{ maxInactivityDuration: 5_000, largestFrame: 2_048, version: 11, useCompression: true },
      ...{
        prefetch: { queue: 3, topic: 7, durableTopic: 7, queueBrowser: 7 },
        exclusiveConsumer: true,
        pendingLimit: 9,
      },
    })
  })

  it.each([
    ['wireFormat.tightEncodingEnabled=true', /the loose encoding, which every broker takes; leave it out/],
    ['wireFormat.cacheEnabled=true', /leave it out/],
    ['wireFormat.version=9', /no whole number from 10 to 12/],
    ['wireFormat.maxFrameSize=-1', /no whole number/],
    ['jms.useCompression=yes', /neither true nor false/],
    ['jms.optimizeAcknowledge=true', /the acknowledge mode dups-ok/],
    ['jms.transformer=a.B', /no counterpart here: it is an object of Java; change messages before send\(\)/],
    ['jms.alwaysSyncSend=false', /jms\.useAsyncSend=true/],
  ])('is refused with %s', (query, reason) => {
    const parse = (): Endpoint => endpointOf(`tcp://h?${query}`)
    expect(parse).toThrow(InvalidOptionError)
    expect(parse).toThrow(reason)
  })
})
