import type { Capabilities, Feature } from '../../provider/capabilities.ts'
import { allBut } from '../../provider/capability-table.ts'

/** What each broker can do over OpenWire. All that a table leaves out is native. */

const ACTIVEMQ_LACKS: readonly Feature[] = ['sharedSubscriptions']

/**
 * Nothing gives a message back but the end of its consumer, so it is taken and sent again in one transaction. Shared durable
 * subscriptions are queues of virtual topics.
 */
const ACTIVEMQ_EMULATES: readonly Feature[] = ['release', 'sharedDurableSubscriptions']

/** It counts deliveries by itself, and would begin anew with a message that is sent again. */
const ARTEMIS_LACKS: readonly Feature[] = [...ACTIVEMQ_LACKS, ...ACTIVEMQ_EMULATES]

export const ACTIVEMQ_CAPABILITIES: Capabilities = allBut(ACTIVEMQ_LACKS, ACTIVEMQ_EMULATES)
export const ARTEMIS_CAPABILITIES: Capabilities = allBut(ARTEMIS_LACKS)
