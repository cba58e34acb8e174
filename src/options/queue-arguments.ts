import { InvalidOptionError } from '../errors.ts'
import { duration, LONGEST_DURATION, limit } from './parse-options.ts'
import { boolean, integer, oneOf, optional, type Schema, string } from './schema.ts'

/** What a queue of RabbitMQ is like. What is left out is as the broker has it by default. */
export interface QueueArguments {
  /** `quorum` is replicated and survives; `classic` is on one node. */
  readonly type?: 'quorum' | 'classic'
  /** `lazy` keeps messages on disk; classic queues only, and without an effect since RabbitMQ 3.12. */
  readonly mode?: 'default' | 'lazy'
  /** Messages that it holds at most. */
  readonly maxLength?: number
  /** Bytes of bodies that it holds at most. */
  readonly maxLengthBytes?: number
  /** What happens when it is full; `reject-publish` refuses what comes with a `ResourceLimitError`. `reject-publish-dlx` is for classic queues. */
  readonly overflow?: 'drop-head' | 'reject-publish' | 'reject-publish-dlx'
  /** The exchange that gets what is rejected, expired, dropped or delivered too often; empty for the default exchange, which routes to queues by name. */
  readonly deadLetterExchange?: string
  /** The routing key that dead letters get; the one they came with when left out. Goes with `deadLetterExchange`. */
  readonly deadLetterRoutingKey?: string
  /** ms that a message lives in it. */
  readonly messageTtl?: number
  /** ms after which it is deleted when nobody has used it. */
  readonly expires?: number
  /** One consumer at a time gets messages, and another one when that is gone. */
  readonly singleActiveConsumer?: boolean
  /** Deliveries after which a message is dropped or dead-lettered; quorum queues only. −1 for no limit on RabbitMQ 4. */
  readonly deliveryLimit?: number
  /** The highest priority it tells apart, 1 to 255; classic queues only. */
  readonly maxPriority?: number
}

/** As they come out of the check. */
export type GivenQueueArguments = { readonly [Name in keyof QueueArguments]?: QueueArguments[Name] | undefined }
type Fields = { readonly [Name in keyof QueueArguments]-?: Schema<QueueArguments[Name] | undefined> }

/** The fields of {@link QueueArguments}. */
export const queueArgumentFields: Fields = {
  type: optional(oneOf('quorum', 'classic')),
  mode: optional(oneOf('default', 'lazy')),
  maxLength: optional(integer({ min: 0 })),
  maxLengthBytes: optional(integer({ min: 0 })),
  overflow: optional(oneOf('drop-head', 'reject-publish', 'reject-publish-dlx')),
  deadLetterExchange: optional(string({ max: 255 })),
  deadLetterRoutingKey: optional(string({ max: 255 })),
  messageTtl: optional(duration),
  expires: optional(limit),
  singleActiveConsumer: optional(boolean),
  deliveryLimit: optional(integer({ min: -1, max: LONGEST_DURATION })),
  maxPriority: optional(integer({ min: 1, max: 255 })),
}

/** How the broker names them. */
const NAMES: Readonly<Record<keyof QueueArguments, string>> = {
  type: 'x-queue-type',
  mode: 'x-queue-mode',
  maxLength: 'x-max-length',
  maxLengthBytes: 'x-max-length-bytes',
  overflow: 'x-overflow',
  deadLetterExchange: 'x-dead-letter-exchange',
  deadLetterRoutingKey: 'x-dead-letter-routing-key',
  messageTtl: 'x-message-ttl',
  expires: 'x-expires',
  singleActiveConsumer: 'x-single-active-consumer',
  deliveryLimit: 'x-delivery-limit',
  maxPriority: 'x-max-priority',
}

/** The table of arguments as it is declared. */
export type ArgumentTable = Readonly<Record<string, string | number | boolean>>

/** Only what is said. */
export function argumentTable(given: GivenQueueArguments): ArgumentTable {
  const table: Record<string, string | number | boolean> = {}
  for (const [name, argument] of Object.entries(NAMES)) {
    const value = given[name as keyof QueueArguments]
    if (value !== undefined) table[argument] = value
  }
  return table
}

/**
 * What one type of queue has and the other has not.
 *
 * @param within - names the option that holds these, ending in a dot, or is empty
 * @throws InvalidOptionError naming the option
 */
export function checkForType(
  call: string,
  within: string,
  type: 'quorum' | 'classic',
  given: GivenQueueArguments,
): void {
  const refuse = (name: string, reason: string): never => {
    throw new InvalidOptionError(within + name, `${call}: the option ${within}${name} is wrong: ${reason}`)
  }
  if (type === 'quorum') {
    if (given.mode !== undefined) refuse('mode', "quorum queues have no mode; leave it out, or give type: 'classic'")
    if (given.maxPriority !== undefined) {
      refuse('maxPriority', "quorum queues tell two priorities apart without it; leave it out, or give type: 'classic'")
    }
    if (given.overflow === 'reject-publish-dlx') {
      refuse('overflow', "reject-publish-dlx is for classic queues; give reject-publish, or type: 'classic'")
    }
  } else if (given.deliveryLimit !== undefined) {
    refuse('deliveryLimit', "only quorum queues count deliveries; leave it out, or give type: 'quorum'")
  }
}
