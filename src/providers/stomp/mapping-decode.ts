import { setOwn } from '../../collections/set-own.ts'
import { bodyOfTypes, decodeTypes, propertyOf, type Types, unusualType } from '../../interop/types-header.ts'
import type { DestinationKind } from '../../message/destination.ts'
import type { MessageData, MessageKind, PropertyValue } from '../../message/message-data.ts'
import type { NumericType } from '../../message/typed-number.ts'
import type { Dialect } from './dialect.ts'
import type { Frame } from './frame.ts'
import { integerOf } from './frame-values.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const DEFAULT_PRIORITY = 4

/**
 * The message in a MESSAGE frame. What it has that makes no sense is left out: a message is never lost for it.
 *
 * @param kind - of what it was consumed from
 */
export function decodeMessage(frame: Frame, dialect: Dialect, now: number, kind?: DestinationKind): MessageData {
  const { headers } = frame
  const types = decodeTypes(headers.get(dialect.typesHeader))
  const destination = headers.get('destination')
  const replyTo = headers.get('reply-to')
  const content = bodyOf(frame, types, dialect)
  const own = dialect.readHeaders(headers, now)
  return {
    ...content,
    messageId: headers.get(dialect.messageIdHeader) ?? headers.get('message-id'),
    correlationId: own.correlationId ?? headers.get('correlation-id'),
    destination: destination === undefined ? undefined : dialect.destinationOf(destination, headers, kind),
    replyTo: replyTo === undefined ? undefined : dialect.destinationOf(replyTo, NO_HEADERS),
    type: headers.get('type'),
    timestamp: own.timestamp,
    expiration: own.expiration,
    deliveryTime: own.deliveryTime,
    deliveryMode: headers.get('persistent') === 'true' ? 'persistent' : 'non-persistent',
    priority: integerOf(headers.get('priority')) ?? DEFAULT_PRIORITY,
    userId: own.userId,
    groupId: own.groupId,
    groupSequence: own.groupSequence,
    ...propertiesOf(frame, types, dialect),
  }
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map()

function bodyOf(frame: Frame, types: Types, dialect: Dialect): { readonly kind: MessageKind; readonly body: unknown } {
  const told = types.kind === undefined ? dialect.bodyOf?.(frame) : bodyOfTypes(types, decoder.decode(frame.body))
  if (told !== undefined) return told
  // A copy: the frame may be a small part of what came in with it.
  if (dialect.isBytes(frame)) return { kind: 'bytes', body: frame.body.slice() }
  return { kind: 'text', body: decoder.decode(frame.body) }
}

type Properties = Pick<MessageData, 'properties' | 'propertyTypes'>

function propertiesOf({ headers }: Frame, types: Types, dialect: Dialect): Properties {
  const properties: Record<string, PropertyValue> = {}
  const propertyTypes: Record<string, NumericType> = {}
  let hasTypes = false
  const add = (name: string, text: string): void => {
    const type = types.properties?.[name]
    const value = propertyOf(text, type)
    setOwn(properties, name, value)
    const unusual = type === undefined ? undefined : unusualType(value, type)
    if (unusual === undefined) return
    setOwn(propertyTypes, name, unusual)
    hasTypes = true
  }
  headers.forEach((text, name) => {
    if (dialect.isProperty(name)) add(name, text)
  })
  for (const name in types.hidden) add(name, types.hidden[name] ?? '')
  return { properties, propertyTypes: hasTypes ? propertyTypes : undefined }
}
