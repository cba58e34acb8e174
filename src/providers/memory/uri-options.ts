/** Options of a `memory:` URI. */
export interface BrokerOptions {
  /** Most messages in one queue or subscription; 100,000 by default. */
  readonly maxMessagesPerDestination?: number
  /** Most bytes in one queue or subscription, estimated; 64 MiB by default. */
  readonly maxBytesPerDestination?: number
}

/** Options that a `memory:` URI may carry, and what they mean. */
export const MEMORY_URI_OPTIONS: Readonly<Record<keyof BrokerOptions, string>> = {
  maxMessagesPerDestination: 'most messages in one queue or subscription before sends wait; 100,000 by default',
  maxBytesPerDestination: 'most bytes in one queue or subscription before sends wait, estimated; 64 MiB by default',
}

/** Their names. */
export const BROKER_OPTION_NAMES: readonly (keyof BrokerOptions)[] = Object.keys(
  MEMORY_URI_OPTIONS,
) as (keyof BrokerOptions)[]
