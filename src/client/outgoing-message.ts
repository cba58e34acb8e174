import { MessageFormatError } from '../errors.ts'
import type { Destination } from '../message/destination.ts'
import { isMessage, kindOfBody, type Message, mapBody, streamBody } from '../message/message.ts'
import type { MessageData, MessageKind, PropertyInput } from '../message/message-data.ts'
import { receivedPropertyTypes } from '../message/property-conversion.ts'
import { TypedNumber } from '../message/typed-number.ts'
import type { ResolvedSendOptions } from './send-options.ts'

const NO_PROPERTIES: Readonly<Record<string, PropertyInput>> = Object.freeze({})

/**
 * Turns what an application sends into the form a provider takes. A received message can be sent on as it is: its
 * body, properties with their types, correlation id, reply-to, type and group go along; the rest is new.
 *
 * @throws MessageFormatError for a body that cannot be encoded
 */
export function toMessageData(
  sendable: unknown,
  destination: Destination,
  options: ResolvedSendOptions,
  messageId: string | undefined,
  now: number,
): MessageData {
  const message = isMessage(sendable) ? sendable : undefined
  const kind = message === undefined ? kindOfBody(sendable) : message.kind
  const properties = message === undefined ? NO_PROPERTIES : message.properties
  return {
    kind,
    body: bodyOf(kind, message === undefined ? sendable : message.body),
    messageId: options.disableMessageId ? undefined : messageId,
    correlationId: message?.correlationId,
    destination,
    replyTo: message?.replyTo,
    type: message?.type,
    timestamp: options.disableTimestamp ? undefined : now,
    expiration: options.timeToLive > 0 ? now + options.deliveryDelay + options.timeToLive : undefined,
    deliveryTime: options.deliveryDelay > 0 ? now + options.deliveryDelay : undefined,
    deliveryMode: options.deliveryMode,
    priority: options.priority,
    userId: undefined,
    groupId: message?.groupId ?? (properties.JMSXGroupID as string | undefined),
    groupSequence: message?.groupSequence ?? (properties.JMSXGroupSeq as number | undefined),
    properties: message === undefined ? NO_PROPERTIES : applicationProperties(properties),
    propertyTypes: undefined,
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
