import type { Destination } from './destination.ts'
import type { NumericType, TypedNumber } from './typed-number.ts'

/** What a body is (JMS 3.1 §3.11): text, bytes, a map, a stream of values, a JSON object, or nothing. */
export type MessageKind = 'text' | 'bytes' | 'map' | 'stream' | 'object' | 'empty'

/** Whether a message survives a restart of the broker (JMS 3.1 §3.4.2). */
export type DeliveryMode = 'persistent' | 'non-persistent'

/** A property as it is received. A long arrives as a number when it is a safe integer, else as a bigint. */
export type PropertyValue = boolean | number | bigint | string

/** A property as it is sent: a plain value, or a number with an explicit JMS type. */
export type PropertyInput = PropertyValue | TypedNumber

/** An entry of a map or stream body as it is received. */
export type EntryValue = PropertyValue | Uint8Array | null

/** An entry of a map or stream body as it is sent. */
export type EntryInput = EntryValue | TypedNumber

/**
 * A message as it crosses the provider interface, in either direction.
 *
 * The body is by kind: `text` a string, `bytes` a Uint8Array, `map` a record and `stream` an array of entries,
 * `object` its JSON text, `empty` undefined. On its way out, properties and entries may be {@link TypedNumber}s.
 * On its way in they are plain, and `propertyTypes` names the JMS type of each number that
 * a plain number of its value would not have by default.
 */
export interface MessageData {
  readonly kind: MessageKind
  readonly body: unknown
  readonly messageId: string | undefined
  readonly correlationId: string | undefined
  /** Where it was sent to; for a topic consumer with wildcards, the real topic. */
  readonly destination: Destination | undefined
  readonly replyTo: Destination | undefined
  readonly type: string | undefined
  /** ms since the epoch at which it was sent. */
  readonly timestamp: number | undefined
  /** ms since the epoch after which it is not delivered; undefined for never. */
  readonly expiration: number | undefined
  /** ms since the epoch before which it is not delivered; undefined for at once. */
  readonly deliveryTime: number | undefined
  readonly deliveryMode: DeliveryMode
  /** 0 lowest … 9 highest. */
  readonly priority: number
  readonly userId: string | undefined
  readonly groupId: string | undefined
  readonly groupSequence: number | undefined
  readonly properties: Readonly<Record<string, PropertyInput>>
  readonly propertyTypes: Readonly<Record<string, NumericType>> | undefined
}
