import type { MessageData } from '../../message/message-data.ts'
import type { Selector, SelectorLookup, SelectorValue } from '../../selector/index.ts'
import { approximate } from '../../selector/index.ts'

/** A compiled selector with the text it was given as, by which subscriptions are compared. */
export interface NamedSelector {
  readonly text: string
  readonly selector: Selector
}

let viewed: MessageData | undefined
let viewedCount = 1

/** Whether a message matches; `deliveryCount` is what JMSXDeliveryCount would be if it were delivered now. */
export function matches(selector: Selector, message: MessageData, deliveryCount: number): boolean {
  viewed = message
  viewedCount = deliveryCount
  return selector.matches(lookup)
}

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
