import type { Capabilities, Feature } from '../../provider/capabilities.ts'
import { allBut } from '../../provider/capability-table.ts'
import type { ProtocolLevel } from './codec/packets.ts'
import type { PacketProperties } from './codec/properties.ts'

/** What the brokers can do over MQTT. All that a table leaves out is native. */

/** Of MQTT itself: there are topics, and a message is acknowledged or not. */
const LACKS: readonly Feature[] = [
  'queues',
  'transactions',
  'sharedDurableSubscriptions',
  'queueBrowser',
  'priority',
  'deliveryDelay',
  'deliveryCount',
  'release',
  'deadLetter',
  'messageGroups',
  'duplicateDetection',
]

/** Temporary destinations are topics that nobody else has; selectors are applied here; types go along as text. */
const EMULATES: readonly Feature[] = ['selectors', 'temporaryQueues', 'temporaryTopics', 'typedProperties']

/** A message of MQTT 3.1.1 is a topic and bytes. */
const VERSION_3_LACKS: readonly Feature[] = [
  'selectors',
  'sharedSubscriptions',
  'timeToLive',
  'noLocal',
  'replyTo',
  'properties',
  'typedProperties',
]

/** With an envelope its payload has room for the rest, save what the broker would have to do. */
const ENVELOPE_LACKS: readonly Feature[] = ['sharedSubscriptions', 'timeToLive', 'noLocal']
const ENVELOPE_EMULATES: readonly Feature[] = [...EMULATES, 'replyTo', 'properties']

/** What the version of the protocol, and the broker in its CONNACK, say of themselves. */
export function capabilitiesOf(level: ProtocolLevel, limits: PacketProperties, envelope = false): Capabilities {
  const lacks = [...LACKS]
  if (level === 4) lacks.push(...(envelope ? ENVELOPE_LACKS : VERSION_3_LACKS))
  const emulates = level === 4 && envelope ? ENVELOPE_EMULATES : EMULATES
  if (limits.sharedAvailable === 0) lacks.push('sharedSubscriptions')
  if (limits.wildcardsAvailable === 0) lacks.push('wildcards')
  if (limits.maximumQos === 0) lacks.push('publishConfirm')
  return allBut(lacks, emulates)
}

export const MOSQUITTO_CAPABILITIES: Capabilities = capabilitiesOf(5, {})
export const ARTEMIS_CAPABILITIES: Capabilities = capabilitiesOf(5, {})
export const RABBITMQ_CAPABILITIES: Capabilities = capabilitiesOf(5, { sharedAvailable: 0, maximumQos: 1 })
export const VERSION_3_CAPABILITIES: Capabilities = capabilitiesOf(4, {})
export const ENVELOPE_CAPABILITIES: Capabilities = capabilitiesOf(4, {}, true)
