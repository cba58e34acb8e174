/** Numbers of AMQP 0-9-1 §4.2.3 and of its methods: the class above the method, as they stand on the wire. */

export const FRAME_METHOD = 1
export const FRAME_HEADER = 2
export const FRAME_BODY = 3
export const FRAME_HEARTBEAT = 8
export const FRAME_END = 0xce
/** Type, channel and size before a frame's payload, and its end behind it. */
export const FRAME_OVERHEAD = 8

export const CONNECTION_START = 0x000a000a
export const CONNECTION_START_OK = 0x000a000b
export const CONNECTION_SECURE = 0x000a0014
export const CONNECTION_SECURE_OK = 0x000a0015
export const CONNECTION_TUNE = 0x000a001e
export const CONNECTION_TUNE_OK = 0x000a001f
export const CONNECTION_OPEN = 0x000a0028
export const CONNECTION_OPEN_OK = 0x000a0029
export const CONNECTION_CLOSE = 0x000a0032
export const CONNECTION_CLOSE_OK = 0x000a0033
/** RabbitMQ's extension `connection.blocked`. */
export const CONNECTION_BLOCKED = 0x000a003c
export const CONNECTION_UNBLOCKED = 0x000a003d

/** RabbitMQ's extension: a new password, or token, for a connection that is open. */
export const CONNECTION_UPDATE_SECRET = 0x000a0046
export const CONNECTION_UPDATE_SECRET_OK = 0x000a0047

export const CHANNEL_OPEN = 0x0014000a
export const CHANNEL_OPEN_OK = 0x0014000b
export const CHANNEL_FLOW = 0x00140014
export const CHANNEL_FLOW_OK = 0x00140015
export const CHANNEL_CLOSE = 0x00140028
export const CHANNEL_CLOSE_OK = 0x00140029

export const EXCHANGE_DECLARE = 0x0028000a
export const EXCHANGE_DECLARE_OK = 0x0028000b
export const EXCHANGE_DELETE = 0x00280014
export const EXCHANGE_DELETE_OK = 0x00280015
/** RabbitMQ's extension: exchanges that get from exchanges. */
export const EXCHANGE_BIND = 0x0028001e
export const EXCHANGE_BIND_OK = 0x0028001f
export const EXCHANGE_UNBIND = 0x00280028
export const EXCHANGE_UNBIND_OK = 0x00280033

export const QUEUE_DECLARE = 0x0032000a
export const QUEUE_DECLARE_OK = 0x0032000b
export const QUEUE_BIND = 0x00320014
export const QUEUE_BIND_OK = 0x00320015
export const QUEUE_PURGE = 0x0032001e
export const QUEUE_PURGE_OK = 0x0032001f
export const QUEUE_DELETE = 0x00320028
export const QUEUE_DELETE_OK = 0x00320029
export const QUEUE_UNBIND = 0x00320032
export const QUEUE_UNBIND_OK = 0x00320033

export const BASIC_CLASS = 60
export const BASIC_QOS = 0x003c000a
export const BASIC_QOS_OK = 0x003c000b
export const BASIC_CONSUME = 0x003c0014
export const BASIC_CONSUME_OK = 0x003c0015
export const BASIC_CANCEL = 0x003c001e
export const BASIC_CANCEL_OK = 0x003c001f
export const BASIC_PUBLISH = 0x003c0028
export const BASIC_RETURN = 0x003c0032
export const BASIC_DELIVER = 0x003c003c
export const BASIC_ACK = 0x003c0050
/** RabbitMQ's extension: from a client many at once, from the broker a message that it does not take. */
export const BASIC_NACK = 0x003c0078

export const CONFIRM_SELECT = 0x0055000a
export const CONFIRM_SELECT_OK = 0x0055000b
