import type { SubscriptionInfo } from '../../provider/resources.ts'

/** Separates the subscription from what makes the link name unique; brokers cut there. */
const DELIMITER = '|'

/**
 * Link names of subscriptions, as the AMQP JMS mapping has them and Qpid JMS writes them: `name` for a durable one,
 * `name|2` for the second link of a shared one, `name|volatile1` where it is not durable, and `global` in it where the
 * connection has no client id to scope it.
 */
export class SubscriptionLinkNames {
  private readonly hasClientId: boolean
  private readonly inUse = new Set<string>()

  constructor(hasClientId: boolean) {
    this.hasClientId = hasClientId
  }

  /** A link name that no other consumer of this connection has. */
  take(subscription: SubscriptionInfo): string {
    if (!subscription.shared) return subscription.name
    for (let number = 1; ; number++) {
      const name = this.sharedName(subscription, number)
      if (this.inUse.has(name)) continue
      this.inUse.add(name)
      return name
    }
  }

  release(linkName: string): void {
    this.inUse.delete(linkName)
  }

  /** The link that finds a durable subscription of this name again; `global` when no client id scopes it. */
  lookup(name: string, scope: 'client' | 'global'): string {
    return scope === 'client' ? name : `${name}${DELIMITER}global`
  }

  private sharedName({ name, durable }: SubscriptionInfo, number: number): string {
    const scope = this.hasClientId ? '' : 'global'
    const suffix = durable ? `${number > 1 ? number : ''}` : `${scope === '' ? '' : '-'}volatile${number}`
    return scope + suffix === '' ? name : `${name}${DELIMITER}${scope}${suffix}`
  }
}
