import { ConnectionLostError, IllegalStateError, InvalidDestinationError, InvalidOptionError } from '../errors.ts'
import { type Destination, describeDestination } from '../message/destination.ts'
import type { ResolvedConnectOptions } from '../options/connect-options.ts'
import type { Capabilities } from '../provider/capabilities.ts'
import { type Delivery, DONE, type PeerInfo, type Provider, type ProviderListener } from '../provider/provider.ts'
import type { AcknowledgeMode } from '../provider/resources.ts'
import type {
  Connection,
  ConnectionEvents,
  Consumer,
  ConsumerOptions,
  Listener,
  ListenOptions,
  Producer,
  ReceivedMessage,
  RequestOptions,
  Sendable,
  SendOptions,
  Session,
  SessionOptions,
} from './api.ts'
import { Emitter } from './events.ts'
import { Requestor, replyWith } from './request-reply.ts'
import { SendWindow } from './send-window.ts'
import { ClientSession } from './session.ts'
import { within } from './signals.ts'

/** What messages and failures of one resource go to. */
interface Registered {
  arrived?(delivery: Delivery): void
  failed(error: Error): void
}

const ACKNOWLEDGE_MODES: readonly AcknowledgeMode[] = ['auto', 'client', 'dups-ok', 'individual', 'transacted']

/** A connection of the client, over one provider. */
export class ClientConnection implements Connection, ProviderListener {
  readonly provider: Provider
  readonly options: ResolvedConnectOptions
  readonly sends: SendWindow
  readonly id: string
  readonly #events = new Emitter<ConnectionEvents>()
  readonly #sessions = new Set<ClientSession>()
  readonly #resources = new Map<string, Registered>()
  readonly #temporaries = new Set<Destination>()
  #peer: PeerInfo | undefined
  #state: 'connected' | 'closing' | 'closed' = 'connected'
  #failure: Error | undefined
  #started: boolean
  #closed: Promise<void> | undefined
  #lastId = 0
  #sender: Promise<Producer> | undefined
  #requestor: Promise<Requestor> | undefined

  constructor(id: string, provider: Provider, options: ResolvedConnectOptions) {
    this.id = id
    this.provider = provider
    this.options = options
    this.sends = new SendWindow(options.maxPendingSends, options.sendTimeout)
    this.#started = options.autoStart
  }

  /** The provider is open. */
  opened(peer: PeerInfo): void {
    this.#peer = Object.freeze(peer)
  }

  // --- the application's side ------------------------------------------------------------------------------------

  get clientId(): string | undefined {
    return this.options.clientId
  }

  get state(): 'connected' | 'closed' {
    return this.#state === 'connected' ? 'connected' : 'closed'
  }

  get peer(): PeerInfo {
    if (this.#peer === undefined) throw new IllegalStateError('the connection is not open yet')
    return this.#peer
  }

  get capabilities(): Capabilities {
    return this.provider.capabilities
  }

  async start(): Promise<void> {
    this.requireOpen()
    this.#started = true
    for (const session of this.#sessions) session.resume()
  }

  async stop(): Promise<void> {
    this.requireOpen()
    this.#started = false
    await Promise.all([...this.#sessions].map((session) => session.quiet()))
  }

  async createSession(options: SessionOptions = {}): Promise<Session> {
    return this.#createSession(options)
  }

  on<Name extends keyof ConnectionEvents>(name: Name, listener: (...args: ConnectionEvents[Name]) => void): this {
    this.#events.on(name, listener)
    return this
  }

  once<Name extends keyof ConnectionEvents>(name: Name, listener: (...args: ConnectionEvents[Name]) => void): this {
    this.#events.once(name, listener)
    return this
  }

  off<Name extends keyof ConnectionEvents>(name: Name, listener: (...args: ConnectionEvents[Name]) => void): this {
    this.#events.off(name, listener)
    return this
  }

  async send<T>(destination: Destination<T>, body: Sendable<T>, options?: SendOptions): Promise<void> {
    this.#sender ??= this.#createSession({}).then((session) => session.createProducer())
    return (await this.#sender).send(destination, body, options)
  }

  async consume<T>(
    destination: Destination<T>,
    listener: Listener<T>,
    options: ConsumerOptions<T> & ListenOptions = {},
  ): Promise<Consumer<T>> {
    const session = await this.#createSession({})
    try {
      const consumer = await session.createConsumer(destination, options)
      session.closeWith(consumer)
      consumer.listen(listener, options)
      return consumer
    } catch (error) {
      await session.close()
      throw error
    }
  }

  async request<T>(
    destination: Destination<T>,
    body: Sendable<T>,
    options: RequestOptions = {},
  ): Promise<ReceivedMessage> {
    this.requireOpen()
    this.#requestor ??= this.#createSession({}).then((session) => Requestor.open(session))
    const requestor = await this.#requestor.catch((error) => {
      this.#requestor = undefined
      throw error
    })
    return requestor.request(destination, body, options)
  }

  async reply<T>(
    destination: Destination<T>,
    handler: Listener<T>,
    options: ConsumerOptions<T> & ListenOptions = {},
  ): Promise<Consumer<T>> {
    const session = await this.#createSession({})
    try {
      const consumer = await session.createConsumer(destination, options)
      const producer = await session.createProducer()
      session.closeWith(consumer)
      consumer.listen(replyWith(producer, handler), options)
      return consumer
    } catch (error) {
      await session.close()
      throw error
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    if (this.#state !== 'connected') return
    await Promise.all(
      [...this.#sessions].map((session) => session.close().catch((error) => this.report(error as Error))),
    )
    if (this.#failure !== undefined) return
    this.#state = 'closing'
    await this.provider.close()
    this.#state = 'closed'
    this.sends.close(new IllegalStateError('the connection was closed before the message was sent'))
    this.#events.emit('closed')
  }

  // --- the provider's side ---------------------------------------------------------------------------------------

  message(consumerId: string, delivery: Delivery): void {
    this.#resources.get(consumerId)?.arrived?.(delivery)
  }

  resourceClosed(resourceId: string, error: Error): void {
    const resource = this.#resources.get(resourceId)
    if (resource === undefined) return
    this.#resources.delete(resourceId)
    resource.failed(error)
    this.report(error)
  }

  connectionLost(error: Error): void {
    if (this.#state !== 'connected') return
    this.#failure = error
    this.#state = 'closed'
    for (const session of this.#sessions) session.failed(error)
    for (const resource of this.#resources.values()) resource.failed(error)
    this.#resources.clear()
    this.#sessions.clear()
    this.sends.close(error)
    this.#events.emit('closed', error)
  }

  // --- for its own sessions --------------------------------------------------------------------------------------

  get started(): boolean {
    return this.#started && this.#state === 'connected'
  }

  /** A new id, unique among all connections. */
  nextId(): string {
    this.#lastId += 1
    return `${this.id}:${this.#lastId}`
  }

  register(id: string, resource: Registered): void {
    this.#resources.set(id, resource)
  }

  unregister(id: string): void {
    this.#resources.delete(id)
  }

  sessionClosed(session: ClientSession): void {
    this.#sessions.delete(session)
    this.unregister(session.info.id)
  }

  requireOpen(): void {
    if (this.#state === 'connected') return
    throw this.#failure === undefined
      ? new IllegalStateError('the connection is closed; connect() anew')
      : new ConnectionLostError(`the connection is closed: ${this.#failure.message}`, { cause: this.#failure })
  }

  /** A request to the broker, with its limit in time. */
  bounded<R>(promise: Promise<R>, describe: () => string): Promise<R> {
    if ((promise as unknown) === DONE) return promise
    const ms = this.options.requestTimeout
    return within(
      ms,
      promise,
      () =>
        `${describe()} took longer than requestTimeout (${ms} ms) at ${this.peer.endpoint}; the broker may have done it all the same`,
    )
  }

  /** Work whose failure no call can report. */
  background(promise: Promise<void>): void {
    if (promise !== DONE) promise.catch((error) => this.report(error as Error))
  }

  report(error: Error): void {
    if (this.#state !== 'connected') return
    this.#events.emit('error', error)
  }

  addTemporary(destination: Destination): void {
    this.#temporaries.add(destination)
  }

  async deleteTemporary(destination: Destination, destroy: () => Promise<void>): Promise<void> {
    if (!this.#temporaries.has(destination) || this.#state !== 'connected') return
    await destroy()
    this.#temporaries.delete(destination)
  }

  /** @throws InvalidDestinationError unless this connection made the destination (JMS 3.1 §4.1.4) */
  requireOwnTemporary(destination: Destination): void {
    if ([...this.#temporaries].some((own) => own.kind === destination.kind && own.name === destination.name)) return
    throw new InvalidDestinationError(
      `${describeDestination(destination)} belongs to another connection, or is deleted; only the connection that made it can consume from it`,
    )
  }

  consumersOf(destination: Destination): number {
    let count = 0
    for (const session of this.#sessions) count += session.consumersOf(destination)
    return count
  }

  async #createSession(options: SessionOptions): Promise<ClientSession> {
    this.requireOpen()
    const info = { resource: 'session', id: this.nextId(), acknowledgeMode: acknowledgeModeOf(options) } as const
    const session = new ClientSession(this, info)
    this.#sessions.add(session)
    this.register(info.id, session)
    try {
      await session.open()
    } catch (error) {
      this.sessionClosed(session)
      throw error
    }
    return session
  }
}

function acknowledgeModeOf(options: SessionOptions): AcknowledgeMode {
  const mode = options.acknowledgeMode ?? (options.transacted === true ? 'transacted' : 'auto')
  if (!ACKNOWLEDGE_MODES.includes(mode)) {
    throw new InvalidOptionError(
      'acknowledgeMode',
      `createSession: acknowledgeMode is one of ${ACKNOWLEDGE_MODES.join(', ')}, not ${String(mode)}`,
    )
  }
  if (options.transacted !== undefined && options.transacted !== (mode === 'transacted')) {
    throw new InvalidOptionError(
      'transacted',
      `createSession: transacted ${options.transacted} contradicts acknowledgeMode ${mode}`,
    )
  }
  return mode
}
