import type { Capabilities, Feature } from '../../provider/capabilities.ts'
import { allBut } from '../../provider/capability-table.ts'
import { EMULATED } from './capabilities.ts'

/** What ActiveMQ Classic can do over STOMP. */

/** NACK moves a message to the dead letters at once, and nothing gives one back but the end of its subscription. */
const ACTIVEMQ_LACKS: readonly Feature[] = [
  'sharedSubscriptions',
  'sharedDurableSubscriptions',
  'deliveryCount',
  'release',
  'duplicateDetection',
]

export const ACTIVEMQ_CAPABILITIES: Capabilities = allBut(ACTIVEMQ_LACKS, EMULATED)
