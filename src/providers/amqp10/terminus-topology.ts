import { hashWildcard } from '../../interop/wildcards.ts'
import type { Destination, JmsDestinationKind } from '../../message/destination.ts'
import { isTopic } from '../../message/destination.ts'
import { jmsKindOf } from '../../message/jms-kind.ts'
import { part } from '../../part.ts'
import type { ConsumerInfo, TemporaryDestinationInfo } from '../../provider/resources.ts'
import { addressOf } from './address-cache.ts'
import type { BrokerProfile } from './broker-profile.ts'
import type { AmqpConnection } from './connection.ts'
import { ReceiverLink } from './receiver-link.ts'
import { types } from './rhea-types.ts'
import { SenderLink } from './sender-link.ts'
import { SubscriptionLinkNames } from './subscription-link-names.ts'
import type { Attachment, TemporaryResource, Topology } from './topology.ts'

const artemisSelectors = part('selectors', () => import('../../interop/artemis-selector.ts'))

/** Terminus capabilities that tell the kind of a destination (AMQP JMS mapping §3.3). */
const KIND_CAPABILITIES: Readonly<Record<JmsDestinationKind, string>> = {
  queue: 'queue',
  topic: 'topic',
  'temporary-queue': 'temporary-queue',
  'temporary-topic': 'temporary-topic',
}

const SELECTOR_FILTER = { name: 'jms-selector', descriptor: 0x468c00000004 }
const NO_LOCAL_FILTER = { name: 'no-local', descriptor: 0x468c00000003 }
/** The lifetime of a dynamic node that ends with its link (AMQP 1.0 §3.5.10). */
const DELETE_ON_CLOSE = 0x2b
/** Terminus durability `unsettled-state` (AMQP 1.0 §3.5.5). */
const UNSETTLED_STATE = 2

/** ActiveMQ, Artemis and their like: the terminus of a link says all, and the broker makes what it names. */
export class TerminusTopology implements Topology {
  private readonly connection: AmqpConnection
  private readonly profile: BrokerProfile
  private readonly linkNames: SubscriptionLinkNames
  private readonly hasClientId: boolean
  private readonly timeout: number

  constructor(connection: AmqpConnection, profile: BrokerProfile, hasClientId: boolean, timeout: number) {
    this.connection = connection
    this.profile = profile
    this.hasClientId = hasClientId
    this.linkNames = new SubscriptionLinkNames(hasClientId)
    this.timeout = timeout
  }

  targetOf(destination: Destination): object {
    return {
      address: addressOf(this.profile.mapping, destination),
      capabilities: [KIND_CAPABILITIES[jmsKindOf(destination)]],
    }
  }

  prepare(): undefined {
    return undefined
  }

  forget(): void {}

  async attach(consumer: ConsumerInfo): Promise<Attachment> {
    const { subscription, destination } = consumer
    const selector = await this.selectorOf(consumer)
    const shared = subscription?.shared === true
    const linkName = subscription === undefined ? consumer.id : this.linkNames.take(subscription)
    const sharing = shared ? (this.hasClientId ? ['shared'] : ['shared', 'global']) : []
    const durable = subscription?.durable === true
    return {
      linkName,
      source: {
        address: this.sourceAddress(destination),
        capabilities: [KIND_CAPABILITIES[jmsKindOf(destination)], ...sharing],
        // Explicitly none: a broker may take the absence of these for a wish to keep the terminus.
        durable: durable ? UNSETTLED_STATE : 0,
        expiry_policy: durable ? 'never' : 'link-detach',
        ...(consumer.browser ? { distribution_mode: 'copy' } : {}),
        ...filtersOf(consumer, selector),
      },
      desiredCapabilities: shared ? ['SHARED-SUBS'] : [],
      ending: durable ? 'keep' : 'close',
      deadLetters: true,
      release: async () => this.linkNames.release(linkName),
    }
  }

  async createTemporary(info: TemporaryDestinationInfo): Promise<TemporaryResource> {
    const session = this.connection.createSession()
    try {
      const target = {
        dynamic: true,
        durable: 0,
        expiry_policy: 'link-detach',
        dynamic_node_properties: { 'lifetime-policy': types.wrap_described(types.wrap_list([]), DELETE_ON_CLOSE) },
        capabilities: [KIND_CAPABILITIES[info.kind]],
      }
      const subject = { action: `creating a ${info.kind}`, endpoint: this.connection.endpoint }
      const link = await SenderLink.attach(session, { name: info.id, target, subject }, this.timeout)
      const address = link.address ?? info.id
      return {
        name: this.profile.mapping.destinationOf(address, info.kind)?.name ?? address,
        delete: async () => {
          await link.close(this.timeout)
          session.release()
        },
      }
    } catch (error) {
      session.release()
      throw error
    }
  }

  /** Attaching to a durable terminus without saying where from looks it up by its link name; closing deletes it. */
  async unsubscribe(name: string): Promise<void> {
    const scope = this.hasClientId ? 'client' : 'global'
    const session = this.connection.createSession()
    try {
      const link = await ReceiverLink.attach(
        session,
        {
          name: this.linkNames.lookup(name, scope),
          source: undefined,
          presettled: false,
          desiredCapabilities: scope === 'global' ? ['shared', 'global'] : [],
          subject: {
            action: `unsubscribing the durable subscription ${name}`,
            endpoint: this.connection.endpoint,
          },
        },
        { message: () => {}, closed: () => {} },
        this.timeout,
      )
      await link.detach('close', this.timeout)
    } finally {
      session.release()
    }
  }

  async close(): Promise<void> {}

  private async selectorOf({ selector, destination }: ConsumerInfo): Promise<string | undefined> {
    if (selector === undefined || this.profile.broker !== 'artemis' || !isTopic(destination)) return selector
    return artemisSelectors(({ artemisSelector }) => artemisSelector(selector))
  }

  private sourceAddress(destination: Destination): string {
    const address = addressOf(this.profile.mapping, destination)
    return this.profile.broker !== 'activemq' && isTopic(destination) ? hashWildcard(address) : address
  }
}

function filtersOf({ noLocal }: ConsumerInfo, selector: string | undefined): object {
  if (selector === undefined && !noLocal) return {}
  const filter: Record<string, unknown> = {}
  if (selector !== undefined) {
    filter[SELECTOR_FILTER.name] = types.wrap_described(selector, SELECTOR_FILTER.descriptor)
  }
  if (noLocal) filter[NO_LOCAL_FILTER.name] = types.wrap_described(types.wrap_list([]), NO_LOCAL_FILTER.descriptor)
  return { filter }
}

/** Filters that the broker did not take over, by what they are for. */
export function missingFilters(
  consumer: ConsumerInfo,
  taken: Readonly<Record<string, unknown>> | null | undefined,
): string[] {
  const missing: string[] = []
  if (consumer.selector !== undefined && taken?.[SELECTOR_FILTER.name] === undefined) missing.push('selectors')
  if (consumer.noLocal && taken?.[NO_LOCAL_FILTER.name] === undefined) missing.push('noLocal')
  return missing
}
