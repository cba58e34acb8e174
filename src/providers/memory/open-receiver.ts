import { InvalidDestinationError, InvalidOptionError } from '../../errors.ts'
import type { MessageSelector } from '../../interop/message-selector.ts'
import { describeDestination, isTemporary, isTopic } from '../../message/destination.ts'
import { part } from '../../part.ts'
import type { CreatedResource } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import type { BrokerConnection } from './connection.ts'
import type { Entry } from './entry.ts'
import type { QueueNode } from './queue-node.ts'
import { type Receiver, StoreConsumer } from './store-consumer.ts'

const selectors = part('selectors', () => import('../../interop/message-selector.ts'))
const queueBrowsers = part('queue browsers', () => import('./queue-browser.ts'))

/**
 * Finds what a consumer record asks for: a queue consumer, a topic subscriber or a browser. `use` gets how to open it, at
 * once unless a part of the library has to be loaded for it.
 */
export function openReceiver(
  connection: BrokerConnection,
  info: ConsumerInfo,
  use: (open: () => Receiver) => CreatedResource,
): CreatedResource | Promise<CreatedResource> {
  const useWith = (selector: MessageSelector | undefined): CreatedResource | Promise<CreatedResource> => {
    if (!info.browser) return use(() => openConsumer(connection, info, selector))
    return queueBrowsers(({ QueueBrowserFeed }) =>
      use(() => {
        const entries = entriesToBrowse(connection, info, selector)
        return new QueueBrowserFeed(info, entries, connection.broker.loop, connection.hand)
      }),
    )
  }
  const { selector } = info
  // An empty selector is none (JMS 3.1 §3.8.1.1).
  if (selector === undefined || selector.trim() === '') return useWith(undefined)
  return selectors(({ messageSelector }) => useWith(messageSelector(selector)))
}

function entriesToBrowse(
  connection: BrokerConnection,
  info: ConsumerInfo,
  selector: MessageSelector | undefined,
): readonly Entry[] {
  const { destination } = info
  if (isTopic(destination)) {
    throw new InvalidDestinationError(`${describeDestination(destination)} cannot be browsed; only queues can`)
  }
  const { store } = queueFor(connection, info)
  return store.available().filter(({ message, failures }) => {
    return selector === undefined || selector.matches(message.data, failures + 1)
  })
}

function openConsumer(
  connection: BrokerConnection,
  info: ConsumerInfo,
  selector: MessageSelector | undefined,
): Receiver {
  if (isTopic(info.destination)) return openSubscriber(connection, info, selector)
  const { store } = queueFor(connection, info)
  const consumer = new StoreConsumer({ info, store, selector, hand: connection.hand })
  store.attach(consumer)
  return consumer
}

function queueFor(connection: BrokerConnection, { destination, subscription }: ConsumerInfo): QueueNode {
  const { broker } = connection
  if (subscription !== undefined) {
    throw new InvalidDestinationError(
      `the subscription ${subscription.name} needs a topic, and ${describeDestination(destination)} is none`,
    )
  }
  return isTemporary(destination) ? broker.temporary.ownQueue(destination, connection.key) : broker.queue(destination)
}

function openSubscriber(
  connection: BrokerConnection,
  info: ConsumerInfo,
  selector: MessageSelector | undefined,
): Receiver {
  const { broker, key, clientId, hand } = connection
  const { destination, subscription: wanted } = info
  assertSubscribable(connection, info)
  const terms = {
    destination,
    name: wanted?.name,
    durable: wanted?.durable ?? false,
    shared: wanted?.shared ?? false,
    selector,
    noLocalFor: info.noLocal ? key : undefined,
  }
  const subscription = broker.subscriptions.open(terms, clientId)
  const { store } = subscription
  const onClose = (): void => broker.subscriptions.left(subscription)
  const consumer = new StoreConsumer({ info, store, selector: undefined, hand, onClose })
  store.attach(consumer)
  return consumer
}

function assertSubscribable(connection: BrokerConnection, info: ConsumerInfo): void {
  const { destination, subscription } = info
  const subject = describeDestination(destination)
  if (destination.name.split('.').slice(0, -1).includes('>')) {
    throw new InvalidDestinationError(`${subject} has the wildcard > before its end; use * for one level`)
  }
  if (info.noLocal && subscription?.shared) {
    throw new InvalidOptionError(
      'noLocal',
      `noLocal has no meaning for the shared subscription ${subscription.name}; leave it out`,
    )
  }
  if (!isTemporary(destination)) return
  connection.broker.temporary.assertOwn(destination, connection.key)
  if (subscription?.durable)
    throw new InvalidDestinationError(`${subject} is temporary and cannot have a durable subscription`)
}
