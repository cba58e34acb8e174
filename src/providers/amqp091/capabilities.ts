import type { Capabilities, Feature } from '../../provider/capabilities.ts'
import { allBut } from '../../provider/capability-table.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'

/**
 * What RabbitMQ can do over AMQP 0-9-1; all that is not listed is native. It counts what is given back as delivered, also
 * when nobody has had it: by that count, good messages would go to the dead letters only because consumers came and went.
 * Its transactions are lists of what is done one by one at the commit, queue by queue: where one of it is refused, or the broker dies
 * over it, a part is done. docs/amqp091.md has what was found.
 */
const RABBITMQ_LACKS: readonly Feature[] = [
  'selectors',
  'transactions',
  'queueBrowser',
  'deliveryDelay',
  'deliveryCount',
  'release',
  'messageGroups',
  'noLocal',
  'duplicateDetection',
]

export const RABBITMQ_CAPABILITIES: Capabilities = allBut(RABBITMQ_LACKS)

/** Before version 4, quorum queues know no priorities; classic ones do, when they are declared with `x-max-priority`. */
const RABBITMQ_3_CAPABILITIES: Capabilities = allBut([...RABBITMQ_LACKS, 'priority'])

/** What the connected broker can do, with the queues that the options of the connection ask for. */
export function capabilitiesOf(version: string | undefined, options: ConnectionInfo['rabbitmq']): Capabilities {
  const major = Number(version?.split('.')[0])
  return major < 4 && !asksForPriorities(options) ? RABBITMQ_3_CAPABILITIES : RABBITMQ_CAPABILITIES
}

function asksForPriorities(options: ConnectionInfo['rabbitmq']): boolean {
  if (options === undefined) return false
  return [options.queueDefaults, ...options.queues.values()].some((table) => 'x-max-priority' in table)
}
