import { ConnectionLostError, ConnectTimeoutError, IllegalStateError } from '../../errors.ts'
import type { RabbitMqAction } from '../../interop/rabbitmq-objects.ts'
import { describeDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { Credentials } from '../../options/credentials.ts'
import type { Capabilities } from '../../provider/capabilities.ts'
import {
  type BrokerAction,
  type CreatedResource,
  type Delivery,
  DONE,
  type Outcome,
  type OutcomeDetail,
  type PeerInfo,
  type Provider,
  type ProviderListener,
} from '../../provider/provider.ts'
import type { ConnectionInfo, ConsumerInfo, ProducerInfo, ResourceInfo, SessionInfo } from '../../provider/resources.ts'
import { openTransport } from '../../transport/open-transport.ts'
import type { Transport } from '../../transport/transport.ts'
import { Administration } from './administration.ts'
import { capabilitiesOf, RABBITMQ_CAPABILITIES } from './capabilities.ts'
import { AmqpConnection } from './connection.ts'
import { AmqpConsumer, type AmqpDelivery, type ConsumerContext } from './consumer.ts'
import { DirectReplies } from './direct-replies.ts'
import { type Endpoint, parseEndpoint } from './endpoint.ts'
import type { DecodedBody } from './mapping.ts'
import { Publisher } from './publisher.ts'
import { performRequest } from './requests.ts'
import { answered, within } from './time-limits.ts'
import { Topology } from './topology.ts'

/** Decodes the body sections of an AMQP 1.0 message. */
export type Amqp10Decoder = (sections: Uint8Array) => DecodedBody

interface Context extends ConsumerContext {
  readonly administration: Administration
  readonly publisher: Publisher
}

/** AMQP 0-9-1: one connection, a channel for what is sent, one for each consumer, and one to declare queues. */
export class Amqp091Provider implements Provider {
  readonly #loadDecoder: () => Promise<Amqp10Decoder>
  #capabilities: Capabilities = RABBITMQ_CAPABILITIES
  #info: ConnectionInfo | undefined
  #context: Context | undefined
  #decodeAmqp10: Amqp10Decoder | undefined
  readonly #consumers = new Map<string, AmqpConsumer | DirectReplies>()
  /** Producers with a send that waits for its queue: later ones wait behind it, to keep their order. */
  readonly #gates = new Map<string, Promise<void>>()
  #isClosing = false

  /** @param loadDecoder - for messages that AMQP 1.0 clients sent; loaded with the first of them */
  constructor(loadDecoder: () => Promise<Amqp10Decoder>) {
    this.#loadDecoder = loadDecoder
  }

  get capabilities(): Capabilities {
    return this.#capabilities
  }

  /** Why the broker takes no messages at the moment. */
  get backPressure(): string | undefined {
    const reason = this.#context?.connection.blocked
    return reason === undefined ? undefined : `takes no messages for now: ${reason}`
  }

  async open(info: ConnectionInfo, listener: ProviderListener, signal: AbortSignal): Promise<PeerInfo> {
    if (this.#info !== undefined) throw new IllegalStateError('this provider has been opened before; create another')
    this.#info = info
    const endpoint = parseEndpoint(info)
    const { connection, transport } = await connect(info, endpoint, signal)
    // What is not answered now may never be.
    const giveUp = (): void => void connection.close(info.closeTimeout)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      const administration = new Administration(connection)
      const topology = new Topology(administration, info)
      const publisher = new Publisher(connection, info.credentials.username, {
        unroutable: (queue) => topology.forget(queue),
      })
      this.#context = this.#contextOf({ connection, administration, topology, publisher, listener })
      await publisher.open()
      if (info.clientId !== undefined) await topology.claimClientId(info.clientId)
      connection.whenBlocked((reason) => listener.blocked?.(reason))
      connection.whenLost((error) => this.#lost(error, listener))
      if (!connection.isOpen) throw connection.lossReason
    } catch (error) {
      await connection.close(info.closeTimeout)
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
    const { product, version } = connection
    this.#capabilities = capabilitiesOf(version, info.rabbitmq)
    const { certificate } = transport
    return {
      protocol: 'amqp091',
      endpoint: endpoint.name,
      ...(product === undefined ? {} : { product }),
      ...(version === undefined ? {} : { version }),
      ...(certificate === undefined ? {} : { certificate }),
    }
  }

  /** By connection.update-secret, which is for the same user; RabbitMQ has it since 3.8. */
  async renew({ username, password }: Credentials): Promise<boolean> {
    const { connection } = this.#live()
    const { username: present, password: former } = this.#info?.credentials ?? {}
    if (former === undefined || password === undefined || username !== present) return false
    if (!hasUpdateSecret(connection)) return false
    if (password !== former) await connection.updateSecret(password)
    return true
  }

  // --- resources -------------------------------------------------------------------------------------------------

  /**
   * A cluster of which a node has fallen silent may leave a request without an answer for good: whoever asks once more, over
   * another connection, gets one.
   *
   * @throws TimeoutError when it is not answered within `requestTimeout`
   */
  create(resource: ResourceInfo): Promise<CreatedResource> {
    return this.#answered(this.#create(resource), () => creationOf(resource))
  }

  async #create(resource: ResourceInfo): Promise<CreatedResource> {
    const context = this.#live()
    switch (resource.resource) {
      case 'session':
        return {}
      case 'producer':
        if (resource.destination !== undefined) await context.topology.prepare(resource.destination)
        return {}
      case 'consumer':
        this.#consumers.set(resource.id, await createConsumer(context, resource))
        return {}
      case 'temporary-destination':
        return { name: await context.topology.createTemporary(resource) }
    }
  }

  async destroy(resource: ResourceInfo): Promise<void> {
    const context = this.#context
    if (context?.connection.isOpen !== true) return
    switch (resource.resource) {
      case 'consumer': {
        const consumer = this.#consumers.get(resource.id)
        this.#consumers.delete(resource.id)
        return consumer?.close()
      }
      case 'temporary-destination':
        return context.topology.deleteTemporary(resource.kind, resource.name ?? '')
      default:
        return
    }
  }

  unsubscribe(name: string): Promise<void> {
    return this.#live().topology.unsubscribe(name)
  }

  /** What `polymq/rabbitmq` asks for. */
  perform(action: BrokerAction): Promise<unknown> {
    const { administration, topology } = this.#live()
    const request = performRequest((action as RabbitMqAction).request, administration, topology)
    return this.#answered(request, () => action.action)
  }

  // --- messages --------------------------------------------------------------------------------------------------

  send(producer: ProducerInfo, message: MessageData): Promise<void> {
    try {
      const { publisher, topology } = this.#live()
      const preparation = message.destination && topology.prepare(message.destination)
      const gate = this.#gates.size === 0 ? undefined : this.#gates.get(producer.id)
      const renamed = topology.temporaryNames.outgoing(message)
      if (preparation === undefined && gate === undefined) return publisher.send(renamed)
      return this.#sendAfter(producer, renamed, publisher, [gate, preparation])
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #sendAfter(
    { id }: ProducerInfo,
    message: MessageData,
    publisher: Publisher,
    conditions: readonly (Promise<void> | undefined)[],
  ): Promise<void> {
    // Its bytes are read before the call returns.
    const kept = message.kind === 'bytes' ? { ...message, body: (message.body as Uint8Array).slice() } : message
    const turn = Promise.all(conditions)
    const sent = turn.then(() => publisher.send(kept))
    const gate = turn.then(
      () => {},
      () => {},
    )
    this.#gates.set(id, gate)
    void gate.then(() => {
      if (this.#gates.get(id) === gate) this.#gates.delete(id)
    })
    return sent
  }

  grant(consumer: ConsumerInfo, credit: number): void {
    this.#consumers.get(consumer.id)?.grant(credit)
  }

  drain(consumer: ConsumerInfo): Promise<void> {
    return this.#consumers.get(consumer.id)?.drain() ?? DONE
  }

  settle(
    { id }: ConsumerInfo,
    deliveries: readonly Delivery[],
    outcome: Outcome,
    _?: SessionInfo,
    detail?: OutcomeDetail,
  ): Promise<void> {
    const consumer = this.#consumers.get(id)
    if (consumer === undefined || this.#context?.connection.isOpen !== true) {
      return Promise.reject(
        this.#context?.connection.lossReason ?? new ConnectionLostError('the connection is not open'),
      )
    }
    return consumer.settle(deliveries as readonly AmqpDelivery[], outcome, detail)
  }

  // --- transactions: see capabilities.ts -----------------------------------------------------------------------------

  begin(): Promise<void> {
    return Promise.reject(noTransactions())
  }

  commit(): Promise<void> {
    return Promise.reject(noTransactions())
  }

  rollback(): Promise<void> {
    return Promise.reject(noTransactions())
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  async close(): Promise<void> {
    this.#isClosing = true
    const { closeTimeout } = this.#info ?? { closeTimeout: 0 }
    const { connection, topology } = this.#context ?? {}
    if (connection?.isOpen === true) {
      // Acknowledged is acknowledged: what was settled last goes out first.
      for (const consumer of this.#consumers.values()) consumer.flush()
      await within(topology?.close(), closeTimeout)
    }
    for (const consumer of this.#consumers.values()) consumer.abandon()
    await connection?.close(closeTimeout)
  }

  /** The broker has taken its messages back, and closed its channel: it goes on over another one. */
  async #restart(former: AmqpConsumer, error: Error): Promise<void> {
    const context = this.#live()
    const { info } = former
    former.abandon()
    context.listener.resourceInterrupted?.(info.id, error)
    const isWanted = (): boolean => this.#consumers.get(info.id) === former
    try {
      const next = await AmqpConsumer.create(context, info, former)
      if (!isWanted()) return await next.close()
      this.#consumers.set(info.id, next)
      context.listener.resourceResumed?.(info.id)
    } catch (failure) {
      // With its connection, it is not for this provider to see to.
      if (!isWanted() || !context.connection.isOpen) return
      this.#consumers.delete(info.id)
      context.listener.resourceClosed(info.id, failure as Error)
    }
  }

  #lost(error: Error, listener: ProviderListener): void {
    for (const consumer of this.#consumers.values()) consumer.abandon()
    this.#consumers.clear()
    if (!this.#isClosing) listener.connectionLost(error)
  }

  #contextOf(parts: Omit<Context, 'timedOut' | 'loadAmqp10' | 'decodeAmqp10'>): Context {
    const decoder = (): Amqp10Decoder | undefined => this.#decodeAmqp10
    return {
      ...parts,
      timedOut: (consumer, error) => {
        if (this.#consumers.get(consumer.info.id) === consumer) void this.#restart(consumer, error)
      },
      loadAmqp10: async () => {
        this.#decodeAmqp10 ??= await this.#loadDecoder()
      },
      get decodeAmqp10() {
        return decoder()
      },
    }
  }

  #answered<R>(request: Promise<R>, describe: () => string): Promise<R> {
    const { connection } = this.#context ?? {}
    return answered(request, this.#info?.requestTimeout ?? 0, () => `${describe()} on ${connection?.endpoint}`)
  }

  #live(): Context {
    const context = this.#context
    if (context === undefined) throw new IllegalStateError('the provider is not open; open it first')
    if (!context.connection.isOpen) throw context.connection.lossReason
    return context
  }
}

function hasUpdateSecret({ version = '' }: AmqpConnection): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 3 || (major === 3 && minor >= 8)
}

/** Connects, within the time that the URI gives besides that of every connection. */
async function connect(
  info: ConnectionInfo,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<{ readonly connection: AmqpConnection; readonly transport: Transport }> {
  const { timeout } = endpoint
  const limit = timeout === undefined ? undefined : AbortSignal.timeout(timeout)
  const either = limit === undefined ? signal : AbortSignal.any([signal, limit])
  try {
    const transport = await openTransport(endpoint, info, { subprotocols: [], readsAtOnce: true }, either)
    return { connection: await AmqpConnection.open(transport, { connection: info, endpoint }, either), transport }
  } catch (error) {
    if (limit?.aborted !== true || signal.aborted) throw error
    throw new ConnectTimeoutError(
      `${endpoint.name} did not finish its handshake within connection_timeout (${timeout} ms); check host and port, or raise it`,
      { cause: error },
    )
  }
}

function createConsumer(context: Context, info: ConsumerInfo): Promise<AmqpConsumer | DirectReplies> {
  const isDirect = context.topology.isDirect(info.destination)
  return isDirect ? DirectReplies.create(context, info) : AmqpConsumer.create(context, info)
}

function creationOf(resource: ResourceInfo): string {
  const destination = 'destination' in resource ? resource.destination : undefined
  return `creating a ${resource.resource}${destination === undefined ? '' : ` for ${describeDestination(destination)}`}`
}

function noTransactions(): IllegalStateError {
  return new IllegalStateError('there are no transactions over AMQP 0-9-1: those of RabbitMQ are not atomic')
}
