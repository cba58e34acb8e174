import { type Capabilities, FEATURES, type Feature } from '../../provider/capabilities.ts'

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

export const RABBITMQ_CAPABILITIES: Capabilities = Object.freeze(
  Object.fromEntries(FEATURES.map((feature) => [feature, RABBITMQ_LACKS.includes(feature) ? 'unsupported' : 'native'])),
) as Capabilities
