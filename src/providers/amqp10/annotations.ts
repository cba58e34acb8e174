import type { JmsDestinationKind } from '../../message/destination.ts'
import type { MessageKind } from '../../message/message-data.ts'

/** Message annotations of the OASIS AMQP JMS mapping; their values are AMQP bytes. */
export const MESSAGE_TYPE = 'x-opt-jms-msg-type'
export const DESTINATION_TYPE = 'x-opt-jms-dest'
export const REPLY_TO_TYPE = 'x-opt-jms-reply-to'
/** ms since the epoch as a long: as a timestamp it would make ActiveMQ Classic store the message raw. */
export const DELIVERY_TIME = 'x-opt-delivery-time'

/** Values of {@link MESSAGE_TYPE}. */
export const JMS_MESSAGE = 0
export const JMS_OBJECT = 1
export const JMS_MAP = 2
export const JMS_BYTES = 3
export const JMS_STREAM = 4
export const JMS_TEXT = 5

/**
 * The annotation each kind is sent with. An object has none: its body is JSON text, which a Java reader then gets as a
 * TextMessage, by its content type; annotated 1 it would be an ObjectMessage that fails to deserialise.
 */
export const TYPE_OF_KIND: Readonly<Record<MessageKind, number | undefined>> = {
  empty: JMS_MESSAGE,
  object: undefined,
  map: JMS_MAP,
  bytes: JMS_BYTES,
  stream: JMS_STREAM,
  text: JMS_TEXT,
}

/** Destination kinds in the order of their annotation values. */
export const DESTINATION_KINDS: readonly JmsDestinationKind[] = ['queue', 'topic', 'temporary-queue', 'temporary-topic']

export { BYTES_CONTENT_TYPE, JSON_CONTENT_TYPE, TEXT_CONTENT_TYPE } from '../../interop/content-type.ts'
export const JAVA_OBJECT_CONTENT_TYPE = 'application/x-java-serialized-object'
