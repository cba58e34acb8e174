import type { SubscriptionInfo } from '../provider/resources.ts'

/** Names of the queues on RabbitMQ that stand for a client id, or a subscription. The same over every protocol. */

/** An exclusive queue of this name tells that the client id is taken. */
export function claimOf(clientId: string): string {
  return `polymq:client:${clientId}`
}

/** The queue behind a subscription with a name. */
export function queueOfSubscription(clientId: string | undefined, subscription: SubscriptionInfo): string {
  const { name, durable, shared } = subscription
  const kind = shared ? (durable ? 'shared' : 'shared-volatile') : 'durable'
  return `polymq:${kind}:${encodeURIComponent(clientId ?? '')}:${name}`
}

/** The queues that a durable subscription of this name may have. */
export function queuesOfDurableSubscription(clientId: string | undefined, name: string): string[] {
  const queues = [queueOfSubscription(clientId, { name, durable: true, shared: true })]
  if (clientId !== undefined) queues.unshift(queueOfSubscription(clientId, { name, durable: true, shared: false }))
  return queues
}
