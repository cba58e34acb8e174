import type { Capabilities, Feature } from '../../provider/capabilities.ts'
import { allBut } from '../../provider/capability-table.ts'
import { EMULATED } from './capabilities.ts'

/** What RabbitMQ can do over STOMP. */

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

export const RABBITMQ_CAPABILITIES: Capabilities = allBut(RABBITMQ_LACKS, EMULATED)
