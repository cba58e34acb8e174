import type { MessageData } from '../message/message-data.ts'
import type { ResolvedRedeliveryPolicy } from '../options/connect-options.ts'
import type { Delivery } from '../provider/provider.ts'
import type { ReceivedBody } from './received-body.ts'

/** A delivery that the client changed: handed over again by itself, or with a body that a schema checked. */
export class HeldDelivery implements Delivery {
  readonly message: MessageData
  readonly redelivered: boolean
  readonly deliveryCount: number
  /** What the provider knows it by. */
  readonly original: Delivery
  /** The body as a schema made it. */
  readonly checkedBody: ReceivedBody | undefined
  /** Whether the application has had it before. */
  readonly again: boolean

  private constructor(
    original: Delivery,
    deliveryCount: number,
    again: boolean,
    checkedBody: ReceivedBody | undefined,
  ) {
    this.message = original.message
    this.redelivered = again || original.redelivered
    this.deliveryCount = deliveryCount
    this.original = original
    this.checkedBody = checkedBody
    this.again = again
  }

  /** The same delivery once more. */
  static again(delivery: Delivery): HeldDelivery {
    const checkedBody = delivery instanceof HeldDelivery ? delivery.checkedBody : undefined
    return new HeldDelivery(originalDelivery(delivery), delivery.deliveryCount + 1, true, checkedBody)
  }

  /** The same delivery with its body checked. */
  static checked(delivery: Delivery, body: ReceivedBody): HeldDelivery {
    return new HeldDelivery(delivery, delivery.deliveryCount, false, body)
  }
}

/** What the provider knows the delivery by. */
export function originalDelivery(delivery: Delivery): Delivery {
  return delivery instanceof HeldDelivery ? delivery.original : delivery
}

/** Whether the application has had the delivery before, and the client delivers it again. */
export function wasHandedOver(delivery: Delivery): boolean {
  return delivery instanceof HeldDelivery && delivery.again
}

/** Whether a delivery of this count is one more than the policy allows. */
export function isExhausted(policy: ResolvedRedeliveryPolicy, deliveryCount: number): boolean {
  return policy.maximumRedeliveries >= 0 && deliveryCount > policy.maximumRedeliveries + 1
}

/** ms to wait before the delivery of this count, 2 being the first redelivery. */
export function redeliveryDelay(policy: ResolvedRedeliveryPolicy, deliveryCount: number): number {
  const delay = Math.min(
    deliveryCount > 2
      ? policy.initialDelay * policy.backOffMultiplier ** (deliveryCount - 2)
      : (policy.firstDelay ?? policy.initialDelay),
    policy.maximumDelay,
  )
  return Math.round(Math.min(delay + (Math.random() - 0.5) * delay * policy.jitter, policy.maximumDelay))
}
