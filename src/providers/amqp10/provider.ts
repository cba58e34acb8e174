import { IllegalStateError, type MessagingError } from '../../errors.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { Capabilities } from '../../provider/capabilities.ts'
import {
  type CreatedResource,
  type Delivery,
  DONE,
  type Outcome,
  type OutcomeDetail,
  type PeerInfo,
  type Provider,
  type ProviderListener,
} from '../../provider/provider.ts'
import type {
  ConnectionInfo,
  ConsumerInfo,
  ProducerInfo,
  ResourceInfo,
  SessionInfo,
  TemporaryDestinationInfo,
} from '../../provider/resources.ts'
import { openTransport } from '../../transport/open-transport.ts'
import { profileOf } from './broker-profile.ts'
import { offeredCapabilities } from './capabilities.ts'
import { AmqpConnection } from './connection.ts'
import { AmqpConsumer } from './consumer.ts'
import { inSmallBursts, parseEndpoint, WEB_SOCKET } from './endpoint.ts'
import { withoutInternalErrors } from './internal-errors.ts'
import type { LinkContext } from './link-context.ts'
import { AmqpProducer } from './producer.ts'
import { within } from './promises.ts'
import { RabbitmqTopology } from './rabbitmq-topology.ts'
import { chooseMechanism } from './sasl.ts'
import { TemporaryNames } from './temporary-names.ts'
import { TerminusTopology } from './terminus-topology.ts'
import type { TemporaryResource, Topology } from './topology.ts'
import { TransactionCoordinator } from './transactions.ts'

/** AMQP 1.0: JMS resources as links of one connection. */
export class AmqpProvider implements Provider {
  // These lead to credentials, and are not to be printed with it.
  #info: ConnectionInfo | undefined
  #listener: ProviderListener | undefined
  #context: LinkContext | undefined
  private readonly producers = new Map<string, AmqpProducer>()
  private readonly consumers = new Map<string, AmqpConsumer>()
  private readonly coordinators = new Map<string, TransactionCoordinator>()
  private readonly temporaries = new Map<string, TemporaryResource>()
  private readonly temporaryNames = new TemporaryNames()

  get capabilities(): Capabilities {
    return this.#context?.profile.capabilities ?? offeredCapabilities([])
  }

  async open(info: ConnectionInfo, listener: ProviderListener, signal: AbortSignal): Promise<PeerInfo> {
    if (this.#info !== undefined) throw new IllegalStateError('this provider has been opened before; create another')
    this.#info = info
    this.#listener = listener
    const asked = parseEndpoint(info)
    const mechanism = chooseMechanism(info, asked)
    const transport = await openTransport(asked, info, WEB_SOCKET, signal)
    const endpoint = transport.compressed === true ? inSmallBursts(asked) : asked
    const { certificate } = transport
    const settings = { connection: info, endpoint, containerId: info.clientId ?? info.id, mechanism }
    const connection = await AmqpConnection.open(transport, settings, signal)
    const announced = profileOf(connection.remote)
    const profile = { ...announced, mapping: this.temporaryNames.over(announced.mapping) }
    const timeout = info.requestTimeout
    if (profile.holdsBackPackets && !endpoint.transport.startsWith('ws')) connection.answerPromptly()
    try {
      const topology = await openTopology(connection, profile, info)
      this.#context = { connection, profile, topology, timeout, logger: info.logger }
      connection.whenLost((error) => this.onLost(error))
      if (!connection.isOpen) throw connection.lossReason
    } catch (error) {
      await connection.close(info.closeTimeout)
      throw error
    }
    const { product, version } = profile
    return {
      protocol: 'amqp10',
      endpoint: endpoint.name,
      ...(product === undefined ? {} : { product }),
      ...(version === undefined ? {} : { version }),
      ...(certificate === undefined ? {} : { certificate }),
    }
  }

  async create(resource: ResourceInfo): Promise<CreatedResource> {
    const context = this.live()
    switch (resource.resource) {
      case 'session':
        if (resource.acknowledgeMode === 'transacted') await this.attachCoordinator(context, resource)
        return {}
      case 'producer':
        await withoutInternalErrors(() => this.createProducer(context, resource))
        return {}
      case 'consumer':
        await withoutInternalErrors(() => this.createConsumer(context, resource))
        return {}
      case 'temporary-destination':
        return withoutInternalErrors(() => this.createTemporary(context, resource))
    }
  }

  async destroy(resource: ResourceInfo): Promise<void> {
    if (this.#context === undefined || !this.#context.connection.isOpen) return
    const { id } = resource
    switch (resource.resource) {
      case 'session':
        return await take(this.coordinators, id)?.close(this.#context.timeout)
      case 'producer':
        return await take(this.producers, id)?.close()
      case 'consumer':
        return await take(this.consumers, id)?.close()
      case 'temporary-destination':
        return await take(this.temporaries, id)?.delete()
    }
  }

  send(producer: ProducerInfo, message: MessageData, transaction?: SessionInfo): Promise<void> {
    try {
      const link = this.producers.get(producer.id)
      if (link === undefined) throw this.gone('the producer')
      return link.send(message, transaction === undefined ? undefined : this.coordinator(transaction).current.sent)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  grant(consumer: ConsumerInfo, credit: number): void {
    this.consumers.get(consumer.id)?.grant(credit)
  }

  drain(consumer: ConsumerInfo): Promise<void> {
    return this.consumers.get(consumer.id)?.drain() ?? DONE
  }

  settle(
    consumer: ConsumerInfo,
    deliveries: readonly Delivery[],
    outcome: Outcome,
    transaction?: SessionInfo,
    detail?: OutcomeDetail,
  ): Promise<void> {
    try {
      const link = this.consumers.get(consumer.id)
      if (link === undefined) throw this.gone('the consumer')
      if (transaction === undefined) return link.settle(deliveries, outcome, detail)
      link.settleIn(this.coordinator(transaction), deliveries)
      return DONE
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async begin(session: SessionInfo): Promise<void> {
    const context = this.live()
    const attached = this.coordinators.get(session.id)
    const coordinator = attached?.isAttached === true ? attached : await this.attachCoordinator(context, session)
    await coordinator.begin()
  }

  async commit(session: SessionInfo): Promise<void> {
    this.live()
    await this.coordinator(session).commit()
  }

  async rollback(session: SessionInfo): Promise<void> {
    this.live()
    await this.coordinator(session).rollback()
  }

  async unsubscribe(name: string): Promise<void> {
    const { topology } = this.live()
    if (this.hasConsumer(name)) {
      throw new IllegalStateError(`the subscription ${name} has a consumer; close that one before you unsubscribe`)
    }
    await topology.unsubscribe(name)
  }

  async close(): Promise<void> {
    const context = this.#context
    const info = this.#info
    if (context === undefined || info === undefined) return
    const { connection, topology, logger } = context
    if (connection.isOpen) {
      await within(topology.close(), info.closeTimeout, 'closing').catch((error) =>
        logger.debug?.('the connection was closed with something left behind', { error }),
      )
    }
    await connection.close(info.closeTimeout)
  }

  private async attachCoordinator(context: LinkContext, session: SessionInfo): Promise<TransactionCoordinator> {
    const coordinator = await TransactionCoordinator.attach(context.connection, session.id, context.timeout)
    this.coordinators.set(session.id, coordinator)
    return coordinator
  }

  private async createProducer(context: LinkContext, info: ProducerInfo): Promise<void> {
    const producer = await AmqpProducer.create(context, info, (error) => {
      this.producers.delete(info.id)
      this.#listener?.resourceClosed(info.id, error)
    })
    this.producers.set(info.id, producer)
  }

  private async createConsumer(context: LinkContext, info: ConsumerInfo): Promise<void> {
    this.requireFree(info)
    const consumer = await AmqpConsumer.create(context, info, {
      message: (delivery) => this.#listener?.message(info.id, delivery),
      closed: (error) => {
        take(this.consumers, info.id)?.ended()
        this.#listener?.resourceClosed(info.id, error)
      },
    })
    this.consumers.set(info.id, consumer)
  }

  private async createTemporary(context: LinkContext, info: TemporaryDestinationInfo): Promise<CreatedResource> {
    const resource = await context.topology.createTemporary(info)
    this.temporaries.set(info.id, resource)
    if (info.name !== undefined) this.temporaryNames.add(info.name, resource.name)
    return { name: resource.name }
  }

  /** Not every broker minds a second consumer of an unshared subscription: some take it from the first. */
  private requireFree({ subscription }: ConsumerInfo): void {
    if (subscription === undefined || subscription.shared) return
    if (!this.hasConsumer(subscription.name)) return
    throw new IllegalStateError(
      `the durable subscription ${subscription.name} has a consumer already; close that one first`,
    )
  }

  private hasConsumer(subscription: string): boolean {
    for (const { info } of this.consumers.values()) {
      if (info.subscription?.name === subscription && info.subscription.durable) return true
    }
    return false
  }

  private coordinator(session: SessionInfo): TransactionCoordinator {
    const coordinator = this.coordinators.get(session.id)
    if (coordinator === undefined) throw new IllegalStateError('the session is not transacted, or is closed')
    return coordinator
  }

  private live(): LinkContext {
    const context = this.#context
    if (context === undefined) throw new IllegalStateError('the provider is not open; open it first')
    if (!context.connection.isOpen) throw context.connection.lossReason
    return context
  }

  private gone(what: string): MessagingError {
    const connection = this.#context?.connection
    if (connection !== undefined && !connection.isOpen) return connection.lossReason
    return new IllegalStateError(`${what} is closed; create another`)
  }

  /** Nothing is reported after it: that links end is a consequence. */
  private onLost(error: Error): void {
    const listener = this.#listener
    this.#listener = undefined
    this.producers.clear()
    this.consumers.clear()
    this.coordinators.clear()
    this.temporaries.clear()
    listener?.connectionLost(error)
  }
}

async function openTopology(
  connection: AmqpConnection,
  profile: ReturnType<typeof profileOf>,
  info: ConnectionInfo,
): Promise<Topology> {
  if (profile.broker !== 'rabbitmq') {
    return new TerminusTopology(connection, profile, info.clientId !== undefined, info.requestTimeout)
  }
  info.rabbitmq?.refuseDirectReplyTo('AMQP 1.0', connection.endpoint)
  const topology = new RabbitmqTopology(connection, profile, info)
  if (info.clientId !== undefined) await topology.claimClientId(info.clientId)
  return topology
}

function take<T>(map: Map<string, T>, id: string): T | undefined {
  const value = map.get(id)
  map.delete(id)
  return value
}
