/** Headers in which polymq clients keep for one another what a protocol has no place for, or too small a one; peers see properties. */
export const MESSAGE_ID = 'PolymqMessageId'
/** ms since the epoch: RabbitMQ's own timestamps are seconds, and its expirations durations. */
export const TIMESTAMP = 'PolymqTimestamp'
export const EXPIRATION = 'PolymqExpiration'
/** A correlation id that is too long for RabbitMQ's own. */
export const CORRELATION_ID = 'PolymqCorrelationId'
export const GROUP_ID = 'PolymqGroupID'
export const GROUP_SEQUENCE = 'PolymqGroupSeq'
export const DELIVERY_TIME = 'PolymqDeliveryTime'
