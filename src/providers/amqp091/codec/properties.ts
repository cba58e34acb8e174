/** Flags of the properties of a message (AMQP 0-9-1 §4.2.6.1, class basic), in their order on the wire. */
export const CONTENT_TYPE = 0x8000
export const CONTENT_ENCODING = 0x4000
export const HEADERS = 0x2000
export const DELIVERY_MODE = 0x1000
export const PRIORITY = 0x0800
export const CORRELATION_ID = 0x0400
export const REPLY_TO = 0x0200
export const EXPIRATION = 0x0100
export const MESSAGE_ID = 0x0080
export const TIMESTAMP = 0x0040
export const TYPE = 0x0020
export const USER_ID = 0x0010
export const APP_ID = 0x0008
export const CLUSTER_ID = 0x0004
/** Another word of flags follows; the class basic has none. */
export const MORE_FLAGS = 0x0001
