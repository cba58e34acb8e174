import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../../../src/errors.ts'
import { parseTarget } from '../../../src/options/target.ts'
import { parseEndpoint } from '../../../src/providers/openwire/endpoint.ts'
import { FIXED, REFUSED, URI_OPTIONS } from '../../../src/providers/openwire/uri-options.ts'
import { SCHEMES } from '../../../src/providers/registry.ts'

/** What can be set on the ActiveMQConnectionFactory of ActiveMQ 5.9 to 6.3, and on ActiveMQXAConnectionFactory. */
const OF_THE_FACTORY = `alwaysSessionAsync alwaysSyncSend auditDepth auditMaximumProducerNumber blobTransferPolicy brokerURL
  checkForDuplicates clientID clientIDPrefix clientInternalExceptionListener closeTimeout connectResponseTimeout
  connectionIDPrefix consumerExpiryCheckEnabled consumerFailoverRedeliveryWaitPeriod copyMessageOnSend
  disableTimeStampsByDefault dispatchAsync exceptionListener exclusiveConsumer maxInflatedDataSizeRatio maxThreadPoolSize
  messagePrioritySupported nestedMapAndListEnabled nonBlockingRedelivery objectMessageSerializationDefered
  optimizeAcknowledge optimizeAcknowledgeTimeOut optimizedAckScheduledAckInterval optimizedMessageDispatch password
  prefetchPolicy producerWindowSize redeliveryPolicy redeliveryPolicyMap rejectedTaskHandler requestTimeout
  rmIdFromConnectionId sendAcksAsync sendTimeout sessionTaskRunner statsEnabled strictCompliance transactedIndividualAck
  transformer transportListener trustAllPackages trustedPackages useAsyncSend useCompression useDedicatedTaskRunner
  useRetroactiveConsumer useVirtualThreadTaskRunner userName warnAboutUnstartedConnectionTimeout watchTopicAdvisories
  xaAckMode`
const OF_POLICIES = {
  prefetchPolicy: `all durableTopicPrefetch inputStreamPrefetch maximumPendingMessageLimit optimizeDurableTopicPrefetch
    queueBrowserPrefetch queuePrefetch topicPrefetch`,
  redeliveryPolicy: `backOffMultiplier collisionAvoidancePercent destination initialRedeliveryDelay maximumRedeliveries
    maximumRedeliveryDelay preDispatchCheck queue redeliveryDelay tempQueue tempTopic topic useCollisionAvoidance
    useExponentialBackOff`,
  blobTransferPolicy: 'brokerUploadUrl bufferSize defaultUploadUrl uploadStrategy uploadUrl',
}
const names = [
  ...OF_THE_FACTORY.split(/\s+/).map((name) => `jms.${name}`),
  ...Object.entries(OF_POLICIES).flatMap(([policy, options]) =>
    options.split(/\s+/).map((name) => `jms.${policy}.${name}`),
  ),
]

const endpointOf = (name: string, value: string): unknown => parseEndpoint({ uri: new URL(`tcp://h?${name}=${value}`) })

describe('the options of the Java client', () => {
  it('are all known in URIs, behind failover:(…) too, and polymq knows no others', () => {
    for (const name of names) {
      expect(parseTarget(`tcp://h?${name}=x`, SCHEMES).groups, name).toHaveLength(1)
      expect(parseTarget(`failover:(tcp://a,tcp://b)?${name}=x`, SCHEMES).groups, name).toHaveLength(1)
    }
    const known = [...URI_OPTIONS].filter((name) => name.startsWith('jms.'))
    expect(known.sort()).toEqual([...names].sort())
  })

  it('are not all listed when another one is not known', () => {
    const parse = (): unknown => parseTarget('tcp://h?somethingElse=1', SCHEMES)
    expect(parse).toThrow(
      /known: wireFormat\.maxInactivityDuration, .*jms\.redeliveryPolicy\.maximumRedeliveries, .* …$/,
    )
    expect(parse).not.toThrow(/jms\.transformer/)
  })

  it.each(Object.entries(FIXED))('%s is taken where it says what is so', (name, [value, otherwise]) => {
    endpointOf(name, value)
    const refused = (): unknown => endpointOf(name, value === 'true' ? 'false' : 'true')
    expect(refused).toThrow(InvalidOptionError)
    expect(refused).toThrow(otherwise)
  })

  it.each(Object.entries(REFUSED))('%s is refused with what to do', (name, instead) => {
    const refused = (): unknown => endpointOf(name, 'x')
    expect(refused).toThrow(InvalidOptionError)
    expect(refused).toThrow(`${name} has no counterpart here: ${instead}`)
  })

  it.each(['jms.useDedicatedTaskRunner=true', 'jms.trustAllPackages=true', 'jms.optimizeAcknowledgeTimeOut=300'])(
    '%s makes no difference',
    (option) => {
      const [name = '', value = ''] = option.split('=')
      expect(endpointOf(name, value)).toEqual(parseEndpoint({ uri: new URL('tcp://h') }))
    },
  )
})
