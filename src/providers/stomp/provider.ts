import { ConnectionLostError, IllegalStateError } from '../../errors.ts'
import type { LoadForeignMessageReader } from '../../interop/foreign-messages.ts'
import { type Destination, describeDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import { part } from '../../part.ts'
import type { Capabilities } from '../../provider/capabilities.ts'
import {
  type CreatedResource,
  type Delivery,
  DONE,
  type Outcome,
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
import { isWebSocket } from '../../transport/endpoint.ts'
import { type BrokerProfile, openProfile } from './broker-profile.ts'
import { NONE } from './capabilities.ts'
import type { StompConnection } from './connection.ts'
import { StompConsumer } from './consumer.ts'
import type { StompDelivery } from './dialect.ts'
import { parseEndpoint } from './endpoint.ts'
import { openConnection } from './open-connection.ts'
import type { Transactions } from './open-transactions.ts'
import { Sending } from './sending.ts'
import type { Topology } from './topology.ts'

const transactions = part('transactions', () => import('./open-transactions.ts'))

/** STOMP 1.0 to 1.2. One connection carries all sessions; what they have of their own is a transaction. */
export class StompProvider implements Provider {
  readonly #loadAmqpReader: LoadForeignMessageReader | undefined
  #info: ConnectionInfo | undefined
  #listener: ProviderListener | undefined
  #connection: StompConnection | undefined
  #profile: BrokerProfile | undefined
  readonly #consumers = new Map<string, StompConsumer>()
  /** Names of temporary destinations, by the ids of their records. */
  readonly #temporaries = new Map<string, string>()
  /** There once a session is transacted. */
  #transactions: Transactions | undefined
  #sending: Sending | undefined
  #isClosing = false

  /** @param loadAmqpReader - loads what reads the messages that a broker hands over as they came by AMQP */
  constructor(loadAmqpReader?: LoadForeignMessageReader) {
    this.#loadAmqpReader = loadAmqpReader
  }

  get capabilities(): Capabilities {
    return this.#profile?.dialect.capabilities ?? NONE
  }

  async open(info: ConnectionInfo, listener: ProviderListener, signal: AbortSignal): Promise<PeerInfo> {
    if (this.#info !== undefined) throw new IllegalStateError('this provider has been opened before; create another')
    this.#info = info
    this.#listener = listener
    const endpoint = parseEndpoint(info)
    const { connection: first, certificate } = await openConnection(info, endpoint, signal)
    let connection = first
    try {
      const profile = await openProfile(first, info, endpoint, this.#loadAmqpReader, signal)
      connection = profile.connection ?? first
      if (profile.dialect.holdsBackPackets && !isWebSocket(endpoint)) connection.answerPromptly()
      connection.whenLost((error) => this.#lost(error))
      if (!connection.isOpen) throw connection.lossReason
      this.#connection = connection
      this.#profile = profile
      const { dialect, topology } = profile
      const { version, isText } = connection
      const largestMessage = isWebSocket(endpoint)
        ? (endpoint.largestWebSocketMessage ?? dialect.largestWebSocketMessage)
        : undefined
      const heads = new WeakMap<Destination, string>()
      this.#sending = new Sending({ connection, topology, dialect, version, isText, heads, largestMessage })
    } catch (error) {
      await connection.close(info.closeTimeout)
      throw error
    }
    const { product, version } = this.#profile.dialect
    return {
      protocol: 'stomp',
      endpoint: endpoint.name,
      ...(product === undefined ? {} : { product }),
      ...(version === undefined ? {} : { version }),
      ...(certificate === undefined ? {} : { certificate }),
    }
  }

  // --- resources -------------------------------------------------------------------------------------------------

  async create(resource: ResourceInfo): Promise<CreatedResource> {
    const { connection, profile } = this.#live()
    const { topology } = profile
    switch (resource.resource) {
      case 'session':
        if (resource.acknowledgeMode !== 'transacted') return {}
        await transactions(({ Transactions }) => {
          this.#transactions ??= new Transactions(connection)
        })
        return {}
      case 'producer':
        if (resource.destination !== undefined) await topology.prepare?.(resource.destination)
        return {}
      case 'consumer':
        await this.#createConsumer(resource)
        return {}
      case 'temporary-destination':
        return { name: await this.#createTemporary(resource) }
    }
  }

  async destroy(resource: ResourceInfo): Promise<void> {
    if (this.#connection?.isOpen !== true) return
    const { topology } = this.#live().profile
    switch (resource.resource) {
      case 'consumer': {
        const consumer = this.#consumers.get(resource.id)
        this.#forget(resource, topology)
        return consumer?.close()
      }
      case 'temporary-destination': {
        const name = this.#temporaries.get(resource.id)
        this.#temporaries.delete(resource.id)
        return name === undefined ? undefined : topology.deleteTemporary(name)
      }
      case 'session':
        return this.#transactions?.end(resource, 'ABORT')
      default:
        return
    }
  }

  async unsubscribe(name: string): Promise<void> {
    await this.#live().profile.topology.unsubscribe(name)
  }

  async #createTemporary(info: TemporaryDestinationInfo): Promise<string> {
    const name = await this.#live().profile.topology.createTemporary(info)
    this.#temporaries.set(info.id, name)
    return name
  }

  async #createConsumer(info: ConsumerInfo): Promise<void> {
    const { connection, profile } = this.#live()
    await profile.topology.prepareConsumer?.(info)
    const listener = this.#listener as ProviderListener
    const { dialect, giveBack, topology } = profile
    const consumer = new StompConsumer(info, {
      connection,
      dialect,
      giveBack,
      message: (delivery) => listener.message(info.id, delivery),
      closed: (error) => {
        this.#forget(info, topology)
        topology.lost?.(info.destination)
        listener.resourceClosed(info.id, error)
      },
      stuck: (held) => {
        this.#info?.logger.warn?.(
          `${held} messages of the subscription to ${describeDestination(info.destination)} are not acknowledged; over STOMP the broker sends no more before some are`,
          { endpoint: connection.endpoint },
        )
      },
    })
    this.#consumers.set(info.id, consumer)
    try {
      await consumer.open()
    } catch (error) {
      this.#forget(info, topology)
      throw error
    }
  }

  #forget(info: ConsumerInfo, topology: Topology): void {
    if (this.#consumers.delete(info.id)) topology.closing?.(info)
  }

  // --- messages --------------------------------------------------------------------------------------------------

  send(_: ProducerInfo, message: MessageData, session?: SessionInfo): Promise<void> {
    try {
      return this.#live().sending.send(message, session && this.#transactions?.nameOf(session))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  grant(consumer: ConsumerInfo, credit: number): void {
    this.#consumers.get(consumer.id)?.grant(credit)
  }

  async drain(consumer: ConsumerInfo, isLast?: boolean): Promise<void> {
    await this.#consumers.get(consumer.id)?.drain(isLast)
  }

  settle(info: ConsumerInfo, deliveries: readonly Delivery[], outcome: Outcome, session?: SessionInfo): Promise<void> {
    const consumer = this.#consumers.get(info.id)
    if (this.#connection?.isOpen !== true) {
      return Promise.reject(this.#connection?.lossReason ?? new ConnectionLostError('the connection is not open'))
    }
    if (consumer === undefined) {
      return Promise.reject(
        new IllegalStateError(
          `the consumer of ${describeDestination(info.destination)} is closed, and what it had not settled went back; create another`,
        ),
      )
    }
    const transaction = session && this.#transactions?.nameOf(session)
    const mode = info.session.acknowledgeMode
    const isAwaited =
      transaction === undefined && (mode === 'client' || mode === 'individual' || outcome !== 'accepted')
    return consumer.settle(deliveries as readonly StompDelivery[], outcome, transaction, isAwaited)
  }

  // --- transactions ----------------------------------------------------------------------------------------------

  begin(session: SessionInfo): Promise<void> {
    this.#live()
    this.#transactions?.begin(session)
    return DONE
  }

  async commit(session: SessionInfo): Promise<void> {
    await this.#transactions?.end(session, 'COMMIT')
  }

  async rollback(session: SessionInfo): Promise<void> {
    await this.#transactions?.end(session, 'ABORT')
  }

  // --- what comes in, and the end --------------------------------------------------------------------------------

  #lost(error: Error): void {
    for (const consumer of this.#consumers.values()) consumer.abandon()
    if (!this.#isClosing) this.#listener?.connectionLost(error)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    const timeout = this.#info?.closeTimeout ?? 0
    const isOpen = this.#connection?.isOpen === true
    const isTakenBackLate = isOpen && this.#profile?.dialect.takesBackLate === true
    for (const consumer of this.#consumers.values()) {
      // The answer to DISCONNECT is waited for, and comes after these.
      if (isTakenBackLate) consumer.close().catch(() => {})
      consumer.abandon()
    }
    if (isOpen) await this.#profile?.topology.close?.(timeout)
    await this.#connection?.close(timeout)
  }

  #live(): { readonly connection: StompConnection; readonly profile: BrokerProfile; readonly sending: Sending } {
    const connection = this.#connection
    const profile = this.#profile
    const sending = this.#sending
    if (connection === undefined || profile === undefined || sending === undefined) {
      throw new IllegalStateError('the provider is not open')
    }
    if (!connection.isOpen) throw connection.lossReason
    return { connection, profile, sending }
  }
}
