import { InvalidOptionError } from '../errors.ts'
import type { DeliveryMode } from '../message/message-data.ts'
import type { ProducerOptions, SendOptions } from './api.ts'
import { checkOptionNames } from './option-names.ts'

/** Send options with nothing left open. */
export interface ResolvedSendOptions {
  readonly deliveryMode: DeliveryMode
  readonly priority: number
  readonly timeToLive: number
  readonly deliveryDelay: number
  readonly disableMessageId: boolean
  readonly disableTimestamp: boolean
}

const DEFAULTS: ResolvedSendOptions = Object.freeze({
  deliveryMode: 'persistent',
  priority: 4,
  timeToLive: 0,
  deliveryDelay: 0,
  disableMessageId: false,
  disableTimestamp: false,
})

const KNOWN: ReadonlySet<string> = new Set([...Object.keys(DEFAULTS), 'signal'])

/**
 * Options of a send over those of its producer. Checked by hand rather than by a schema: it runs for every message
 * that has options.
 *
 * @throws InvalidOptionError naming the option
 */
export function resolveSendOptions(
  options: ProducerOptions | SendOptions | undefined,
  base: ResolvedSendOptions = DEFAULTS,
): ResolvedSendOptions {
  if (options === undefined) return base
  checkOptionNames('send', options, KNOWN)
  return {
    deliveryMode: deliveryMode(options.deliveryMode ?? base.deliveryMode),
    priority: integer('priority', options.priority ?? base.priority, 9),
    timeToLive: integer('timeToLive', options.timeToLive ?? base.timeToLive, Number.MAX_SAFE_INTEGER),
    deliveryDelay: integer('deliveryDelay', options.deliveryDelay ?? base.deliveryDelay, Number.MAX_SAFE_INTEGER),
    disableMessageId: options.disableMessageId ?? base.disableMessageId,
    disableTimestamp: options.disableTimestamp ?? base.disableTimestamp,
  }
}

function deliveryMode(value: DeliveryMode): DeliveryMode {
  if (value === 'persistent' || value === 'non-persistent') return value
  throw new InvalidOptionError(
    'deliveryMode',
    `send: deliveryMode is 'persistent' or 'non-persistent', not ${JSON.stringify(value)}`,
  )
}

function integer(name: string, value: number, highest: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= highest) return value
  throw new InvalidOptionError(name, `send: ${name} is an integer from 0 to ${highest}, not ${String(value)}`)
}
