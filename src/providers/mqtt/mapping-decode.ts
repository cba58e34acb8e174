import { contentOf } from '../../interop/content-type.ts'
import { addProperty, type ReadProperties, restoreLoss } from '../../interop/lost-properties.ts'
import { bodyOfTypes, decodeTypes, type Types } from '../../interop/types-header.ts'
import { type Destination, holdsControlCharacter, makeDestination } from '../../message/destination.ts'
import type { MessageData, MessageKind } from '../../message/message-data.ts'
import type { Publish } from './codec/packets.ts'
import { correlationIdOf } from './correlation.ts'
import {
  EXPIRATION_HEADER,
  GROUP_ID_HEADER,
  GROUP_SEQUENCE_HEADER,
  isProperty,
  kindOfName,
  MESSAGE_ID_HEADER,
  RETAIN_PROPERTY,
  TIMESTAMP_HEADER,
  TYPE_HEADER,
  TYPES_HEADER,
} from './headers.ts'
import { swapTopic } from './topics.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const SECOND = 1_000
const DEFAULT_PRIORITY = 4
const NO_PROPERTIES: MessageData['properties'] = Object.freeze({})
const NONE: readonly string[] = []

/** Destinations that nearly every message has in common with an earlier one, by topic. */
const destinations = new Map<string, Destination>()
const MOST_REMEMBERED = 16_384

/** What a message is read with. */
export interface DecodeContext {
  /** ms since the epoch, from which a time to live is counted. */
  readonly now: number
}

/** The message in a PUBLISH. What it has that makes no sense is left out: a message is never lost for it. */
export function decodeMessage(publish: Publish, { now }: DecodeContext): MessageData {
  const { properties: packet, retain, qos } = publish
  const read: ReadProperties = { properties: undefined, propertyTypes: undefined }
  const { userProperties = NONE } = packet
  for (let index = 0; index < userProperties.length; index += 2) {
    const name = userProperties[index] as string
    if (isProperty(name)) addProperty(read, name, userProperties[index + 1] as string, undefined)
  }
  const own = (name: string): string | undefined => lastOf(userProperties, name)
  const types = decodeTypes(own(TYPES_HEADER))
  restoreLoss(read, types)
  if (retain) addProperty(read, RETAIN_PROPERTY, true, undefined)
  const { kind, body } = bodyOf(publish, types)
  const { correlationData, responseTopic } = packet
  return {
    kind,
    body,
    messageId: own(MESSAGE_ID_HEADER),
    correlationId: correlationData && correlationIdOf(correlationData),
    destination: destinationOf(publish.topic),
    replyTo: responseTopic === undefined ? undefined : destinationOf(responseTopic),
    type: own(TYPE_HEADER),
    timestamp: integerOf(own(TIMESTAMP_HEADER)),
    expiration: expirationOf(publish, own(EXPIRATION_HEADER), now),
    deliveryTime: undefined,
    deliveryMode: qos > 0 ? 'persistent' : 'non-persistent',
    priority: DEFAULT_PRIORITY,
    userId: undefined,
    groupId: own(GROUP_ID_HEADER),
    groupSequence: integerOf(own(GROUP_SEQUENCE_HEADER)),
    properties: read.properties ?? NO_PROPERTIES,
    propertyTypes: read.propertyTypes,
  }
}

/**
 * Whether a message has expired within the second that the broker keeps it for longer: it counts seconds. Clocks may
 * differ by more than that, so only the last second goes by this one. Mosquitto says nothing of an expiry that has no second left.
 */
export function isExpired({ properties }: Publish, { expiration }: MessageData, now: number): boolean {
  return expiration !== undefined && expiration <= now && (properties.messageExpiry ?? 0) <= 1
}

/** The value of a user property; of one that occurs more than once the last. */
function lastOf(userProperties: readonly string[], name: string): string | undefined {
  for (let index = userProperties.length - 2; index >= 0; index -= 2) {
    if (userProperties[index] === name) return userProperties[index + 1]
  }
  return undefined
}

function bodyOf({ payload, properties }: Publish, types: Types): { kind: MessageKind; body: unknown } {
  const told = types.kind === undefined ? undefined : bodyOfTypes(types, decoder.decode(payload))
  if (told !== undefined) return told
  const content = contentOf(properties.contentType)
  if (properties.payloadFormat !== 1 && content === 'bytes') return bytesOf(payload)
  try {
    const text = strict.decode(payload)
    return { kind: content === 'json' && text.length > 0 ? 'object' : 'text', body: text }
  } catch {
    return bytesOf(payload)
  }
}

/** A copy: the payload may be a small part of what came in with it. */
function bytesOf(payload: Uint8Array): { kind: 'bytes'; body: Uint8Array } {
  return { kind: 'bytes', body: payload.slice() }
}

function destinationOf(topic: string): Destination | undefined {
  const known = destinations.get(topic)
  if (known !== undefined) return known
  if (topic === '' || holdsControlCharacter(topic)) return undefined
  const name = swapTopic(topic)
  const destination = makeDestination(kindOfName(name), name)
  if (destinations.size >= MOST_REMEMBERED) destinations.clear()
  destinations.set(topic, destination)
  return destination
}

function expirationOf({ properties }: Publish, exact: string | undefined, now: number): number | undefined {
  const { messageExpiry } = properties
  return integerOf(exact) ?? (messageExpiry === undefined ? undefined : now + messageExpiry * SECOND)
}

function integerOf(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,16}$/.test(text) ? Number(text) : undefined
}
