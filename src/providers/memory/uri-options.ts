/** Options of a `memory:` URI. */
export interface BrokerOptions {
  /** Most messages in one queue or subscription; 100,000 by default. */
  readonly maxMessagesPerDestination?: number
  /** Most bytes in one queue or subscription, estimated; 64 MiB by default. */
  readonly maxBytesPerDestination?: number
}

/** Names of the options that a `memory:` URI may carry. */
export const BROKER_OPTION_NAMES: readonly (keyof BrokerOptions)[] = [
  'maxMessagesPerDestination',
  'maxBytesPerDestination',
]
