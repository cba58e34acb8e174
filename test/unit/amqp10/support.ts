import { createRequire } from 'node:module'
import {
  type Destination,
  type DestinationKind,
  type JmsDestinationKind,
  makeDestination,
  queue,
} from '../../../src/message/destination.ts'
import { jmsKindOf } from '../../../src/message/jms-kind.ts'
import type { MessageData } from '../../../src/message/message-data.ts'
import { rabbitmqContext } from '../../../src/providers/amqp10/addresses.ts'
import {
  type DecodedMessage,
  decodeMessage,
  encodeMessage,
  type MappingContext,
} from '../../../src/providers/amqp10/mapping.ts'

/** rhea's own codec, the independent witness. */
// biome-ignore lint/suspicious/noExplicitAny: rhea's types leave its codec out
export const rhea: any = createRequire(import.meta.url)('rhea')

const PREFIXES: Readonly<Record<JmsDestinationKind, string>> = {
  queue: 'queue://',
  topic: 'topic://',
  'temporary-queue': 'temp-queue://',
  'temporary-topic': 'temp-topic://',
}

export const NOW = 1_700_000_000_000
export const ORDERS: Destination = queue('orders')

/** The conventions of ActiveMQ. */
export const activemq: MappingContext = {
  textBody: 'amqp-value',
  duplicateIdProperty: undefined,
  emptyBody: 'none',
  addressOf: (destination) => PREFIXES[jmsKindOf(destination)] + destination.name,
  destinationOf(address, kind) {
    for (const [prefixed, prefix] of Object.entries(PREFIXES)) {
      if (address.startsWith(prefix)) return makeDestination(prefixed as DestinationKind, address.slice(prefix.length))
    }
    return makeDestination(kind ?? 'queue', address)
  },
}

export const rabbitmq: MappingContext = rabbitmqContext()

export function messageOf(fields: Partial<MessageData> = {}): MessageData {
  return {
    kind: 'empty',
    body: undefined,
    messageId: undefined,
    correlationId: undefined,
    destination: ORDERS,
    replyTo: undefined,
    type: undefined,
    timestamp: undefined,
    expiration: undefined,
    deliveryTime: undefined,
    deliveryMode: 'persistent',
    priority: 4,
    userId: undefined,
    groupId: undefined,
    groupSequence: undefined,
    properties: {},
    propertyTypes: undefined,
    ...fields,
  }
}

export const text = (body: string, fields: Partial<MessageData> = {}): MessageData =>
  messageOf({ kind: 'text', body, ...fields })

export const encode = (message: MessageData, context: MappingContext = activemq): Uint8Array =>
  encodeMessage(message, context, NOW)

export const decode = (payload: Uint8Array, context: MappingContext = activemq): DecodedMessage =>
  decodeMessage(payload, context, queue('consumed.from'))

export const roundTrip = (message: MessageData, context: MappingContext = activemq): MessageData =>
  decode(encode(message, context), context).message

/** Bytes from hexadecimal, blanks ignored. */
export const hex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits.replace(/\s+/g, ''), 'hex'))

/** What rhea reads in our bytes. */
// biome-ignore lint/suspicious/noExplicitAny: as rhea gives it
export const witnessed = (message: MessageData, context: MappingContext = activemq): any =>
  rhea.message.decode(Buffer.from(encode(message, context)))

/** Our reading of what rhea writes. */
export const fromRhea = (message: object, context: MappingContext = activemq): DecodedMessage =>
  decode(rhea.message.encode(message), context)
