import { type Capabilities, FEATURES, type Feature } from '../../provider/capabilities.ts'

/** What each broker can do over OpenWire. All that a table leaves out is native. */

/** Nothing gives a message back but the end of its consumer. */
const ACTIVEMQ_LACKS: readonly Feature[] = [
  'sharedSubscriptions',
  'sharedDurableSubscriptions',
  'release',
  'duplicateDetection',
]

const ARTEMIS_LACKS: readonly Feature[] = [
  'sharedSubscriptions',
  'sharedDurableSubscriptions',
  'release',
  'duplicateDetection',
]

export const ACTIVEMQ_CAPABILITIES: Capabilities = allBut(ACTIVEMQ_LACKS)
export const ARTEMIS_CAPABILITIES: Capabilities = allBut(ARTEMIS_LACKS)

function allBut(lacks: readonly Feature[]): Capabilities {
  const support = (feature: Feature) => (lacks.includes(feature) ? 'unsupported' : 'native')
  return Object.freeze(Object.fromEntries(FEATURES.map((feature) => [feature, support(feature)]))) as Capabilities
}
