import { InvalidDestinationError } from '../errors.ts'
import type { Destination, DestinationKind } from '../message/destination.ts'
import type { Capabilities, Feature } from '../provider/capabilities.ts'
import type { PeerInfo } from '../provider/provider.ts'

/** Makes sure that the connected broker has a feature; throws what to do instead. */
export type RequireFeature = (feature: Feature, capabilities: Capabilities, peer: PeerInfo) => void

const FEATURE_OF_KIND: Readonly<Record<DestinationKind, Feature>> = {
  queue: 'queues',
  topic: 'topics',
  'temporary-queue': 'temporaryQueues',
  'temporary-topic': 'temporaryTopics',
}

/**
 * The feature that a destination of this kind needs.
 *
 * @throws InvalidDestinationError for a value that is no destination
 */
export function featureOf(destination: Destination): Feature {
  const feature = Object.hasOwn(FEATURE_OF_KIND, destination?.kind) ? FEATURE_OF_KIND[destination.kind] : undefined
  if (feature === undefined) {
    throw new InvalidDestinationError('a destination is made by queue(name) or topic(name)')
  }
  return feature
}
