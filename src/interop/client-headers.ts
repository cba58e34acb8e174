/** Headers in which polymq clients keep for one another what a protocol has no place for, or too small a one; peers see properties. */
export const MESSAGE_ID = 'PolymqMessageId'
/** ms since the epoch, where the broker sets a timestamp of its own: Artemis. */
export const TIMESTAMP = 'PolymqTimestamp'
export const GROUP_ID = 'PolymqGroupID'
export const GROUP_SEQUENCE = 'PolymqGroupSeq'
export const DELIVERY_TIME = 'PolymqDeliveryTime'
