import { InvalidDestinationError, InvalidOptionError } from '../../errors.ts'
import { describeDestination, isTemporary, isTopic } from '../../message/destination.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import { compileSelector } from '../../selector/index.ts'
import type { BrokerConnection } from './connection.ts'
import { QueueBrowserFeed } from './queue-browser.ts'
import type { QueueNode } from './queue-node.ts'
import { matches, type NamedSelector } from './selector-view.ts'
import { type Receiver, StoreConsumer } from './store-consumer.ts'

/** Makes what a consumer record asks for: a queue consumer, a topic subscriber or a browser. */
export function openReceiver(connection: BrokerConnection, info: ConsumerInfo): Receiver {
  const selector = compile(info.selector)
  if (isTopic(info.destination)) return openSubscriber(connection, info, selector)
  if (info.subscription !== undefined) {
    throw new InvalidDestinationError(
      `the subscription ${info.subscription.name} needs a topic, and ${describeDestination(info.destination)} is none`,
    )
  }
  const { store } = queueFor(connection, info)
  if (info.browser) {
    const entries = store.available().filter(({ message, failures }) => {
      return selector === undefined || matches(selector.selector, message.data, failures + 1)
    })
    return new QueueBrowserFeed(info, entries, connection.broker.loop, connection.hand)
  }
  const consumer = new StoreConsumer({ info, store, selector, hand: connection.hand })
  store.attach(consumer)
  return consumer
}

/** An empty selector is none (JMS 3.1 §3.8.1.1). */
function compile(text: string | undefined): NamedSelector | undefined {
  return text === undefined || text.trim() === '' ? undefined : { text, selector: compileSelector(text) }
}

function queueFor(connection: BrokerConnection, { destination }: ConsumerInfo): QueueNode {
  const { broker } = connection
  return isTemporary(destination) ? broker.temporary.ownQueue(destination, connection.key) : broker.queue(destination)
}

function openSubscriber(
  connection: BrokerConnection,
  info: ConsumerInfo,
  selector: NamedSelector | undefined,
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
  if (info.browser) throw new InvalidDestinationError(`${subject} cannot be browsed; only queues can`)
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
