import { UnsupportedFeatureError } from '../../errors.ts'
import { type Destination, hasWildcard, makeDestination } from '../../message/destination.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'

/** Topics whose messages the broker copies to queues that are named after them, unless its configuration says otherwise. */
const VIRTUAL = 'VirtualTopic.'

/**
 * The queue that a shared durable subscription is on ActiveMQ Classic: `Consumer.NAME.VirtualTopic.…`, as Java's applications name it.
 *
 * @param peer - product and endpoint
 * @throws UnsupportedFeatureError for topics that are not virtual, and for what such a queue cannot do
 */
export function subscriptionQueue(info: ConsumerInfo, clientId: string | undefined, peer: string): Destination {
  const { destination, selector, noLocal, subscription } = info
  const unsupported = (feature: string, alternative: string): UnsupportedFeatureError =>
    new UnsupportedFeatureError({ feature, protocol: 'openwire', peer, alternative })
  if (!destination.name.startsWith(VIRTUAL) || hasWildcard(destination.name) || destination.name.includes(',')) {
    throw unsupported(
      'sharedDurableSubscriptions',
      `only a virtual topic has them, such as topic('${VIRTUAL}${destination.name.split(/[.*>,]/)[0]}'); publish to one`,
    )
  }
  if (selector !== undefined) {
    throw unsupported(
      'selectors',
      'what a shared subscription does not match would stay in its queue: filter in the application',
    )
  }
  if (noLocal) throw unsupported('noLocal', 'mark your own messages with a property and skip them')
  return makeDestination('queue', `${queuePrefix(subscription?.name ?? '', clientId)}${destination.name}`)
}

/** What the names of the queues of a subscription begin with. With a client id it is that client's. */
export function queuePrefix(name: string, clientId: string | undefined): string {
  return `Consumer.${level(clientId === undefined ? name : `${clientId}:${name}`)}.`
}

/** Whether a queue is one of a subscription. */
export function isOfSubscription(queue: string, prefix: string): boolean {
  return queue.startsWith(prefix + VIRTUAL)
}

/** One level of a name, whatever is in it. */
function level(text: string): string {
  return text.replace(/[.*>,?%]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
