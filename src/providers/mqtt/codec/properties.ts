import type { ByteReader } from './byte-reader.ts'
import type { PacketWriter } from './packet-writer.ts'
import { MqttProtocolError } from './packets.ts'

/** Properties of a packet (MQTT 5 §2.2.2); only what is there is set. */
export interface PacketProperties {
  payloadFormat?: number
  /** Seconds. */
  messageExpiry?: number
  contentType?: string
  responseTopic?: string
  correlationData?: Uint8Array
  /** Several where the message matched several subscriptions. */
  subscriptionIds?: number[]
  /** Seconds. */
  sessionExpiry?: number
  assignedClientId?: string
  /** Seconds. */
  serverKeepAlive?: number
  willDelay?: number
  requestProblems?: number
  serverReference?: string
  reason?: string
  receiveMaximum?: number
  topicAliasMaximum?: number
  topicAlias?: number
  maximumQos?: number
  retainAvailable?: number
  /** Names and values in turn: a name may occur more than once. */
  userProperties?: string[]
  maximumPacketSize?: number
  wildcardsAvailable?: number
  subscriptionIdsAvailable?: number
  sharedAvailable?: number
}

/** What a packet without properties has. */
export const NO_PROPERTIES: PacketProperties = Object.freeze({})

const USER_PROPERTY = 0x26
const SUBSCRIPTION_ID = 0x0b
const CORRELATION_DATA = 0x09

type NumberName = {
  [K in keyof PacketProperties]-?: number extends PacketProperties[K] ? K : never
}[keyof PacketProperties]
type StringName = {
  [K in keyof PacketProperties]-?: string extends PacketProperties[K] ? K : never
}[keyof PacketProperties]

const BYTES: ReadonlyMap<number, NumberName> = new Map([
  [0x01, 'payloadFormat'],
  [0x17, 'requestProblems'],
  [0x24, 'maximumQos'],
  [0x25, 'retainAvailable'],
  [0x28, 'wildcardsAvailable'],
  [0x29, 'subscriptionIdsAvailable'],
  [0x2a, 'sharedAvailable'],
])
const SHORTS: ReadonlyMap<number, NumberName> = new Map([
  [0x13, 'serverKeepAlive'],
  [0x21, 'receiveMaximum'],
  [0x22, 'topicAliasMaximum'],
  [0x23, 'topicAlias'],
])
const INTEGERS: ReadonlyMap<number, NumberName> = new Map([
  [0x02, 'messageExpiry'],
  [0x11, 'sessionExpiry'],
  [0x18, 'willDelay'],
  [0x27, 'maximumPacketSize'],
])
const STRINGS: ReadonlyMap<number, StringName> = new Map([
  [0x03, 'contentType'],
  [0x08, 'responseTopic'],
  [0x12, 'assignedClientId'],
  [0x1c, 'serverReference'],
  [0x1f, 'reason'],
])
/** Of enhanced authentication and response information, which are read and not kept. */
const IGNORED_STRINGS: ReadonlySet<number> = new Set([0x15, 0x16, 0x1a])
const IGNORED_BYTE = 0x19

/**
 * Reads the properties at the reader's position.
 *
 * @throws MqttProtocolError for a property that MQTT 5 does not have, and one that occurs twice and may not (§2.2.2.2)
 */
export function readProperties(reader: ByteReader): PacketProperties {
  const length = reader.variableInteger()
  if (length === 0) return NO_PROPERTIES
  const end = reader.endAfter(length)
  const properties: PacketProperties = {}
  while (reader.offset < end) readProperty(reader, properties)
  if (reader.offset !== end) throw new MqttProtocolError('properties are longer than they say')
  return properties
}

function readProperty(reader: ByteReader, properties: PacketProperties): void {
  const id = reader.variableInteger()
  if (id === USER_PROPERTY) {
    properties.userProperties ??= []
    properties.userProperties.push(reader.recurringString(), reader.string())
    return
  }
  if (id === SUBSCRIPTION_ID) {
    properties.subscriptionIds ??= []
    properties.subscriptionIds.push(reader.variableInteger())
    return
  }
  const text = STRINGS.get(id)
  if (text !== undefined) {
    requireFirst(properties, text)
    properties[text] = reader.recurringString()
    return
  }
  if (id === CORRELATION_DATA) {
    requireFirst(properties, 'correlationData')
    properties.correlationData = reader.binary()
    return
  }
  const number = BYTES.get(id) ?? SHORTS.get(id) ?? INTEGERS.get(id)
  if (number !== undefined) {
    requireFirst(properties, number)
    properties[number] = BYTES.has(id) ? reader.uint8() : SHORTS.has(id) ? reader.uint16() : reader.uint32()
  } else if (id === IGNORED_BYTE) {
    reader.uint8()
  } else if (IGNORED_STRINGS.has(id)) {
    reader.binary()
  } else {
    throw new MqttProtocolError(`there is no property ${id}`)
  }
}

function requireFirst(properties: PacketProperties, name: keyof PacketProperties): void {
  if (properties[name] !== undefined) throw new MqttProtocolError(`the property ${name} occurs twice`)
}

/** Writes the properties, with their length before them. */
export function writeProperties(writer: PacketWriter, properties: PacketProperties): void {
  const start = writer.beginSection()
  for (const [id, name] of BYTES) writeNumber(id, properties[name], (value) => writer.uint8(value))
  for (const [id, name] of SHORTS) writeNumber(id, properties[name], (value) => writer.uint16(value))
  for (const [id, name] of INTEGERS) writeNumber(id, properties[name], (value) => writer.uint32(value))
  for (const [id, name] of STRINGS) writeString(writer, id, properties[name], name)
  writeLists(writer, properties)
  writer.endSection(start)

  function writeNumber(id: number, value: number | undefined, write: (value: number) => void): void {
    if (value === undefined) return
    writer.uint8(id)
    write(value)
  }
}

/** The same for those that a message may have, without a look at all others: it is done for every message. */
export function writePublishProperties(writer: PacketWriter, properties: PacketProperties): void {
  const start = writer.beginSection()
  const { payloadFormat, messageExpiry, topicAlias } = properties
  if (payloadFormat !== undefined) {
    writer.uint8(0x01)
    writer.uint8(payloadFormat)
  }
  if (messageExpiry !== undefined) {
    writer.uint8(0x02)
    writer.uint32(messageExpiry)
  }
  if (topicAlias !== undefined) {
    writer.uint8(0x23)
    writer.uint16(topicAlias)
  }
  writeString(writer, 0x03, properties.contentType, 'contentType')
  writeString(writer, 0x08, properties.responseTopic, 'responseTopic')
  writeLists(writer, properties)
  writer.endSection(start)
}

function writeString(writer: PacketWriter, id: number, text: string | undefined, name: string): void {
  if (text === undefined) return
  writer.uint8(id)
  writer.string(text, name)
}

function writeLists(writer: PacketWriter, properties: PacketProperties): void {
  const { correlationData, subscriptionIds, userProperties } = properties
  if (correlationData !== undefined) {
    writer.uint8(CORRELATION_DATA)
    writer.binary(correlationData, 'the correlation id')
  }
  if (subscriptionIds !== undefined) {
    for (const id of subscriptionIds) {
      writer.uint8(SUBSCRIPTION_ID)
      writer.variableInteger(id)
    }
  }
  if (userProperties === undefined) return
  for (let index = 0; index < userProperties.length; index += 2) {
    writer.uint8(USER_PROPERTY)
    writer.string(userProperties[index] ?? '', 'the name of a property')
    writer.string(userProperties[index + 1] ?? '', `the property ${userProperties[index]}`)
  }
}
