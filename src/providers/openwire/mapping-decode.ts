import type { Buffer } from 'node:buffer'
import { ByteCache } from '../../collections/byte-cache.ts'
import { setOwn } from '../../collections/set-own.ts'
import { isBrokerProperty } from '../../interop/broker-properties.ts'
import { DELIVERY_TIME } from '../../interop/client-headers.ts'
import { JSON_CONTENT_TYPE } from '../../interop/content-type.ts'
import { isStompBorn, stompBorn } from '../../interop/stomp-born.ts'
import type { TemporaryNames } from '../../interop/temporary-names.ts'
import type { Destination } from '../../message/destination.ts'
import type { DeliveryMode, MessageData, MessageKind, PropertyValue } from '../../message/message-data.ts'
import type { NumericType } from '../../message/typed-number.ts'
import { destinationAt } from './addresses.ts'
import { bytesOf, type Content, inflated, readContent } from './body-content.ts'
import { HIGHEST_VERSION } from './codec/commands.ts'
import type { Extent, IncomingMessage } from './codec/incoming.ts'
import { WireReader } from './codec/reader.ts'
import { readObject } from './codec/structures.ts'
import { type Long, TYPE } from './codec/types.ts'
import { readMap } from './codec/values.ts'

/** Of the broker's scheduler, and not of the application. */
const SCHEDULER = /^(AMQ_SCHEDULED_(DELAY|PERIOD|REPEAT|CRON)|scheduledJobId)$/
/** Says that the body is a message of AMQP as it came. */
export const AMQP_NATIVE = 'JMS_AMQP_NATIVE'

/** What the broker notes of messages that came by AMQP. */
const AMQP_CONTENT_TYPE = 'JMS_AMQP_ContentType'
const AMQP_MESSAGE_TYPE = 'JMS_AMQP_MA_x-opt-jms-msg-type'
const JMS_MESSAGE = 0

/** What reading messages needs to know of its connection. */
export interface DecodeContext {
  /** Bytes that a body may have once it is no longer compressed. */
  readonly largestBody: number
  /** Names of temporary destinations that the application knows otherwise. */
  readonly names: TemporaryNames
}

/** A message as the application gets it. It is decoded when somebody looks at it, and the frame is let go then. */
export class IncomingData implements MessageData {
  #source: (() => MessageData) | undefined
  #data: MessageData | undefined

  constructor(message: IncomingMessage, context: DecodeContext) {
    this.#source = () => decodeMessage(message, context)
  }

  get data(): MessageData {
    if (this.#source !== undefined) {
      this.#data = this.#source()
      this.#source = undefined
    }
    return this.#data as MessageData
  }

  get kind(): MessageKind {
    return this.data.kind
  }
  get body(): unknown {
    return this.data.body
  }
  get messageId(): string | undefined {
    return this.data.messageId
  }
  get correlationId(): string | undefined {
    return this.data.correlationId
  }
  get destination(): Destination | undefined {
    return this.data.destination
  }
  get replyTo(): Destination | undefined {
    return this.data.replyTo
  }
  get type(): string | undefined {
    return this.data.type
  }
  get timestamp(): number | undefined {
    return this.data.timestamp
  }
  get expiration(): number | undefined {
    return this.data.expiration
  }
  get deliveryTime(): number | undefined {
    return this.data.deliveryTime
  }
  get deliveryMode(): DeliveryMode {
    return this.data.deliveryMode
  }
  get priority(): number {
    return this.data.priority
  }
  get userId(): string | undefined {
    return this.data.userId
  }
  get groupId(): string | undefined {
    return this.data.groupId
  }
  get groupSequence(): number | undefined {
    return this.data.groupSequence
  }
  get properties(): Readonly<Record<string, PropertyValue>> {
    return this.data.properties as Readonly<Record<string, PropertyValue>>
  }
  get propertyTypes(): Readonly<Record<string, NumericType>> | undefined {
    return this.data.propertyTypes
  }
}

/** What a message says. What it has that makes no sense is left out: a message is never lost for it. */
function decodeMessage(message: IncomingMessage, context: DecodeContext): MessageData {
  const { frame, groupId } = message
  const { properties, propertyTypes, isOfClient, amqpKind } = propertiesOf(message)
  const data: MessageData = {
    ...asSentByAmqp(contentOf(message, context), amqpKind),
    messageId: messageIdAt(frame, message.messageId),
    correlationId: message.correlationId ?? undefined,
    destination: context.names.known(destinationAt(frame, message.destination)),
    replyTo: context.names.known(destinationAt(frame, message.replyTo)),
    type: message.jmsType ?? undefined,
    timestamp: timeOf(message.timestamp),
    expiration: timeOf(message.expiration),
    deliveryTime: undefined,
    deliveryMode: message.persistent ? 'persistent' : 'non-persistent',
    priority: message.priority,
    userId: message.userId ?? undefined,
    groupId: groupId ?? undefined,
    groupSequence: groupId === null ? undefined : message.groupSequence,
    properties,
    propertyTypes,
  }
  return isOfClient ? stompBorn(data) : data
}

function contentOf(message: IncomingMessage, { largestBody }: DecodeContext): Content {
  const { type, frame, content, dataStructure } = message
  if (type === TYPE.MESSAGE && dataStructure.end - dataStructure.start > 1) return structureOf(message)
  const bytes = content === undefined ? undefined : frame.subarray(content.start, content.end)
  try {
    return readContent(type, bytes !== undefined && message.compressed ? inflated(type, bytes, largestBody) : bytes)
  } catch {
    // It is none of its type; the bytes are what the application gets.
    return bytesOf(bytes)
  }
}

/** An advisory, by which the broker tells what happens: the command that it is about, as JSON. */
function structureOf({ frame, dataStructure: { start, end } }: IncomingMessage): Content {
  const structure = readObject(new WireReader(frame, start, end), HIGHEST_VERSION)
  const plain = (name: string, value: unknown): unknown => {
    if (name === 'password') return undefined
    return typeof value === 'bigint' ? value.toString() : value
  }
  return { kind: 'object', body: JSON.stringify(structure, plain) }
}

interface Properties {
  readonly properties: Readonly<Record<string, PropertyValue>>
  readonly propertyTypes: Readonly<Record<string, NumericType>> | undefined
  /** Whether there are headers of a polymq client among them. */
  readonly isOfClient: boolean
  /** What the broker has made something else of, as it came by AMQP. */
  readonly amqpKind: 'object' | 'empty' | undefined
}

function propertiesOf({ frame, properties: extent }: IncomingMessage): Properties {
  const properties: Record<string, PropertyValue> = {}
  let propertyTypes: Record<string, NumericType> | undefined
  let isOfClient = false
  let amqpKind: Properties['amqpKind']
  if (extent === undefined) return { properties, propertyTypes, isOfClient, amqpKind }
  try {
    readMap(new WireReader(frame, extent.start, extent.end), (name, value, unusual) => {
      if (name === AMQP_CONTENT_TYPE && value === JSON_CONTENT_TYPE) amqpKind = 'object'
      if (name === AMQP_MESSAGE_TYPE && value === JMS_MESSAGE) amqpKind = 'empty'
      // A JMS property has no null, bytes, list or map.
      if (value === null || typeof value === 'object' || isBrokerProperty(name) || SCHEDULER.test(name)) return
      setOwn(properties, name, value)
      isOfClient ||= isStompBorn(name) || name === DELIVERY_TIME
      if (unusual === undefined) return
      propertyTypes ??= {}
      setOwn(propertyTypes, name, unusual)
    })
  } catch {
    // What came before the mistake is there.
  }
  return { properties, propertyTypes, isOfClient, amqpKind }
}

/** A broker has no message for JSON, and makes bytes of nothing. */
function asSentByAmqp(content: Content, amqpKind: Properties['amqpKind']): Content {
  const { kind, body } = content
  if (amqpKind === 'object' && kind === 'text' && body !== '') return { kind: 'object', body }
  if (amqpKind === 'empty' && kind === 'bytes' && (body as Uint8Array).length === 0)
    return { kind: 'empty', body: undefined }
  return content
}

/** Whether the body is a message of AMQP as it came. */
export function isAmqp({ type, frame, properties }: IncomingMessage): boolean {
  if (type !== TYPE.BYTES_MESSAGE || properties === undefined) return false
  const at = frame.indexOf(AMQP_NATIVE, properties.start, 'latin1')
  return at >= 0 && at < properties.end
}

/** The bytes of the body. */
export function contentBytes({ frame, content }: IncomingMessage): Uint8Array {
  return content === undefined ? new Uint8Array() : new Uint8Array(frame.subarray(content.start, content.end))
}

/** Connections have many messages each. */
const connectionIds = new ByteCache((text) => text)

/** As Java writes it: connection, session, producer and number; undefined where there is none. */
function messageIdAt(frame: Buffer, { start, end }: Extent): string | undefined {
  if (end - start < 2 || frame[start + 1] !== TYPE.MESSAGE_ID) return undefined
  const reader = new WireReader(frame, start + 2, end)
  const text = reader.string()
  if (text !== null) return text.startsWith('ID:') ? text : `ID:${text}`
  if (!reader.boolean() || reader.uint8() !== TYPE.PRODUCER_ID || !reader.boolean()) return undefined
  const length = reader.uint16()
  const from = reader.take(length)
  const connectionId = connectionIds.get(frame, from, from + length)
  const producer = reader.long()
  return `${connectionId}:${reader.long()}:${producer}:${reader.long()}`
}

/** The number that the broker has given to a message, which ends its id. */
export function brokerSequenceAt(id: Buffer): Long {
  return id.length < 8 ? 0 : new WireReader(id, id.length - 8).long()
}

/** 0 stands for none. */
function timeOf(time: Long): number | undefined {
  const value = Number(time)
  return value <= 0 ? undefined : value
}
