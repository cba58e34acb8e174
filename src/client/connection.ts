import { ConnectionLostError, IllegalStateError, TimeoutError } from '../errors.ts'
import type { Destination } from '../message/destination.ts'
import type { ResolvedConnectOptions } from '../options/connect-options.ts'
import type { Capabilities, Feature } from '../provider/capabilities.ts'
import { type Delivery, DONE, type PeerInfo, type Provider } from '../provider/provider.ts'
import type { ReconnectAttempt, ReconnectionListener } from '../provider/reconnection.ts'
import type {
  Connection,
  ConnectionEvents,
  Consumer,
  ConsumerOptions,
  Listener,
  ListenOptions,
  ReceivedMessage,
  RequestOptions,
  Sendable,
  SendOptions,
  Session,
  SessionOptions,
} from './api.ts'
import { Emitter } from './events.ts'
import type { RequireFeature } from './features.ts'
import { SendWindow } from './send-window.ts'
import { ClientSession } from './session.ts'
import { acknowledgeModeOf } from './session-options.ts'
import { type BegunSession, Shortcuts } from './shortcuts.ts'
import { within } from './signals.ts'
import { TemporaryDestinations } from './temporary-destinations.ts'

/** What messages and failures of one resource go to. */
interface Registered {
  arrived?(delivery: Delivery): void
  interrupted?(error: Error): void
  resumed?(): void
  failed(error: Error): void
}

/** A connection of the client, over one provider. */
export class ClientConnection implements Connection, ReconnectionListener {
  readonly sends: SendWindow
  readonly temporaries: TemporaryDestinations = new TemporaryDestinations(this)
  readonly id: string
  // Private at run time, as they hold secrets: who prints a connection must not print those.
  readonly #provider: Provider
  readonly #options: ResolvedConnectOptions
  readonly #events = new Emitter<ConnectionEvents>()
  readonly #sessions = new Set<ClientSession>()
  readonly #resources = new Map<string, Registered>()
  readonly #shortcuts = new Shortcuts(() => this.#beginSession({}))
  readonly #requireFeature: RequireFeature | undefined
  #peer: PeerInfo | undefined
  #state: 'connected' | 'closing' | 'closed' = 'connected'
  #interrupted = false
  #blocked = false
  #failure: Error | undefined
  #started: boolean
  #closed: Promise<void> | undefined
  #lastId = 0

  /** @param requireFeature - undefined where the provider has every feature, as the embedded broker has */
  constructor(
    id: string,
    provider: Provider,
    options: ResolvedConnectOptions,
    requireFeature: RequireFeature | undefined,
  ) {
    this.id = id
    this.#provider = provider
    this.#options = options
    this.#requireFeature = requireFeature
    this.sends = new SendWindow(options, provider)
    this.#started = options.autoStart
  }

  /** The provider is open. */
  opened(peer: PeerInfo): void {
    this.#peer = Object.freeze(peer)
  }

  // --- the application's side ------------------------------------------------------------------------------------

  get clientId(): string | undefined {
    return this.#options.clientId
  }

  get state(): 'connected' | 'interrupted' | 'closed' {
    if (this.#state !== 'connected') return 'closed'
    return this.#interrupted ? 'interrupted' : 'connected'
  }

  get peer(): PeerInfo {
    if (this.#peer === undefined) throw new IllegalStateError('the connection is not open yet')
    return this.#peer
  }

  get capabilities(): Capabilities {
    return this.#provider.capabilities
  }

  async start(): Promise<void> {
    this.requireOpen()
    this.#started = true
    for (const session of this.#sessions) session.resume()
  }

  async stop(): Promise<void> {
    this.requireOpen()
    this.#started = false
    const ms = this.#options.closeTimeout
    const quiet = Promise.all([...this.#sessions].map((session) => session.quiet()))
    await within(
      ms,
      quiet,
      () => `stop(): a listener still runs after closeTimeout (${ms} ms), as one does that waits for stop()`,
    )
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

  send<T>(destination: Destination<T>, body: Sendable<T>, options?: SendOptions): Promise<void> {
    return this.#shortcuts.send(destination, body, options)
  }

  consume<T>(
    destination: Destination<T>,
    listener: Listener<T>,
    options: ConsumerOptions<T> & ListenOptions = {},
  ): Promise<Consumer<T>> {
    return this.#shortcuts.consume(destination, listener, options)
  }

  async request<T>(
    destination: Destination<T>,
    body: Sendable<T>,
    options: RequestOptions = {},
  ): Promise<ReceivedMessage> {
    this.requireOpen()
    return this.#shortcuts.request(destination, body, options)
  }

  reply<T>(
    destination: Destination<T>,
    handler: Listener<T>,
    options: ConsumerOptions<T> & ListenOptions = {},
  ): Promise<Consumer<T>> {
    return this.#shortcuts.reply(destination, handler, options)
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
    await this.#provider.close()
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

  resourceInterrupted(resourceId: string, error: Error): void {
    this.#resources.get(resourceId)?.interrupted?.(error)
    this.report(error)
  }

  resourceResumed(resourceId: string): void {
    this.#resources.get(resourceId)?.resumed?.()
  }

  blocked(reason: string | undefined): void {
    if (this.#state !== 'connected') return
    if (reason !== undefined) this.#events.emit('blocked', reason)
    else if (this.#blocked) this.#events.emit('unblocked')
    this.#blocked = reason !== undefined
  }

  interrupted(error: Error): void {
    if (this.#state !== 'connected') return
    this.blocked(undefined)
    this.#interrupted = true
    for (const session of this.#sessions) session.interrupted(error)
    this.#events.emit('interrupted', error)
  }

  reconnecting(attempt: ReconnectAttempt): void {
    if (this.#state === 'connected') this.#events.emit('reconnecting', attempt)
  }

  resumed(peer: PeerInfo): void {
    if (this.#state !== 'connected') return
    this.#interrupted = false
    this.opened(peer)
    for (const session of this.#sessions) session.resumed()
    this.#events.emit('resumed', { endpoint: peer.endpoint })
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

  get provider(): Provider {
    return this.#provider
  }

  get options(): ResolvedConnectOptions {
    return this.#options
  }

  get isOpen(): boolean {
    return this.#state === 'connected'
  }

  /** Whether messages flow to consumers. */
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
      ? closedError()
      : new ConnectionLostError(`the connection is closed: ${this.#failure.message}`, { cause: this.#failure })
  }

  /** @throws UnsupportedFeatureError when the broker lacks the feature */
  require(feature: Feature): void {
    this.#requireFeature?.(feature, this.capabilities, this.peer)
  }

  /** A request to the broker, with its limit in time. */
  bounded<R>(promise: Promise<R>, describe: () => string): Promise<R> {
    if ((promise as unknown) === DONE) return promise
    const ms = this.#options.requestTimeout
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

  /** Consumers that take from this destination, for its deletion. */
  consumersOf(destination: Destination): number {
    let count = 0
    for (const session of this.#sessions) count += session.consumersOf(destination)
    return count
  }

  async #createSession(options: SessionOptions): Promise<ClientSession> {
    const { session, opened } = this.#beginSession(options)
    await opened
    return session
  }

  #beginSession(options: SessionOptions): BegunSession {
    this.requireOpen()
    // One that opens while the others close would be left behind.
    if (this.#closed !== undefined) throw closedError()
    const info = { resource: 'session', id: this.nextId(), acknowledgeMode: acknowledgeModeOf(options) } as const
    const session = new ClientSession(this, info)
    this.#sessions.add(session)
    this.register(info.id, session)
    const opened = session.open().catch((error: unknown) => {
      this.sessionClosed(session)
      if (error instanceof TimeoutError) this.background(this.#provider.destroy(info))
      throw error
    })
    return { session, opened }
  }
}

function closedError(): IllegalStateError {
  return new IllegalStateError('the connection is closed; connect() anew')
}
