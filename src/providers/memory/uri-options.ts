/** Options that a `memory:` URI may carry, and what they mean. */
export const MEMORY_URI_OPTIONS: Readonly<Record<string, string>> = {
  maxMessagesPerDestination: 'most messages in one queue or subscription before sends wait; 100,000 by default',
  maxBytesPerDestination: 'most bytes in one queue or subscription before sends wait, estimated; 64 MiB by default',
}
