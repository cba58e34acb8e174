import { isTopic } from '../../message/destination.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import { destinationOptions, wireDestination } from './addresses.ts'
import { type Structure, TYPE } from './codec/types.ts'
import type { Command } from './connection.ts'
import type { Endpoint } from './endpoint.ts'

/** The command that creates a consumer. */
export function consumerCommand(
  consumerId: Structure,
  info: ConsumerInfo,
  endpoint: Endpoint,
  clientId: string,
): Command {
  const { destination, subscription } = info
  const { exclusive, retroactive, priority } = destinationOptions(destination)
  return {
    type: TYPE.CONSUMER_INFO,
    consumerId,
    browser: info.browser,
    destination: wireDestination(destination),
    prefetchSize: windowOf(info, endpoint),
    maximumPendingMessageLimit: endpoint.pendingLimit,
    dispatchAsync: endpoint.dispatchAsync,
    selector: info.selector,
    // By this Artemis tells the messages of the connection from others.
    clientId,
    subscriptionName: subscription?.name,
    noLocal: info.noLocal,
    exclusive: exclusive || (endpoint.exclusiveConsumer && !isTopic(destination) && !info.browser),
    retroactive: retroactive || (endpoint.retroactiveConsumer && isTopic(destination)),
    priority,
  }
}

/** Messages that the broker may send ahead: the prefetch, or less where the URI says so. */
export function windowOf({ prefetch, browser, destination, subscription }: ConsumerInfo, endpoint: Endpoint): number {
  const { queue, topic, durableTopic, queueBrowser } = endpoint.prefetch
  // One that asks for messages one by one is told nothing when it has seen all.
  if (browser) return Math.max(1, Math.min(prefetch, queueBrowser ?? prefetch))
  const limit = !isTopic(destination) ? queue : subscription === undefined ? topic : durableTopic
  return Math.min(prefetch, limit ?? prefetch)
}
