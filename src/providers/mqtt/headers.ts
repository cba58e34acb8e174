/**
 * User properties of a message that are no properties of the application. They are the headers that this client has on
 * RabbitMQ over every protocol: there, a name that begins with `x-` is no property for readers over AMQP 1.0.
 */
import {
  EXPIRATION_HEADER,
  GROUP_ID_HEADER,
  GROUP_SEQUENCE_HEADER,
  RABBITMQ_TYPES_HEADER,
  TIMESTAMP_HEADER,
  TYPE_HEADER,
} from '../../interop/rabbitmq-headers.ts'

export {
  EXPIRATION_HEADER,
  GROUP_ID_HEADER,
  GROUP_SEQUENCE_HEADER,
  RABBITMQ_TYPES_HEADER as TYPES_HEADER,
  TIMESTAMP_HEADER,
  TYPE_HEADER,
}

/** As RabbitMQ calls the message id of another protocol. */
export const MESSAGE_ID_HEADER = 'x-message-id'

/** What a consumer knows otherwise, or RabbitMQ adds. */
const OWN: ReadonlySet<string> = new Set([
  ...[MESSAGE_ID_HEADER, TYPE_HEADER, TIMESTAMP_HEADER, EXPIRATION_HEADER, RABBITMQ_TYPES_HEADER],
  ...[GROUP_ID_HEADER, GROUP_SEQUENCE_HEADER],
  ...['x-delivery-count', 'x-basic-type', 'x-correlation-id', 'x-reply-to-topic'],
])

/** Whether a user property is a property of the application. */
export function isProperty(name: string): boolean {
  // RabbitMQ hands on what AMQP 1.0 annotates a message with.
  return !OWN.has(name) && !name.startsWith('x-opt-')
}

/** Boolean property of a message that the broker is to retain, and of one that it had retained. */
export const RETAIN_PROPERTY = 'MqttRetain'

/** Names of temporary destinations, which are topics that nobody else has. */
const TEMPORARY_PREFIX = 'polymq.temporary.'

export function temporaryName(kind: 'temporary-queue' | 'temporary-topic', unique: string): string {
  return `${TEMPORARY_PREFIX}${kind === 'temporary-queue' ? 'queue' : 'topic'}.${unique}`
}

/** What a name is the name of. */
export function kindOfName(name: string): 'topic' | 'temporary-queue' | 'temporary-topic' {
  if (name.startsWith(`${TEMPORARY_PREFIX}queue.`)) return 'temporary-queue'
  return name.startsWith(TEMPORARY_PREFIX) ? 'temporary-topic' : 'topic'
}
