import { TYPE } from './types.ts'

/** How a field is written in the loose encoding. An object is any structure, and may be missing. */
export type FieldType =
  | 'boolean'
  | 'byte'
  | 'int'
  | 'long'
  | 'string'
  | 'bytes'
  | 'magic'
  | 'object'
  | 'array'
  | 'throwable'

export interface Field {
  readonly name: string
  readonly type: FieldType
  /** The version of OpenWire that has it first. */
  readonly since: number
}

/** A command, or a structure that stands in one. */
export interface Definition {
  readonly type: number
  readonly fields: readonly Field[]
}

/** What every command begins with. */
const BASE = 'int commandId, boolean responseRequired'
const RESPONSE = `${BASE}, int correlationId`

/** The fields of every message, in the order in which they were added to the protocol (ActiveMQ MessageMarshaller, 10). */
const MESSAGE = `${BASE}, object producerId, object destination, object transactionId, object originalDestination,
  object messageId, object originalTransactionId, string groupID, int groupSequence, string correlationId,
  boolean persistent, long expiration, byte priority, object replyTo, long timestamp, string jmsType, bytes content,
  bytes marshalledProperties, object dataStructure, object targetConsumerId, boolean compressed, int redeliveryCounter,
  array brokerPath, long arrival, string userID, boolean receivedByDFBridge, boolean droppable, array cluster,
  long brokerInTime, long brokerOutTime, boolean jmsXGroupFirstForConsumer`

/** `type name` for each field, and the version that has it first where that is above 10. */
const TABLE: readonly (readonly [type: number, fields: string])[] = [
  [TYPE.WIRE_FORMAT_INFO, 'magic magic, int version, bytes marshalledProperties'],
  [
    TYPE.BROKER_INFO,
    `${BASE}, object brokerId, string brokerURL, array peerBrokerInfos, string brokerName, boolean slaveBroker,
     boolean masterBroker, boolean faultTolerantConfiguration, boolean duplexConnection, boolean networkConnection,
     long connectionId, string brokerUploadUrl, string networkProperties`,
  ],
  [
    TYPE.CONNECTION_INFO,
    `${BASE}, object connectionId, string clientId, string password, string userName, array brokerPath,
     boolean brokerMasterConnector, boolean manageable, boolean clientMaster, boolean faultTolerant,
     boolean failoverReconnect, string clientIp`,
  ],
  [TYPE.SESSION_INFO, `${BASE}, object sessionId`],
  [
    TYPE.CONSUMER_INFO,
    `${BASE}, object consumerId, boolean browser, object destination, int prefetchSize,
     int maximumPendingMessageLimit, boolean dispatchAsync, string selector, string clientId, string subscriptionName,
     boolean noLocal, boolean exclusive, boolean retroactive, byte priority, array brokerPath,
     object additionalPredicate, boolean networkSubscription, boolean optimizedAcknowledge, boolean noRangeAcks,
     array networkConsumerPath`,
  ],
  [
    TYPE.PRODUCER_INFO,
    `${BASE}, object producerId, object destination, array brokerPath, boolean dispatchAsync, int windowSize`,
  ],
  [TYPE.TRANSACTION_INFO, `${BASE}, object connectionId, object transactionId, byte operation`],
  [
    TYPE.DESTINATION_INFO,
    `${BASE}, object connectionId, object destination, byte operationType, long timeout, array brokerPath`,
  ],
  [TYPE.REMOVE_SUBSCRIPTION_INFO, `${BASE}, object connectionId, string subscriptionName, string clientId`],
  [TYPE.KEEP_ALIVE_INFO, BASE],
  [TYPE.SHUTDOWN_INFO, BASE],
  [TYPE.REMOVE_INFO, `${BASE}, object objectId, long lastDeliveredSequenceId`],
  [TYPE.CONTROL_COMMAND, `${BASE}, string command`],
  [TYPE.FLUSH_COMMAND, BASE],
  [TYPE.CONNECTION_ERROR, `${BASE}, throwable exception, object connectionId`],
  [
    TYPE.CONSUMER_CONTROL,
    `${BASE}, object destination, boolean close, object consumerId, int prefetch, boolean flush, boolean start,
     boolean stop`,
  ],
  [
    TYPE.CONNECTION_CONTROL,
    `${BASE}, boolean close, boolean exit, boolean faultTolerant, boolean resume, boolean suspend,
     string connectedBrokers, string reconnectTo, boolean rebalanceConnection, bytes token`,
  ],
  [TYPE.PRODUCER_ACK, `${BASE}, object producerId, int size`],
  [
    TYPE.MESSAGE_PULL,
    `${BASE}, object consumerId, object destination, long timeout, string correlationId, object messageId`,
  ],
  [TYPE.MESSAGE_DISPATCH, `${BASE}, object consumerId, object destination, object message, int redeliveryCounter`],
  [
    TYPE.MESSAGE_ACK,
    `${BASE}, object destination, object transactionId, object consumerId, byte ackType, object firstMessageId,
     object lastMessageId, int messageCount, throwable poisonCause`,
  ],
  [TYPE.MESSAGE, MESSAGE],
  [TYPE.BYTES_MESSAGE, MESSAGE],
  [TYPE.MAP_MESSAGE, MESSAGE],
  [TYPE.OBJECT_MESSAGE, MESSAGE],
  [TYPE.STREAM_MESSAGE, MESSAGE],
  [TYPE.TEXT_MESSAGE, MESSAGE],
  [TYPE.BLOB_MESSAGE, `${MESSAGE}, string remoteBlobUrl, string mimeType, boolean deletedByBroker`],
  [TYPE.RESPONSE, RESPONSE],
  [TYPE.EXCEPTION_RESPONSE, `${RESPONSE}, throwable exception`],
  [TYPE.DATA_RESPONSE, `${RESPONSE}, object data`],
  [TYPE.DATA_ARRAY_RESPONSE, `${RESPONSE}, array data`],
  [TYPE.INTEGER_RESPONSE, `${RESPONSE}, int result`],
  [
    TYPE.SUBSCRIPTION_INFO,
    `string clientId, object destination, string selector, string subscriptionName, object subscribedDestination,
     boolean noLocal 11`,
  ],
  [TYPE.QUEUE, 'string physicalName'],
  [TYPE.TOPIC, 'string physicalName'],
  [TYPE.TEMP_QUEUE, 'string physicalName'],
  [TYPE.TEMP_TOPIC, 'string physicalName'],
  [TYPE.MESSAGE_ID, 'string textView, object producerId, long producerSequenceId, long brokerSequenceId'],
  [TYPE.LOCAL_TRANSACTION_ID, 'long value, object connectionId'],
  [TYPE.XA_TRANSACTION_ID, 'int formatId, bytes globalTransactionId, bytes branchQualifier'],
  [TYPE.CONNECTION_ID, 'string value'],
  [TYPE.SESSION_ID, 'string connectionId, long value'],
  [TYPE.CONSUMER_ID, 'string connectionId, long sessionId, long value'],
  // Unlike those of a consumer: the value stands before the session.
  [TYPE.PRODUCER_ID, 'string connectionId, long value, long sessionId'],
  [TYPE.BROKER_ID, 'string value'],
]

/** The lowest version that has all fields of the table whose version is not told. */
export const LOWEST_VERSION = 10
export const HIGHEST_VERSION = 12

/** By their types. */
export const DEFINITIONS: readonly (Definition | undefined)[] = byType()

function byType(): readonly (Definition | undefined)[] {
  const definitions: (Definition | undefined)[] = new Array(256).fill(undefined)
  for (const [type, text] of TABLE) definitions[type] = { type, fields: text.split(',').map(fieldOf) }
  return definitions
}

function fieldOf(text: string): Field {
  const [type = '', name = '', since = LOWEST_VERSION] = text.trim().split(/\s+/)
  return { name, type: type as FieldType, since: Number(since) }
}
