import { MessageFormatError } from '../errors.ts'
import type { Destination } from '../message/destination.ts'
import { isMessage, kindOfBody, type Message, mapBody, streamBody } from '../message/message.ts'
import type { DeliveryMode, MessageData, MessageKind, PropertyInput } from '../message/message-data.ts'
import { receivedPropertyTypes } from '../message/property-conversion.ts'
import { TypedNumber } from '../message/typed-number.ts'
import type { ResolvedSendOptions } from './send-options.ts'

const NO_PROPERTIES: Readonly<Record<string, PropertyInput>> = Object.freeze({})

/**
 * What an application sends, in the form a provider takes. A received message can be sent on as it is: its
 * body, properties with their types, correlation id, reply-to, type and group go along; the rest is new.
 * A class, as everything that lives until the broker has confirmed a message: see "House rules" in CONTRIBUTING.md.
 */
export class OutgoingMessage implements MessageData {
  declare readonly kind: MessageKind
  declare readonly body: unknown
  declare readonly messageId: string | undefined
  declare readonly correlationId: string | undefined
  declare readonly destination: Destination
  declare readonly replyTo: Destination | undefined
  declare readonly type: string | undefined
  declare readonly timestamp: number | undefined
  declare readonly expiration: number | undefined
  declare readonly deliveryTime: number | undefined
  declare readonly deliveryMode: DeliveryMode
  declare readonly priority: number
  declare readonly userId: undefined
  declare readonly groupId: string | undefined
  declare readonly groupSequence: number | undefined
  declare readonly properties: Readonly<Record<string, PropertyInput>>
  declare readonly propertyTypes: undefined

  /** @throws MessageFormatError for a body that cannot be encoded */
  constructor(
    sendable: unknown,
    destination: Destination,
    options: ResolvedSendOptions,
    messageId: string | undefined,
    now: number,
  ) {
    const message = isMessage(sendable) ? sendable : undefined
    const properties = message?.properties ?? NO_PROPERTIES
    const { deliveryDelay, timeToLive } = options
    this.kind = message?.kind ?? kindOfBody(sendable)
    this.body = bodyOf(this.kind, message === undefined ? sendable : message.body)
    this.messageId = options.disableMessageId ? undefined : messageId
    this.correlationId = message?.correlationId
    this.destination = destination
    this.replyTo = message?.replyTo
    this.type = message?.type
    this.timestamp = options.disableTimestamp ? undefined : now
    this.expiration = timeToLive > 0 ? now + deliveryDelay + timeToLive : undefined
    this.deliveryTime = deliveryDelay > 0 ? now + deliveryDelay : undefined
    this.deliveryMode = options.deliveryMode
    this.priority = options.priority
    this.groupId = message?.groupId ?? (properties.JMSXGroupID as string | undefined)
    this.groupSequence = message?.groupSequence ?? (properties.JMSXGroupSeq as number | undefined)
    this.properties = message === undefined ? properties : applicationProperties(properties)
  }
}

/** Copies bytes that the application may change before a provider has read them. */
export function detachBody(message: MessageData): MessageData {
  return message.kind === 'bytes' ? { ...message, body: new Uint8Array(message.body as Uint8Array) } : message
}

function bodyOf(kind: MessageKind, body: unknown): unknown {
  switch (kind) {
    case 'text':
    case 'bytes':
    case 'empty':
      return body
    case 'object':
      return toJson(body)
    case 'map':
      return Object.isFrozen(body) ? body : mapBody(body)
    case 'stream':
      return Object.isFrozen(body) ? body : streamBody(body)
  }
}

function toJson(body: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(body)
  } catch (cause) {
    throw new MessageFormatError(
      `the body cannot be written as JSON: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`,
      { cause },
    )
  }
  if (json === undefined) {
    throw new MessageFormatError(`a ${typeof body} is no message body; send a string, a Uint8Array or a JSON value`)
  }
  return json
}

/** The group's names become fields; types of received numbers are made explicit again, so that sending on keeps them. */
function applicationProperties(properties: Message['properties']): Readonly<Record<string, PropertyInput>> {
  const types = receivedPropertyTypes.get(properties)
  if (types === undefined && !('JMSXGroupID' in properties) && !('JMSXGroupSeq' in properties)) return properties
  const copy: Record<string, PropertyInput> = {}
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'JMSXGroupID' || name === 'JMSXGroupSeq') continue
    const type = types?.[name]
    copy[name] = type === undefined || typeof value !== 'number' ? value : (new TypedNumber(type, value) as TypedNumber)
  }
  return copy
}
