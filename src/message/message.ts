import { MessageFormatError } from '../errors.ts'
import type { Destination } from './destination.ts'
import type { DeliveryMode, EntryInput, EntryValue, MessageKind, PropertyInput, PropertyValue } from './message-data.ts'
import { checkProperties } from './properties.ts'
import { isTypedNumber } from './typed-number.ts'

/** Marks the values made by the functions below, so that `send` tells a message from a bare object body. */
const MESSAGE: unique symbol = Symbol.for('polymq.message') as never

/** What the sender of a message may set on it (JMS 3.1 §3.4). */
export interface MessageFields {
  /** Ties the message to another one, usually to the request it answers. */
  readonly correlationId?: string
  /** Where an answer is expected. */
  readonly replyTo?: Destination
  /** Kind of message by the application's own naming (JMSType). */
  readonly type?: string
  /** Messages of one group go to one consumer, in order (JMSXGroupID). */
  readonly groupId?: string
  /** Position in the group (JMSXGroupSeq); −1 ends the group where the broker supports it. */
  readonly groupSequence?: number
  /** Application properties; names are Java identifiers (JMS 3.1 §3.5.1). */
  readonly properties?: Readonly<Record<string, PropertyInput>>
}

/** A message (JMS 3.1 §3): immutable, whether it is still to be sent or was received. */
export interface Message<T = unknown> {
  /** What the body is; by it a received body is told apart (JMS 3.1 §3.11). */
  readonly kind: MessageKind
  /** By kind: `text` a string, `bytes` a Uint8Array, `map` a record, `stream` an array, `object` any JSON value, `empty` undefined. */
  readonly body: T
  /** Given by the client when it is sent, unless `disableMessageId`. */
  readonly messageId?: string
  /** Ties the message to another one, usually to the request it answers (JMSCorrelationID). */
  readonly correlationId?: string
  /** Where it was sent to. */
  readonly destination?: Destination
  /** Where an answer is expected (JMSReplyTo). */
  readonly replyTo?: Destination
  /** Kind of message by the application's own naming (JMSType). */
  readonly type?: string
  /** ms since the epoch at which it was sent. */
  readonly timestamp?: number
  /** ms since the epoch after which it is not delivered any more. */
  readonly expiration?: number
  /** ms since the epoch before which it is not delivered. */
  readonly deliveryTime?: number
  /** `persistent` survives a restart of the broker; chosen by the options of the send. */
  readonly deliveryMode: DeliveryMode
  /** 0 lowest … 9 highest; 4 by default. */
  readonly priority: number
  /** Whether it has been delivered before. */
  readonly redelivered: boolean
  /** 1 at the first delivery; 0 for a message that was not received. */
  readonly deliveryCount: number
  /** Identity of the sender, where the broker tells it. */
  readonly userId?: string
  /** Messages of one group go to one consumer, in order (JMSXGroupID). */
  readonly groupId?: string
  /** Position in the group (JMSXGroupSeq). */
  readonly groupSequence?: number
  /** Application properties (JMS 3.1 §3.5); `readProperty` reads one as a given JMS type. */
  readonly properties: Readonly<Record<string, PropertyInput>>
}

/** A message whose body is a text (JMS TextMessage). */
export function textMessage(text: string, fields?: MessageFields): Message<string> {
  if (typeof text !== 'string')
    throw new MessageFormatError('a text message needs a string; use objectMessage for JSON')
  return makeMessage('text', text, fields)
}

/** A message whose body is a sequence of bytes (JMS BytesMessage). The bytes are copied. */
export function bytesMessage(bytes: Uint8Array, fields?: MessageFields): Message<Uint8Array> {
  if (!(bytes instanceof Uint8Array)) throw new MessageFormatError('a bytes message needs a Uint8Array')
  return makeMessage('bytes', new Uint8Array(bytes), fields)
}

/**
 * A message whose body is a set of named values (JMS MapMessage).
 *
 * @example mapMessage({ symbol: 'ACME', price: double(12), volume: long(3_000_000_000) })
 * @throws MessageFormatError for an empty name or a value that is no JMS primitive, byte array or null
 */
export function mapMessage(
  record: Readonly<Record<string, EntryInput>>,
  fields?: MessageFields,
): Message<Readonly<Record<string, EntryInput>>> {
  return makeMessage('map', mapBody(record), fields)
}

/**
 * A message whose body is a sequence of values (JMS StreamMessage).
 *
 * @throws MessageFormatError for a value that is no JMS primitive, byte array or null
 */
export function streamMessage(list: readonly EntryInput[], fields?: MessageFields): Message<readonly EntryInput[]> {
  return makeMessage('stream', streamBody(list), fields)
}

/** A message whose body is a JSON value; a Java reader sees it as a text message of JSON. */
export function objectMessage<T>(json: T, fields?: MessageFields): Message<T> {
  return makeMessage('object', json, fields)
}

/** A message without a body (JMS Message). */
export function message(fields?: MessageFields): Message<undefined> {
  return makeMessage('empty', undefined, fields)
}

/** Whether the value is a message rather than a bare body. */
export function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && MESSAGE in value
}

/** @internal Marks an object as a message; the mark is not enumerable. */
export function markAsMessage(prototype: object): void {
  Object.defineProperty(prototype, MESSAGE, { value: true })
}

/** @internal What a bare body is sent as. */
export function kindOfBody(body: unknown): MessageKind {
  if (typeof body === 'string') return 'text'
  if (body === undefined) return 'empty'
  return body instanceof Uint8Array ? 'bytes' : 'object'
}

/** @internal A message as it is, a bare body as a message of its kind. */
export function toMessage(sendable: unknown): Message {
  if (isMessage(sendable)) return sendable
  return makeMessage(kindOfBody(sendable), sendable instanceof Uint8Array ? new Uint8Array(sendable) : sendable)
}

/** @internal The same message with another body. */
export function withBody(original: Message, body: unknown): Message {
  return makeMessage(original.kind, body, fieldsOf(original))
}

/** @internal The same message with some fields changed. */
export function withFields(original: Message, fields: MessageFields): Message {
  return makeMessage(original.kind, original.body, { ...fieldsOf(original), ...fields })
}

/** @internal Checks and copies the entries of a map body. */
export function mapBody(record: unknown): Readonly<Record<string, EntryInput>> {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw new MessageFormatError('a map message needs a plain object')
  }
  const copy: Record<string, EntryInput> = {}
  for (const [name, value] of Object.entries(record)) {
    if (name.length === 0) throw new MessageFormatError('a map message has an entry with an empty name')
    copy[name] = entry(value, `map entry ${JSON.stringify(name)}`)
  }
  return Object.freeze(copy)
}

/** @internal Checks and copies the entries of a stream body. */
export function streamBody(list: unknown): readonly EntryInput[] {
  if (!Array.isArray(list)) throw new MessageFormatError('a stream message needs an array')
  return Object.freeze(list.map((value, index) => entry(value, `stream entry ${index}`)))
}

class UnsentMessage<T> implements Message<T> {
  readonly kind: MessageKind
  readonly body: T
  declare readonly correlationId?: string
  declare readonly replyTo?: Destination
  declare readonly type?: string
  declare readonly groupId?: string
  declare readonly groupSequence?: number
  readonly deliveryMode: DeliveryMode = 'persistent'
  readonly priority: number = 4
  readonly redelivered: boolean = false
  readonly deliveryCount: number = 0
  readonly properties: Readonly<Record<string, PropertyInput>>

  constructor(kind: MessageKind, body: T, fields: MessageFields) {
    this.kind = kind
    this.body = body
    Object.assign(this, fields)
    this.properties = fields.properties === undefined ? NO_PROPERTIES : checkProperties(fields.properties)
    Object.freeze(this)
  }
}
markAsMessage(UnsentMessage.prototype)

const NO_PROPERTIES: Readonly<Record<string, PropertyValue>> = Object.freeze({})

const FIELD_NAMES: ReadonlySet<string> = new Set([
  'correlationId',
  'replyTo',
  'type',
  'groupId',
  'groupSequence',
  'properties',
] satisfies (keyof MessageFields)[])

function makeMessage<T>(kind: MessageKind, body: T, fields: MessageFields = {}): Message<T> {
  for (const name of Object.keys(fields)) {
    if (!FIELD_NAMES.has(name)) {
      throw new MessageFormatError(
        `a message has no field ${JSON.stringify(name)} to set; it has ${[...FIELD_NAMES].join(', ')}; give priority, timeToLive and the like as options of send()`,
      )
    }
  }
  checkText('correlationId', fields.correlationId)
  checkText('type', fields.type)
  checkText('groupId', fields.groupId)
  if (fields.groupSequence !== undefined && !Number.isInteger(fields.groupSequence)) {
    throw new MessageFormatError('groupSequence must be an integer')
  }
  return new UnsentMessage(kind, body, fields)
}

function fieldsOf(original: Message): MessageFields {
  const { correlationId, replyTo, type, groupId, groupSequence, properties } = original
  return {
    ...(correlationId !== undefined && { correlationId }),
    ...(replyTo !== undefined && { replyTo }),
    ...(type !== undefined && { type }),
    ...(groupId !== undefined && { groupId }),
    ...(groupSequence !== undefined && { groupSequence }),
    properties,
  }
}

function checkText(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') {
    throw new MessageFormatError(`${name} must be a string, not ${typeof value}`)
  }
}

function entry(value: unknown, where: string): EntryInput {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (value === null || isEntryPrimitive(value)) return value as EntryValue
  if (isTypedNumber(value)) return value
  throw new MessageFormatError(
    `the ${where} is ${describe(value)}; JMS allows booleans, numbers, bigints, strings, byte arrays and null; use objectMessage for others`,
  )
}

function isEntryPrimitive(value: unknown): boolean {
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'string':
      return true
    case 'bigint':
      return BigInt.asIntN(64, value) === value
    default:
      return false
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'bigint') return 'a bigint beyond 64 bits'
  return typeof value === 'object' ? 'an object' : typeof value
}
