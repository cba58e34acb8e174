/** Headers in which polymq clients keep for one another what a protocol has no place for, or too small a one; peers see properties. */
export const MESSAGE_ID = 'PolymqMessageId'
export const GROUP_ID = 'PolymqGroupID'
export const GROUP_SEQUENCE = 'PolymqGroupSeq'
export const DELIVERY_TIME = 'PolymqDeliveryTime'
