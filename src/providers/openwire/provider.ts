import { ConnectionLostError, IllegalStateError } from '../../errors.ts'
import type { LoadForeignMessageReader } from '../../interop/foreign-messages.ts'
import { describeDestination, isTemporary } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { Capabilities } from '../../provider/capabilities.ts'
import type {
  CreatedResource,
  Delivery,
  Outcome,
  OutcomeDetail,
  PeerInfo,
  Provider,
  ProviderListener,
} from '../../provider/provider.ts'
import type { ConnectionInfo, ConsumerInfo, ProducerInfo, ResourceInfo, SessionInfo } from '../../provider/resources.ts'
import { type BrokerProfile, peerName, profileOf } from './broker-profile.ts'
import { ACTIVEMQ_CAPABILITIES } from './capabilities.ts'
import type { Dispatch } from './codec/incoming.ts'
import { type Structure, TYPE } from './codec/types.ts'
import type { OpenWireConnection } from './connection.ts'
import { OpenWireConsumer } from './consumer.ts'
import type { OpenWireDelivery } from './delivery.ts'
import { type Endpoint, parseEndpoint } from './endpoint.ts'
import { openConnection } from './open-connection.ts'
import { Sending } from './sending.ts'
import { Subscriptions } from './subscriptions.ts'
import { Temporaries } from './temporaries.ts'
import { Transactions } from './transactions.ts'
import { subscriptionQueue } from './virtual-topics.ts'

/** Content that is no longer compressed may be so many times as large as a frame. */
const LARGEST_RATIO = 10

/** ms between attempts to have a subscription of a connection that was lost. */
const TAKE_OVER_PAUSE = 100

/** All that is there while the connection is. */
interface Live {
  readonly connection: OpenWireConnection
  readonly endpoint: Endpoint
  readonly profile: BrokerProfile
  readonly sending: Sending
  readonly transactions: Transactions
  readonly temporaries: Temporaries
  readonly subscriptions: Subscriptions
}

/** OpenWire 10 to 12. One connection carries all sessions. */
export class OpenWireProvider implements Provider {
  readonly #loadAmqpReader: LoadForeignMessageReader | undefined
  #info: ConnectionInfo | undefined
  #listener: ProviderListener | undefined
  #live: Live | undefined
  readonly #consumers = new Map<string, OpenWireConsumer>()
  /** By the number that the broker names them by. */
  readonly #receivers = new Map<number, OpenWireConsumer>()
  #isClosing = false

  /** @param loadAmqpReader - loads what reads the messages that a broker hands over as they came by AMQP */
  constructor(loadAmqpReader?: LoadForeignMessageReader) {
    this.#loadAmqpReader = loadAmqpReader
  }

  get capabilities(): Capabilities {
    return this.#live?.profile.capabilities ?? ACTIVEMQ_CAPABILITIES
  }

  async open(info: ConnectionInfo, listener: ProviderListener, signal: AbortSignal): Promise<PeerInfo> {
    if (this.#info !== undefined) throw new IllegalStateError('this provider has been opened before; create another')
    this.#info = info
    this.#listener = listener
    const endpoint = parseEndpoint(info)
    const { connection, certificate } = await openConnection({ info, endpoint }, signal)
    const profile = profileOf(connection)
    this.#live = {
      connection,
      endpoint,
      profile,
      sending: new Sending(connection, endpoint, profile),
      transactions: new Transactions(connection, profile),
      temporaries: new Temporaries(connection, profile),
      subscriptions: new Subscriptions(connection, info.clientId),
    }
    connection.onDispatch = (dispatch) => this.#received(dispatch)
    connection.onConsumerControl = (control) => this.#controlled(control)
    connection.whenLost((error) => this.#lost(error))
    connection.whenAdvised((advice) => listener.advised?.(advice))
    if (!connection.isOpen) throw connection.lossReason
    const { product, version } = profile
    return {
      protocol: 'openwire',
      endpoint: endpoint.name,
      ...(product === undefined ? {} : { product }),
      ...(version === undefined ? {} : { version }),
      ...(certificate === undefined ? {} : { certificate }),
    }
  }

  // --- resources -------------------------------------------------------------------------------------------------

  async create(resource: ResourceInfo): Promise<CreatedResource> {
    const { connection, sending, temporaries } = this.#open()
    switch (resource.resource) {
      case 'session':
        await connection.request(
          { type: TYPE.SESSION_INFO, sessionId: connection.ids.session(resource) },
          { action: 'creating a session' },
        )
        return {}
      case 'producer':
        await sending.create({ ...resource, destination: temporaries.names.here(resource.destination) })
        return {}
      case 'consumer':
        await this.#createConsumer(resource)
        return {}
      case 'temporary-destination':
        return { name: await temporaries.create(resource) }
    }
  }

  async destroy(resource: ResourceInfo): Promise<void> {
    if (this.#live?.connection.isOpen !== true) return
    const { connection, sending, transactions, temporaries } = this.#live
    switch (resource.resource) {
      case 'session':
        await transactions.rollback(resource)
        await connection.request(
          { type: TYPE.REMOVE_INFO, objectId: connection.ids.session(resource), lastDeliveredSequenceId: -2 },
          { action: 'closing a session' },
        )
        return
      case 'producer':
        return sending.destroy(resource)
      case 'consumer': {
        const consumer = this.#consumers.get(resource.id)
        this.#forget(resource)
        return consumer?.close()
      }
      case 'temporary-destination':
        return temporaries.delete(resource)
    }
  }

  async unsubscribe(name: string): Promise<void> {
    const { subscriptions, profile } = this.#open()
    await subscriptions.unsubscribe(name, profile.capabilities.sharedDurableSubscriptions !== 'unsupported')
  }

  async #createConsumer(given: ConsumerInfo): Promise<void> {
    const { names } = this.#open().temporaries
    const info = { ...given, destination: names.here(given.destination) }
    const { connection, endpoint, profile, sending, transactions } = this.#open()
    const listener = this.#listener as ProviderListener
    const number = connection.ids.numberOf(info.id)
    const consumer = new OpenWireConsumer(this.#sourceOf(info), {
      connection,
      endpoint,
      profile,
      sending,
      transactions,
      loadAmqpReader: this.#loadAmqpReader,
      largestBody: endpoint.largestFrame * LARGEST_RATIO,
      names,
      message: (delivery) => listener.message(info.id, delivery),
      failed: (error) => this.#info?.logger.warn?.(error.message, { error }),
      closed: (error) => {
        this.#forget(info)
        listener.resourceClosed(info.id, error)
      },
    })
    this.#consumers.set(info.id, consumer)
    this.#receivers.set(number, consumer)
    try {
      await this.#openInTime(consumer, connection)
    } catch (error) {
      this.#forget(info)
      throw error
    }
  }

  /** The broker may not be through yet with the end of the consumer whose place it takes, and have the subscription in use. */
  async #openInTime(consumer: OpenWireConsumer, connection: OpenWireConnection): Promise<void> {
    const end = performance.now() + (connection.takesOver ? (this.#info?.requestTimeout ?? 0) : 0)
    for (;;) {
      try {
        return await consumer.open()
      } catch (error) {
        const isInUse = error instanceof IllegalStateError && consumer.info.subscription !== undefined
        if (!isInUse || performance.now() >= end || !connection.isOpen) throw error
        await new Promise((resolve) => setTimeout(resolve, TAKE_OVER_PAUSE))
      }
    }
  }

  /** What it consumes from: a shared subscription is a queue. */
  #sourceOf(info: ConsumerInfo): ConsumerInfo {
    if (info.subscription?.shared !== true) return info
    const { profile, endpoint } = this.#open()
    const destination = subscriptionQueue(info, this.#info?.clientId, peerName(profile, endpoint.name))
    return { ...info, destination, subscription: undefined }
  }

  #forget({ id }: ConsumerInfo): void {
    this.#consumers.delete(id)
    const number = this.#live?.connection.ids.numberOf(id)
    if (number !== undefined) this.#receivers.delete(number)
  }

  // --- messages --------------------------------------------------------------------------------------------------

  send(producer: ProducerInfo, message: MessageData, session?: SessionInfo): Promise<void> {
    try {
      const { sending, transactions, temporaries } = this.#open()
      return sending.send(producer, temporaries.names.outgoing(message), transactions.of(session)?.enlist())
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** By its number the broker knows a message again. What it forgets at its end is not sent again. */
  confirmsEarly({ messageId, deliveryMode, destination }: MessageData): boolean {
    if (this.#live?.profile.confirmsEarly !== true || deliveryMode !== 'persistent') return false
    return messageId !== undefined && destination !== undefined && !isTemporary(destination)
  }

  grant(consumer: ConsumerInfo, credit: number): void {
    this.#consumers.get(consumer.id)?.grant(credit)
  }

  async drain(consumer: ConsumerInfo, isLast?: boolean): Promise<void> {
    await this.#consumers.get(consumer.id)?.drain(isLast)
  }

  settle(
    info: ConsumerInfo,
    deliveries: readonly Delivery[],
    outcome: Outcome,
    session?: SessionInfo,
    detail?: OutcomeDetail,
  ): Promise<void> {
    const connection = this.#live?.connection
    if (connection?.isOpen !== true) {
      return Promise.reject(connection?.lossReason ?? new ConnectionLostError('the connection is not open'))
    }
    const consumer = this.#consumers.get(info.id)
    if (consumer === undefined) {
      return Promise.reject(
        new IllegalStateError(
          `the consumer of ${describeDestination(info.destination)} is closed, and what it had not settled went back; create another`,
        ),
      )
    }
    const transaction = this.#live?.transactions.of(session)
    const mode = info.session.acknowledgeMode
    const isAwaited = transaction === undefined && (mode === 'client' || mode === 'individual')
    return consumer.settle(deliveries as readonly OpenWireDelivery[], outcome, transaction, detail, isAwaited)
  }

  // --- transactions ----------------------------------------------------------------------------------------------

  async begin(session: SessionInfo): Promise<void> {
    await this.#open().transactions.begin(session)
  }

  async commit(session: SessionInfo): Promise<void> {
    await this.#open().transactions.commit(session)
  }

  async rollback(session: SessionInfo): Promise<void> {
    await this.#open().transactions.rollback(session)
  }

  // --- what comes in, and the end --------------------------------------------------------------------------------

  #received(dispatch: Dispatch): void {
    const consumer = this.#receivers.get(dispatch.consumer)
    if (consumer === undefined) this.#live?.subscriptions.received(dispatch)
    else consumer.received(dispatch)
  }

  #controlled(control: Structure): void {
    const { value } = (control.consumerId ?? {}) as Partial<Structure>
    this.#receivers.get(Number(value))?.controlled(control)
  }

  #lost(error: Error): void {
    for (const consumer of this.#consumers.values()) consumer.abandon()
    if (!this.#isClosing) this.#listener?.connectionLost(error)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    for (const consumer of this.#consumers.values()) consumer.abandon()
    await this.#live?.connection.close(this.#info?.closeTimeout ?? 0)
  }

  #open(): Live {
    const live = this.#live
    if (live === undefined) throw new IllegalStateError('the provider is not open')
    if (!live.connection.isOpen) throw live.connection.lossReason
    return live
  }
}
