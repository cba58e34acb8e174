import { setOwn } from '../collections/set-own.ts'
import type { MessageData, PropertyInput, PropertyValue } from '../message/message-data.ts'
import type { NumericType } from '../message/typed-number.ts'
import { DELIVERY_TIME, GROUP_ID, GROUP_SEQUENCE, MESSAGE_ID, TIMESTAMP } from './client-headers.ts'
import {
  bytesOf,
  decodeEntries,
  decodeTypes,
  propertyOf,
  TYPES_HEADER,
  type Types,
  unusualType,
} from './types-header.ts'

/** Of the frame, and not of the application, though brokers pass them on as properties. */
const FRAME_HEADERS: ReadonlySet<string> = new Set([
  ...[TYPES_HEADER, MESSAGE_ID, TIMESTAMP, GROUP_ID, GROUP_SEQUENCE, DELIVERY_TIME],
  ...['receipt', 'content-length', 'content-type', 'amq-msg-type', 'transaction', 'transformation'],
  ...['AMQ_SCHEDULED_DELAY', 'AMQ_SCHEDULED_TIME', 'JMSXGroupID', 'JMSXGroupSeq', 'destination', 'destination-type'],
])

/** Whether a property shows that a polymq client has sent the message over STOMP. */
export function isStompBorn(property: string): boolean {
  return property === TYPES_HEADER || property === MESSAGE_ID
}

/** A message of a polymq client over STOMP that came by another protocol: its kind, types and fields as they were sent. */
export function stompBorn(message: MessageData): MessageData {
  const { properties: given } = message
  const types = decodeTypes(textOf(given[TYPES_HEADER]))
  const properties: Record<string, PropertyValue> = {}
  const propertyTypes: Record<string, NumericType> = {}
  const add = (name: string, value: PropertyInput | undefined): void => {
    const type = types.properties?.[name]
    const own = typeof value === 'string' ? propertyOf(value, type) : (value as PropertyValue)
    setOwn(properties, name, own)
    const unusual = type === undefined ? undefined : unusualType(own, type)
    if (unusual !== undefined) setOwn(propertyTypes, name, unusual)
  }
  for (const name in given) if (!FRAME_HEADERS.has(name)) add(name, given[name])
  for (const name in types.hidden) add(name, types.hidden[name])
  return {
    ...message,
    ...bodyOf(message, types),
    messageId: textOf(given[MESSAGE_ID]) ?? message.messageId,
    timestamp: numberOf(given[TIMESTAMP]) ?? message.timestamp,
    deliveryTime: numberOf(given[DELIVERY_TIME]) ?? message.deliveryTime,
    groupId: textOf(given[GROUP_ID]) ?? message.groupId,
    groupSequence: numberOf(given[GROUP_SEQUENCE]) ?? message.groupSequence,
    properties,
    propertyTypes: Object.keys(propertyTypes).length === 0 ? undefined : propertyTypes,
  }
}

/** The body in the kind that was sent; as it came when it is not of that kind. */
function bodyOf(message: MessageData, types: Types): Pick<MessageData, 'kind' | 'body'> {
  const { kind } = types
  const body = message.body instanceof Uint8Array ? new TextDecoder().decode(message.body) : message.body
  if (kind === 'empty') return { kind, body: undefined }
  if (kind === undefined || typeof body !== 'string' || kind === message.kind) return message
  if (kind === 'bytes') {
    const bytes = types.encoding === 'base64' ? bytesOf(body) : undefined
    return bytes === undefined ? message : { kind, body: bytes }
  }
  if (kind === 'text' || kind === 'object') return { kind, body }
  const entries = decodeEntries(kind, body, types)
  return entries === undefined ? message : { kind, body: entries }
}

function textOf(value: PropertyInput | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function numberOf(value: PropertyInput | undefined): number | undefined {
  const number = Number(textOf(value) ?? Number.NaN)
  return Number.isSafeInteger(number) ? number : undefined
}
