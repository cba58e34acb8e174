import { UnsupportedFeatureError } from '../errors.ts'
import type { Feature } from '../provider/capabilities.ts'
import type { PeerInfo } from '../provider/provider.ts'
import type { RequireFeature } from './features.ts'

/** What to do where a feature is missing. */
const ALTERNATIVES: Readonly<Record<Feature, string>> = {
  queues: 'use a topic with a shared durable subscription',
  topics: 'use a queue',
  wildcards: 'consume each topic by its full name',
  selectors: 'use one destination for each kind of message, or filter in the application',
  transactions:
    'use an individual session: acknowledge after your own commit, and make the work safe to repeat (refuse a message id seen before)',
  durableSubscriptions: 'bind a queue to the topic at the broker and consume that',
  sharedSubscriptions: 'bind a queue to the topic at the broker and consume that with several consumers',
  sharedDurableSubscriptions: 'bind a queue to the topic at the broker and consume that with several consumers',
  queueBrowser: "look into the queue with the broker's own console or management interface",
  temporaryQueues: 'use a queue of your own for replies',
  temporaryTopics: 'use a topic of your own with a unique name',
  priority: 'use one queue for each priority',
  timeToLive: 'set an expiry on the queue at the broker, or check the age in the consumer',
  deliveryDelay: 'send when the time has come',
  deliveryCount: 'count deliveries in the application by message id',
  individualAcknowledge: 'use a client or auto session',
  release:
    'throw from the listener to have the message delivered again by the redelivery policy, or close the consumer to give its messages back to others',
  deadLetter: 'send the message to a queue of your own for failures, then acknowledge it',
  messageGroups: 'use one queue for each group, or one consumer',
  noLocal: 'mark your own messages with a property and skip them',
  replyTo: 'put the address for the answer into a property',
  properties: 'put the values into the body',
  typedProperties: 'send the values as text',
  publishConfirm: 'have the consumer answer',
  duplicateDetection: 'give the consumer a duplicateWindow',
}

/**
 * Makes sure that the connected broker has a feature.
 *
 * @throws UnsupportedFeatureError with what to do instead
 */
export const requireFeature: RequireFeature = (feature, capabilities, peer) => {
  if (capabilities[feature] === 'unsupported') throw unsupportedFeature(feature, peer)
}

function unsupportedFeature(feature: Feature, peer: PeerInfo): UnsupportedFeatureError {
  const product = [peer.product, peer.version].filter((part) => part !== undefined).join(' ')
  return new UnsupportedFeatureError({
    feature,
    protocol: peer.protocol,
    peer: product === '' ? peer.endpoint : `${product} at ${peer.endpoint}`,
    alternative: ALTERNATIVES[feature],
  })
}
