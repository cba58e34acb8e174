import { type Capabilities, FEATURES, type Feature } from '../../provider/capabilities.ts'

/** What each broker can do over STOMP. All that a table leaves out is native. */

/** Text is all that headers carry; another polymq client gets the types of properties back. */
const EMULATED: readonly Feature[] = ['typedProperties']

/** Temporary destinations are queues and topics with names that nobody else has. */
const ARTEMIS_EMULATES: readonly Feature[] = [...EMULATED, 'temporaryQueues', 'temporaryTopics']

/** ACK takes no part in a transaction, and a NACK deletes the message. A named subscription stays for ever. */
const ARTEMIS_LACKS: readonly Feature[] = [
  'transactions',
  'sharedSubscriptions',
  'queueBrowser',
  'deliveryCount',
  'release',
  'deadLetter',
]

/** NACK moves a message to the dead letters at once, and nothing gives one back but the end of its subscription. */
const ACTIVEMQ_LACKS: readonly Feature[] = [
  'sharedSubscriptions',
  'sharedDurableSubscriptions',
  'deliveryCount',
  'release',
  'duplicateDetection',
]

/**
 * A transaction is a list of frames that are carried out one by one when it commits. What is given back counts as
 * delivered, also when nobody has had it.
 */
const RABBITMQ_LACKS: readonly Feature[] = [
  'deliveryCount',
  'release',
  'selectors',
  'transactions',
  'queueBrowser',
  'deliveryDelay',
  'messageGroups',
  'noLocal',
  'duplicateDetection',
]

/** What STOMP itself has no word for. */
const OTHER_LACKS: readonly Feature[] = [
  'wildcards',
  'selectors',
  'durableSubscriptions',
  'sharedSubscriptions',
  'sharedDurableSubscriptions',
  'queueBrowser',
  'temporaryQueues',
  'temporaryTopics',
  'priority',
  'timeToLive',
  'deliveryDelay',
  'deliveryCount',
  'release',
  'deadLetter',
  'messageGroups',
  'noLocal',
  'duplicateDetection',
]

export const ACTIVEMQ_CAPABILITIES: Capabilities = allBut(ACTIVEMQ_LACKS)
export const ARTEMIS_CAPABILITIES: Capabilities = allBut(ARTEMIS_LACKS, ARTEMIS_EMULATES)
export const RABBITMQ_CAPABILITIES: Capabilities = allBut(RABBITMQ_LACKS)
export const OTHER_CAPABILITIES: Capabilities = allBut(OTHER_LACKS)

function allBut(lacks: readonly Feature[], emulates = EMULATED): Capabilities {
  const support = (feature: Feature) =>
    lacks.includes(feature) ? 'unsupported' : emulates.includes(feature) ? 'emulated' : 'native'
  return Object.freeze(Object.fromEntries(FEATURES.map((feature) => [feature, support(feature)]))) as Capabilities
}
