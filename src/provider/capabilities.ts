/** Names of the features that protocols and brokers differ in. */
export const FEATURES = [
  'queues',
  'topics',
  'wildcards',
  'selectors',
  'transactions',
  'durableSubscriptions',
  'sharedSubscriptions',
  'sharedDurableSubscriptions',
  'queueBrowser',
  'temporaryQueues',
  'temporaryTopics',
  'priority',
  'timeToLive',
  'deliveryDelay',
  'deliveryCount',
  'individualAcknowledge',
  'release',
  'deadLetter',
  'messageGroups',
  'noLocal',
  'replyTo',
  'properties',
  'typedProperties',
  'publishConfirm',
  'duplicateDetection',
] as const

/** A feature that brokers and protocols differ in, as a row of the matrix in the README. */
export type Feature = (typeof FEATURES)[number]

/**
 * `native`: the broker does it. `emulated`: the client does it with the same guarantee. `unsupported`: the call that
 * asks for it throws {@link UnsupportedFeatureError}.
 */
export type Support = 'native' | 'emulated' | 'unsupported'

/** What the connected broker can do over the protocol in use. */
export type Capabilities = Readonly<Record<Feature, Support>>
