import { MessageFormatError, UnsupportedFeatureError } from '../../errors.ts'
import { contentOf } from '../../interop/body-content.ts'
import { JSON_CONTENT_TYPE, TEXT_CONTENT_TYPE } from '../../interop/content-type.ts'
import { encodeTypes, type Types, textOfProperty, typeOfProperty } from '../../interop/types-header.ts'
import { describeDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { OutgoingPublish } from './codec/encode.ts'
import type { ProtocolLevel, Qos } from './codec/packets.ts'
import type { PacketProperties } from './codec/properties.ts'
import { correlationDataOf } from './correlation.ts'
import { wrapped } from './envelope.ts'
import {
  EXPIRATION_HEADER,
  GROUP_ID_HEADER,
  GROUP_SEQUENCE_HEADER,
  isProperty,
  MESSAGE_ID_HEADER,
  RETAIN_PROPERTY,
  TIMESTAMP_HEADER,
  TYPE_HEADER,
  TYPES_HEADER,
} from './headers.ts'
import { type TopicRules, topicOf } from './topics.ts'

/** How one connection writes its messages. */
export interface EncodeContext {
  readonly level: ProtocolLevel
  readonly rules: TopicRules
  /** Of persistent messages. */
  readonly qos: Qos
  /** Whether MQTT 3.1.1 has in the payload what it has no place for. */
  readonly envelope: boolean
  /** Who the broker is, for errors. */
  readonly peer: string
}

const SECOND = 1_000
const LONGEST_LIFE = 0xffff_ffff

/**
 * The PUBLISH of a message.
 *
 * @param now - ms since the epoch, from which the time to live is counted
 * @throws MessageFormatError when the body is not of its kind
 * @throws InvalidDestinationError for a name that MQTT has no form for
 * @throws UnsupportedFeatureError for what MQTT 3.1.1 has no place for
 */
export function encodeMessage(message: MessageData, context: EncodeContext, now: number): OutgoingPublish {
  const { destination } = message
  if (destination === undefined) throw new MessageFormatError('a message has no destination')
  const types: Types = {}
  const payload = contentOf(message, types)
  const retain = message.properties[RETAIN_PROPERTY] === true
  const isBare = context.level === 4 && !context.envelope
  if (isBare) requireBare(message, types, context)
  if (context.level === 4 && message.expiration !== undefined) throw unsupported('timeToLive', context.peer)
  const publish: OutgoingPublish = {
    topic: topicOf(destination, context.rules),
    qos: message.deliveryMode === 'persistent' ? context.qos : 0,
    retain,
    properties: isBare ? undefined : propertiesOf(message, types, context, now),
    payload,
  }
  return context.level === 4 && context.envelope ? wrapped(publish) : publish
}

/** @throws UnsupportedFeatureError where there is more than a body */
function requireBare(message: MessageData, types: Types, { peer }: EncodeContext): void {
  const { correlationId, replyTo, type, groupId, properties } = message
  const hasProperty = Object.keys(properties).some((name) => name !== RETAIN_PROPERTY)
  if (replyTo !== undefined) throw unsupported('replyTo', peer)
  if (groupId !== undefined) throw unsupported('messageGroups', peer)
  const isMapOrStream = types.kind === 'map' || types.kind === 'stream'
  if (hasProperty || isMapOrStream || correlationId !== undefined || type !== undefined) {
    throw unsupported('properties', peer)
  }
}

function unsupported(feature: string, peer: string): UnsupportedFeatureError {
  return new UnsupportedFeatureError({
    feature,
    protocol: 'mqtt',
    peer,
    alternative:
      'MQTT 3.1.1 has a topic and bytes and nothing else: put the values into the body, use MQTT 5, or have them in an envelope by mqtt.envelope=json',
  })
}

function propertiesOf(message: MessageData, types: Types, context: EncodeContext, now: number): PacketProperties {
  const { kind, correlationId, replyTo, expiration } = message
  const properties: PacketProperties = {}
  if (kind !== 'bytes' && kind !== 'empty') {
    properties.payloadFormat = 1
    properties.contentType = kind === 'text' ? TEXT_CONTENT_TYPE : JSON_CONTENT_TYPE
  }
  // The broker counts seconds; the time to the millisecond goes along.
  const life = expiration === undefined ? undefined : Math.max(1, Math.ceil((expiration - now) / SECOND))
  if (life !== undefined && life <= LONGEST_LIFE) properties.messageExpiry = life
  if (correlationId !== undefined) properties.correlationData = correlationDataOf(correlationId)
  if (replyTo !== undefined) properties.responseTopic = responseTopicOf(message, context)
  const userProperties = userPropertiesOf(message, types)
  if (userProperties.length > 0) properties.userProperties = userProperties
  return properties
}

function responseTopicOf({ replyTo }: MessageData, { rules, peer }: EncodeContext): string {
  if (replyTo === undefined) return ''
  if (replyTo.kind !== 'queue') return topicOf(replyTo, rules)
  throw new UnsupportedFeatureError({
    feature: 'queues',
    protocol: 'mqtt',
    peer,
    alternative: `an answer can go to a topic or a temporary queue, and not to ${describeDestination(replyTo)}`,
  })
}

function userPropertiesOf(message: MessageData, types: Types): string[] {
  const { messageId, type, timestamp, expiration, groupId, groupSequence, properties } = message
  const list: string[] = []
  for (const name in properties) {
    const value = properties[name]
    if (value === undefined || (name === RETAIN_PROPERTY && value === true)) continue
    const text = textOfProperty(value)
    const kind = typeOfProperty(value)
    if (kind !== undefined) {
      types.properties ??= {}
      types.properties[name] = kind
    }
    if (isProperty(name)) {
      list.push(name, text)
    } else {
      types.hidden ??= {}
      types.hidden[name] = text
    }
  }
  if (messageId !== undefined) list.push(MESSAGE_ID_HEADER, messageId)
  if (type !== undefined) list.push(TYPE_HEADER, type)
  if (timestamp !== undefined) list.push(TIMESTAMP_HEADER, String(timestamp))
  if (expiration !== undefined) list.push(EXPIRATION_HEADER, String(expiration))
  if (groupId !== undefined) list.push(GROUP_ID_HEADER, groupId)
  if (groupSequence !== undefined) list.push(GROUP_SEQUENCE_HEADER, String(groupSequence))
  const typesText = encodeTypes(types)
  if (typesText !== undefined) list.push(TYPES_HEADER, typesText)
  return list
}
