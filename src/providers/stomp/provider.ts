import { ConnectionLostError, IllegalStateError } from '../../errors.ts'
import { describeDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
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
import type { ConnectionInfo, ConsumerInfo, ProducerInfo, ResourceInfo, SessionInfo } from '../../provider/resources.ts'
import { type BrokerProfile, openProfile } from './broker-profile.ts'
import { OTHER_CAPABILITIES } from './capabilities.ts'
import type { StompConnection } from './connection.ts'
import { StompConsumer } from './consumer.ts'
import type { StompDelivery } from './dialect.ts'
import { isWebSocket, parseEndpoint } from './endpoint.ts'
import { tooLarge } from './error-mapping.ts'
import type { Frame } from './frame.ts'
import { encodeMessage } from './mapping.ts'
import { openConnection } from './open-connection.ts'

/** STOMP 1.0 to 1.2. One connection carries all sessions; what they have of their own is a transaction. */
export class StompProvider implements Provider {
  #info: ConnectionInfo | undefined
  #listener: ProviderListener | undefined
  #connection: StompConnection | undefined
  #profile: BrokerProfile | undefined
  readonly #consumers = new Map<string, StompConsumer>()
  /** By the id of a subscription; a consumer may have several. */
  readonly #subscriptions = new Map<string, StompConsumer>()
  /** The open transaction of each session. */
  readonly #transactions = new Map<string, string>()
  #lastTransaction = 0
  /** Bytes of a SEND frame: over a WebSocket it is one message, and brokers end the connection over a larger one. */
  #largestMessage: number | undefined
  #isClosing = false

  get capabilities(): Capabilities {
    return this.#profile?.dialect.capabilities ?? OTHER_CAPABILITIES
  }

  async open(info: ConnectionInfo, listener: ProviderListener, signal: AbortSignal): Promise<PeerInfo> {
    if (this.#info !== undefined) throw new IllegalStateError('this provider has been opened before; create another')
    this.#info = info
    this.#listener = listener
    const endpoint = parseEndpoint(info)
    const { connection, certificate } = await openConnection(info, endpoint, signal)
    const connectAgain = async (): Promise<StompConnection> =>
      (await openConnection(info, endpoint, AbortSignal.timeout(info.requestTimeout))).connection
    try {
      const profile = await openProfile(connection, info.clientId, connectAgain)
      if (profile.dialect.holdsBackPackets && !isWebSocket(endpoint)) connection.answerPromptly()
      connection.onMessage = (frame) => this.#received(frame)
      connection.whenLost((error) => this.#lost(error))
      if (!connection.isOpen) throw connection.lossReason
      this.#connection = connection
      this.#profile = profile
      if (isWebSocket(endpoint)) {
        this.#largestMessage = endpoint.largestWebSocketMessage ?? profile.dialect.largestWebSocketMessage
      }
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
    const { topology } = this.#live().profile
    switch (resource.resource) {
      case 'session':
        return {}
      case 'producer':
        if (resource.destination !== undefined) await topology.prepare(resource.destination)
        return {}
      case 'consumer':
        await this.#createConsumer(resource)
        return {}
      case 'temporary-destination':
        return { name: await topology.createTemporary(resource) }
    }
  }

  async destroy(resource: ResourceInfo): Promise<void> {
    if (this.#connection?.isOpen !== true) return
    const { topology } = this.#live().profile
    switch (resource.resource) {
      case 'consumer': {
        const consumer = this.#consumers.get(resource.id)
        this.#consumers.delete(resource.id)
        return consumer?.close(topology.closing(resource))
      }
      case 'temporary-destination':
        return topology.deleteTemporary(resource.name ?? '')
      case 'session':
        return this.#endTransaction(resource, 'ABORT')
      default:
        return
    }
  }

  async unsubscribe(name: string): Promise<void> {
    await this.#live().profile.topology.unsubscribe(name)
  }

  async #createConsumer(info: ConsumerInfo): Promise<void> {
    const { connection, profile } = this.#live()
    await profile.topology.prepareConsumer(info)
    const listener = this.#listener as ProviderListener
    const subscriptions = {
      add: (id: string, one: StompConsumer) => this.#subscriptions.set(id, one),
      delete: (id: string) => this.#subscriptions.delete(id),
    }
    const { dialect, giveBack } = profile
    const consumer = new StompConsumer(info, connection, dialect, listener, subscriptions, giveBack)
    this.#consumers.set(info.id, consumer)
    try {
      await consumer.open()
    } catch (error) {
      this.#consumers.delete(info.id)
      throw error
    }
  }

  // --- messages --------------------------------------------------------------------------------------------------

  send(_: ProducerInfo, message: MessageData, transaction?: SessionInfo): Promise<void> {
    try {
      const { connection, profile } = this.#live()
      const prepared = message.destination && profile.topology.prepare(message.destination)
      if (prepared === undefined) return this.#sendNow(message, transaction)
      // Its bytes are read before the call returns.
      const kept = message.kind === 'bytes' ? { ...message, body: (message.body as Uint8Array).slice() } : message
      return prepared.then(() =>
        connection.isOpen ? this.#sendNow(kept, transaction) : Promise.reject(connection.lossReason),
      )
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #sendNow(message: MessageData, session: SessionInfo | undefined): Promise<void> {
    try {
      const { connection, profile } = this.#live()
      const receipt = connection.nextReceipt()
      const transaction = session && this.#transactions.get(session.id)
      const { dialect } = profile
      const frame = encodeMessage(message, {
        dialect,
        version: connection.version,
        transaction,
        receipt,
        isText: connection.isText,
        now: Date.now(),
      })
      const { destination } = message
      const action = destination === undefined ? 'sending' : `sending to ${describeDestination(destination)}`
      const limit = this.#largestMessage
      if (limit !== undefined && frame.length > limit) throw tooLarge(action, frame.length, limit, connection.endpoint)
      return connection.deliver(frame, receipt, { action, name: destination?.name })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  grant(consumer: ConsumerInfo, credit: number): void {
    this.#consumers.get(consumer.id)?.grant(credit)
  }

  async drain(consumer: ConsumerInfo): Promise<void> {
    await this.#consumers.get(consumer.id)?.drain()
  }

  settle(info: ConsumerInfo, deliveries: readonly Delivery[], outcome: Outcome, session?: SessionInfo): Promise<void> {
    const consumer = this.#consumers.get(info.id)
    if (consumer === undefined || this.#connection?.isOpen !== true) {
      return Promise.reject(this.#connection?.lossReason ?? new ConnectionLostError('the connection is not open'))
    }
    const transaction = session && this.#transactions.get(session.id)
    const mode = info.session.acknowledgeMode
    const isAwaited =
      transaction === undefined && (mode === 'client' || mode === 'individual' || outcome !== 'accepted')
    return consumer.settle(deliveries as readonly StompDelivery[], outcome, transaction, isAwaited)
  }

  // --- transactions ----------------------------------------------------------------------------------------------

  begin(session: SessionInfo): Promise<void> {
    const { connection } = this.#live()
    this.#lastTransaction += 1
    const transaction = `${session.id}-${this.#lastTransaction}`
    this.#transactions.set(session.id, transaction)
    connection.send('BEGIN', [['transaction', transaction]])
    return DONE
  }

  commit(session: SessionInfo): Promise<void> {
    return this.#endTransaction(session, 'COMMIT')
  }

  rollback(session: SessionInfo): Promise<void> {
    return this.#endTransaction(session, 'ABORT')
  }

  async #endTransaction(session: SessionInfo, command: 'COMMIT' | 'ABORT'): Promise<void> {
    const transaction = this.#transactions.get(session.id)
    if (transaction === undefined) return
    this.#transactions.delete(session.id)
    const action = command === 'COMMIT' ? 'committing' : 'rolling back'
    await this.#live().connection.request(command, [['transaction', transaction]], { action })
  }

  // --- what comes in, and the end --------------------------------------------------------------------------------

  #received(frame: Frame): void {
    const subscription = frame.headers.get('subscription') ?? ''
    this.#subscriptions.get(subscription)?.received(frame, subscription)
  }

  #lost(error: Error): void {
    for (const consumer of this.#consumers.values()) consumer.abandon()
    if (!this.#isClosing) this.#listener?.connectionLost(error)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    for (const consumer of this.#consumers.values()) consumer.abandon()
    await this.#connection?.close(this.#info?.closeTimeout ?? 0)
  }

  #live(): { readonly connection: StompConnection; readonly profile: BrokerProfile } {
    const connection = this.#connection
    const profile = this.#profile
    if (connection === undefined || profile === undefined) throw new IllegalStateError('the provider is not open')
    if (!connection.isOpen) throw connection.lossReason
    return { connection, profile }
  }
}
