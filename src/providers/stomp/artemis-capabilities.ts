import type { Capabilities, Feature } from '../../provider/capabilities.ts'
import { allBut } from '../../provider/capability-table.ts'
import { EMULATED } from './capabilities.ts'

/** What Artemis can do over STOMP. */

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

export const ARTEMIS_CAPABILITIES: Capabilities = allBut(ARTEMIS_LACKS, ARTEMIS_EMULATES)
