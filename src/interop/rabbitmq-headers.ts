/**
 * Headers of a message on RabbitMQ that are no properties of the application: what this client keeps in them, what the
 * broker adds, and what STOMP frames have for themselves. The same over every protocol.
 */

import { CORRELATION_ID, EXPIRATION, TIMESTAMP } from './client-headers.ts'

export const GROUP_ID_HEADER = 'JMSXGroupID'
export const GROUP_SEQUENCE_HEADER = 'JMSXGroupSeq'

/** What RabbitMQ adds when it delivers, and what its other protocols translate to. */
export const BROKER_HEADERS: ReadonlySet<string> = new Set([
  ...['x-delivery-count', 'x-acquired-count', 'x-death', 'x-opt-deaths', 'x-opt-rabbitmq-received-time'],
  ...['x-first-death-exchange', 'x-first-death-queue', 'x-first-death-reason'],
  ...['x-last-death-exchange', 'x-last-death-queue', 'x-last-death-reason'],
  ...['x-opt-jms-msg-type', 'x-opt-jms-dest', 'x-opt-jms-reply-to', 'x-message-id', 'x-correlation-id'],
  ...['x-reply-to-topic', 'x-basic-type', 'x-exchange', 'x-routing-key', 'x-cc', 'CC'],
])

/** A property of such a name would be taken for the header of a STOMP frame. */
export const STOMP_HEADERS: ReadonlySet<string> = new Set([
  ...['destination', 'message-id', 'subscription', 'ack', 'receipt', 'content-length', 'content-type', 'transaction'],
  ...['correlation-id', 'reply-to', 'type', 'priority', 'persistent', 'timestamp', 'expiration', 'redelivered'],
  ...['amqp-message-id', 'content-encoding', 'user-id', 'app-id', 'amq-msg-type'],
])

/** What this client keeps in headers of its own, besides the types of properties. */
export const CLIENT_HEADERS: ReadonlySet<string> = new Set([
  ...[TIMESTAMP, EXPIRATION, CORRELATION_ID, GROUP_ID_HEADER, GROUP_SEQUENCE_HEADER],
])
