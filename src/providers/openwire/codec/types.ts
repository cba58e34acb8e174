/** Ids of the commands and structures of OpenWire that this codec knows. */
export const TYPE = {
  WIRE_FORMAT_INFO: 1,
  BROKER_INFO: 2,
  CONNECTION_INFO: 3,
  SESSION_INFO: 4,
  CONSUMER_INFO: 5,
  PRODUCER_INFO: 6,
  TRANSACTION_INFO: 7,
  DESTINATION_INFO: 8,
  REMOVE_SUBSCRIPTION_INFO: 9,
  KEEP_ALIVE_INFO: 10,
  SHUTDOWN_INFO: 11,
  REMOVE_INFO: 12,
  CONTROL_COMMAND: 14,
  FLUSH_COMMAND: 15,
  CONNECTION_ERROR: 16,
  CONSUMER_CONTROL: 17,
  CONNECTION_CONTROL: 18,
  PRODUCER_ACK: 19,
  MESSAGE_PULL: 20,
  MESSAGE_DISPATCH: 21,
  MESSAGE_ACK: 22,
  MESSAGE: 23,
  BYTES_MESSAGE: 24,
  MAP_MESSAGE: 25,
  OBJECT_MESSAGE: 26,
  STREAM_MESSAGE: 27,
  TEXT_MESSAGE: 28,
  BLOB_MESSAGE: 29,
  RESPONSE: 30,
  EXCEPTION_RESPONSE: 31,
  DATA_RESPONSE: 32,
  DATA_ARRAY_RESPONSE: 33,
  INTEGER_RESPONSE: 34,
  SUBSCRIPTION_INFO: 55,
  QUEUE: 100,
  TOPIC: 101,
  TEMP_QUEUE: 102,
  TEMP_TOPIC: 103,
  MESSAGE_ID: 110,
  LOCAL_TRANSACTION_ID: 111,
  XA_TRANSACTION_ID: 112,
  CONNECTION_ID: 120,
  SESSION_ID: 121,
  CONSUMER_ID: 122,
  PRODUCER_ID: 123,
  BROKER_ID: 124,
} as const

/** What an acknowledgement says of messages. */
export const ACK = {
  /** The application has them, but is not through; makes room for more. */
  DELIVERED: 0,
  /** To the dead letters. */
  POISON: 1,
  /** Consumed, from the first to the last. */
  STANDARD: 2,
} as const

/** What is to become of a transaction. */
export const TRANSACTION = { BEGIN: 0, COMMIT_ONE_PHASE: 2, ROLLBACK: 4 } as const

/** A number as it is on the wire: 64 bits, a bigint where a number would not be exact. */
export type Long = number | bigint

/** A Java exception: the broker says what went wrong. */
export interface Throwable {
  readonly className: string
  readonly message: string
}

/** Any command or structure: its type and its fields, by their names in {@link COMMANDS}. */
export interface Structure {
  readonly type: number
  readonly [field: string]: FieldValue
}

export type FieldValue =
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Throwable
  | Structure
  | readonly (Structure | null)[]
  | null
  | undefined
