import type { Capabilities, Feature } from '../../provider/capabilities.ts'
import { allBut } from '../../provider/capability-table.ts'

/** What each broker can do over AMQP 1.0. All that a table leaves out is native. */

/** ActiveMQ Classic gives what is released to the same link again at once, whatever the outcome. */
const ACTIVEMQ_LACKS: readonly Feature[] = [
  'sharedSubscriptions',
  'sharedDurableSubscriptions',
  'release',
  'duplicateDetection',
]

/** RabbitMQ up to 4.1; later ones filter streams only. */
const RABBITMQ_LACKS: readonly Feature[] = [
  'selectors',
  'transactions',
  'queueBrowser',
  'deliveryDelay',
  'messageGroups',
  'noLocal',
  'duplicateDetection',
]

export const ACTIVEMQ_CAPABILITIES: Capabilities = allBut(ACTIVEMQ_LACKS)
export const ARTEMIS_CAPABILITIES: Capabilities = allBut([])
export const RABBITMQ_CAPABILITIES: Capabilities = allBut(RABBITMQ_LACKS)

/** Any other broker: what it offers in its open frame decides (AMQP JMS mapping §4.2). */
export function offeredCapabilities(offered: readonly string[]): Capabilities {
  const lacks: Feature[] = ['duplicateDetection', 'messageGroups']
  if (!offered.includes('SHARED-SUBS')) lacks.push('sharedSubscriptions', 'sharedDurableSubscriptions')
  if (!offered.includes('DELAYED_DELIVERY')) lacks.push('deliveryDelay')
  return allBut(lacks)
}
