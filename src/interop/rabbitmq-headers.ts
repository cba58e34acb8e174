/**
 * Headers of a message on RabbitMQ that are no properties of the application: what this client keeps in them, what the
 * broker adds, and what STOMP frames have for themselves. The same over every protocol: a header that begins with `x-` is an
 * annotation for AMQP 1.0, so that other clients see no property in it.
 */

/** What other protocols lose of a message; see types-header.ts. */
export const RABBITMQ_TYPES_HEADER = 'x-polymq-types'
/** The type of a message whose body RabbitMQ hands over as AMQP 1.0 encoded it: there it says so in the place of the type. */
export const TYPE_HEADER = 'x-polymq-type'
/** ms since the epoch: RabbitMQ's own timestamps are seconds, and its expirations durations. */
export const TIMESTAMP_HEADER = 'x-polymq-timestamp'
export const EXPIRATION_HEADER = 'x-polymq-expiration'
/** A correlation id that is too long for RabbitMQ's own. */
export const CORRELATION_ID_HEADER = 'x-polymq-correlation-id'
export const GROUP_ID_HEADER = 'JMSXGroupID'
export const GROUP_SEQUENCE_HEADER = 'JMSXGroupSeq'

/** What RabbitMQ adds when it delivers, and what its other protocols translate to. */
export const BROKER_HEADERS: ReadonlySet<string> = new Set([
  ...['x-delivery-count', 'x-acquired-count', 'x-death'],
  ...['x-first-death-exchange', 'x-first-death-queue', 'x-first-death-reason'],
  ...['x-last-death-exchange', 'x-last-death-queue', 'x-last-death-reason'],
  ...['x-opt-jms-msg-type', 'x-opt-jms-dest', 'x-opt-jms-reply-to'],
])

/** A property of such a name would be taken for the header of a STOMP frame. */
export const STOMP_HEADERS: ReadonlySet<string> = new Set([
  ...['destination', 'message-id', 'subscription', 'ack', 'receipt', 'content-length', 'content-type', 'transaction'],
  ...['correlation-id', 'reply-to', 'type', 'priority', 'persistent', 'timestamp', 'expiration', 'redelivered'],
  ...['amqp-message-id', 'content-encoding', 'user-id', 'app-id', 'amq-msg-type'],
])

/** What this client keeps in headers of its own. */
export const CLIENT_HEADERS: ReadonlySet<string> = new Set([
  TYPE_HEADER,
  ...[
    RABBITMQ_TYPES_HEADER,
    TIMESTAMP_HEADER,
    EXPIRATION_HEADER,
    CORRELATION_ID_HEADER,
    GROUP_ID_HEADER,
    GROUP_SEQUENCE_HEADER,
  ],
])
