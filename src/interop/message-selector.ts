import type { MessageData } from '../message/message-data.ts'
import type { SelectorLookup, SelectorValue } from '../selector/index.ts'
import { approximate, compileSelector } from '../selector/index.ts'

/** A compiled selector. */
export interface MessageSelector {
  /** As it was given: by this, subscriptions are compared. */
  readonly text: string
  /** Whether a message matches; `deliveryCount` is what JMSXDeliveryCount would be if it were delivered now. */
  matches(message: MessageData, deliveryCount: number): boolean
}

/** @throws InvalidSelectorError */
export function messageSelector(text: string): MessageSelector {
  const selector = compileSelector(text)
  const matches = (message: MessageData, deliveryCount: number): boolean => {
    viewed = message
    viewedCount = deliveryCount
    return selector.matches(lookup)
  }
  return { text, matches }
}

let viewed: MessageData | undefined
let viewedCount = 1

/** One function for all messages, instead of a closure for each: matching is synchronous. */
const lookup: SelectorLookup = (name) => {
  if (viewed === undefined) return undefined
  return name.startsWith('JMS') ? (header(viewed, name) ?? property(viewed, name)) : property(viewed, name)
}

function header(message: MessageData, name: string): SelectorValue | undefined {
  switch (name) {
    case 'JMSPriority':
      return message.priority
    case 'JMSDeliveryMode':
      return message.deliveryMode === 'persistent' ? 'PERSISTENT' : 'NON_PERSISTENT'
    case 'JMSMessageID':
      return message.messageId
    case 'JMSTimestamp':
      return message.timestamp
    case 'JMSCorrelationID':
      return message.correlationId
    case 'JMSType':
      return message.type
    case 'JMSXGroupID':
      return message.groupId
    case 'JMSXGroupSeq':
      return message.groupSequence
    case 'JMSXUserID':
      return message.userId
    case 'JMSXDeliveryCount':
      return viewedCount
    default:
      return undefined
  }
}

function property(message: MessageData, name: string): SelectorValue | undefined {
  if (!Object.hasOwn(message.properties, name)) return undefined
  const value = message.properties[name]
  if (typeof value !== 'number') return value
  const type = message.propertyTypes?.[name]
  return type === 'double' || type === 'float' ? approximate(value) : value
}
