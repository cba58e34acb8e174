import type { Capabilities, Feature } from '../../provider/capabilities.ts'
import { allBut } from '../../provider/capability-table.ts'
import { EMULATED } from './capabilities.ts'

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

export const OTHER_CAPABILITIES: Capabilities = allBut(OTHER_LACKS, EMULATED)
