import { InvalidDestinationError } from '../errors.ts'
import type { Destination, JmsDestinationKind } from '../message/destination.ts'
import type { Capabilities, Feature } from '../provider/capabilities.ts'
import type { PeerInfo, Provider } from '../provider/provider.ts'

/** Makes sure that the connected broker has a feature; throws what to do instead. */
export type RequireFeature = (feature: Feature, capabilities: Capabilities, peer: PeerInfo) => void

const FEATURE_OF_KIND: Readonly<Record<JmsDestinationKind, Feature>> = {
  queue: 'queues',
  topic: 'topics',
  'temporary-queue': 'temporaryQueues',
  'temporary-topic': 'temporaryTopics',
}

/** What is sent over. */
interface Sender {
  readonly provider: Provider
  require(feature: Feature): void
}

/**
 * Makes sure that the connected broker can be sent to at this destination.
 *
 * @throws UnsupportedFeatureError, InvalidDestinationError
 */
export function requireTarget(session: Sender, destination: Destination): void {
  if (destination.kind !== 'exchange' || session.provider.perform === undefined) session.require(featureOf(destination))
}

/**
 * The feature that a destination of this kind needs.
 *
 * @throws InvalidDestinationError for a value that is no destination, and for an exchange, which nobody consumes from
 */
export function featureOf(destination: Destination): Feature {
  const kind = destination?.kind as JmsDestinationKind
  if (Object.hasOwn(FEATURE_OF_KIND, kind)) return FEATURE_OF_KIND[kind]
  throw new InvalidDestinationError(
    'a destination is made by queue(name) or topic(name); an exchange is only sent to, with ?amqp.version=0-9-1: consume from a queue that is bound to it',
  )
}
