import type { Destination } from '../message/destination.ts'
import { markAsMessage } from '../message/message.ts'
import type { DeliveryMode, MessageData, MessageKind, PropertyValue } from '../message/message-data.ts'
import { receivedPropertyTypes } from '../message/property-conversion.ts'
import type { Delivery } from '../provider/provider.ts'
import type { ReceivedMessage, ReleaseOptions } from './api.ts'
import type { ReceivedBody } from './received-body.ts'

/** What a received message asks of the consumer that handed it over. */
export interface Settler {
  acknowledge(delivery: Delivery): Promise<void>
  release(delivery: Delivery, options: ReleaseOptions | undefined): Promise<void>
  deadLetter(delivery: Delivery, reason: string | undefined): Promise<void>
}

/** Fields that a message may lack are left out rather than undefined, so that it prints and compares as it was sent. */
export class ClientReceivedMessage<T> implements ReceivedMessage<T> {
  readonly kind: MessageKind
  readonly body: T
  declare readonly messageId?: string
  declare readonly correlationId?: string
  declare readonly destination?: Destination
  declare readonly replyTo?: Destination
  declare readonly type?: string
  declare readonly timestamp?: number
  declare readonly expiration?: number
  declare readonly deliveryTime?: number
  readonly deliveryMode: DeliveryMode
  readonly priority: number
  readonly redelivered: boolean
  readonly deliveryCount: number
  declare readonly userId?: string
  declare readonly groupId?: string
  declare readonly groupSequence?: number
  readonly properties: Readonly<Record<string, PropertyValue>>
  readonly #settler: Settler
  readonly #delivery: Delivery

  constructor(delivery: Delivery, body: ReceivedBody, settler: Settler) {
    const data = delivery.message
    this.kind = body.kind
    this.body = body.value as T
    if (data.messageId !== undefined) this.messageId = data.messageId
    if (data.correlationId !== undefined) this.correlationId = data.correlationId
    if (data.destination !== undefined) this.destination = data.destination
    if (data.replyTo !== undefined) this.replyTo = data.replyTo
    if (data.type !== undefined) this.type = data.type
    if (data.timestamp !== undefined) this.timestamp = data.timestamp
    if (data.expiration !== undefined) this.expiration = data.expiration
    if (data.deliveryTime !== undefined) this.deliveryTime = data.deliveryTime
    this.deliveryMode = data.deliveryMode
    this.priority = data.priority
    this.redelivered = delivery.redelivered
    this.deliveryCount = delivery.deliveryCount
    if (data.userId !== undefined) this.userId = data.userId
    if (data.groupId !== undefined) this.groupId = data.groupId
    if (data.groupSequence !== undefined) this.groupSequence = data.groupSequence
    this.properties = frozenProperties(data)
    this.#settler = settler
    this.#delivery = delivery
    Object.freeze(this)
  }

  acknowledge(): Promise<void> {
    return this.#settler.acknowledge(this.#delivery)
  }

  release(options?: ReleaseOptions): Promise<void> {
    return this.#settler.release(this.#delivery, options)
  }

  deadLetter(reason?: string): Promise<void> {
    return this.#settler.deadLetter(this.#delivery, reason)
  }
}
markAsMessage(ClientReceivedMessage.prototype)

function frozenProperties(message: MessageData): Readonly<Record<string, PropertyValue>> {
  const properties = Object.freeze(message.properties) as Readonly<Record<string, PropertyValue>>
  if (message.propertyTypes !== undefined) receivedPropertyTypes.set(properties, message.propertyTypes)
  return properties
}
