import { Buffer } from 'node:buffer'
import {
  AbortedError,
  ConnectionError,
  ConnectionLostError,
  InvalidClientIdError,
  type MessagingError,
  ResourceLimitError,
} from '../../errors.ts'
import { OtherVersionError } from '../../provider/other-version.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import { recogniseBanner } from '../../transport/banner.ts'
import { describeTlsFailure } from '../../transport/connect-errors.ts'
import { type PromptTransport, promptTransport } from '../../transport/prompt-transport.ts'
import type { Transport } from '../../transport/transport.ts'
import { VERSION } from '../../version.ts'
import { profileOf } from './broker-profile.ts'
import type { Endpoint } from './endpoint.ts'
import { mapConnectionLoss, mapError } from './error-mapping.ts'
import { FrameGuard } from './frame-guard.ts'
import { defer } from './promises.ts'
import { RheaSocket } from './rhea-socket.ts'
import {
  createRheaConnection,
  type RheaConnection,
  type RheaError,
  type RheaOpen,
  type RheaSession,
} from './rhea-types.ts'
import { authenticationFailure, type MechanismName, rheaMechanisms } from './sasl.ts'
import { AmqpSession } from './session.ts'

/** Channels this client offers; the broker may allow fewer. */
const LARGEST_CHANNEL = 32_767
/** An empty frame: traffic that means nothing (AMQP 1.0 §2.4.5). */
const EMPTY_FRAME = Uint8Array.of(0, 0, 0, 8, 2, 0, 0, 0)
/** Node fires a timer of more than 2³¹ − 1 ms at once: a longer idle timeout of the peer would flood it with heartbeats. */
const LONGEST_IDLE_TIMEOUT = 0x3fff_ffff
/** No peer may take less (AMQP 1.0 §2.4.1). */
const SMALLEST_FRAME = 512
const LARGEST_UINT = 0xffff_ffff
/** Bytes that every broker takes in one message: where that ends the connection, it has another reason. */
const SMALLEST_LIMIT = 65_536
/** An AMQP protocol header begins with these bytes. */
const AMQP = 'AMQP'

export interface ConnectionSettings {
  readonly connection: ConnectionInfo
  readonly endpoint: Endpoint
  readonly containerId: string
  readonly mechanism: MechanismName
}

/** An AMQP connection: opens, closes, makes sessions, and says once when it is lost. */
export class AmqpConnection {
  readonly endpoint: string
  readonly #settings: ConnectionSettings
  readonly #transport: PromptTransport
  private readonly socket: RheaSocket
  private readonly guard: FrameGuard
  private readonly rhea: RheaConnection
  private readonly sessions = new Set<AmqpSession>()
  private readonly opened = defer<void>()
  private readonly ended = defer<void>()
  private onLost: ((error: Error) => void) | undefined
  private state: 'opening' | 'open' | 'closing' | 'closed' = 'opening'
  private firstBytes: Buffer | undefined = Buffer.alloc(0)
  private failure: MessagingError | undefined
  private nextChannel = 0

  private constructor(transport: Transport, settings: ConnectionSettings) {
    this.#transport = promptTransport(transport, EMPTY_FRAME)
    this.#settings = settings
    this.endpoint = settings.endpoint.name
    this.socket = new RheaSocket(this.#transport, () => this.endTransport())
    this.guard = new FrameGuard(settings.endpoint.largestFrame, (frames) => this.socket.receive(frames))
    this.rhea = this.createRhea()
  }

  /**
   * Opens a connection over a connected transport.
   *
   * @throws AuthenticationError, InvalidClientIdError, ConnectionError by what the peer answers
   * @throws AbortedError when `signal` aborts first; the transport is cut then
   */
  static async open(transport: Transport, settings: ConnectionSettings, signal: AbortSignal): Promise<AmqpConnection> {
    const connection = new AmqpConnection(transport, settings)
    const abort = (): void => {
      connection.fail(new AbortedError(`connecting to ${connection.endpoint} was aborted`, { cause: signal.reason }))
    }
    signal.addEventListener('abort', abort)
    try {
      if (signal.aborted) abort()
      else connection.start()
      await connection.opened.promise
    } finally {
      signal.removeEventListener('abort', abort)
    }
    // A refusal follows the open frame, often in the same segment (AMQP 1.0 §2.4.1).
    if (connection.failure !== undefined) throw connection.failure
    return connection
  }

  /** What the peer said of itself. */
  get remote(): RheaOpen {
    return this.rhea.remote.open ?? {}
  }

  get isOpen(): boolean {
    return this.state === 'open'
  }

  /** Bytes that a frame may have which is sent. */
  get largestFrame(): number {
    const theirs = Math.max(SMALLEST_FRAME, this.remote.max_frame_size ?? LARGEST_UINT)
    return Math.min(this.#settings.endpoint.largestFrame, theirs)
  }

  /** Transfers that the peer may send ahead over one session. */
  get incomingWindow(): number {
    return this.#settings.endpoint.incomingWindow
  }

  get largestMessage(): number {
    return this.#settings.endpoint.largestMessage
  }

  /** Why the connection is no longer there. */
  get lossReason(): MessagingError {
    return this.failure ?? new ConnectionLostError(`the connection to ${this.endpoint} is closed`)
  }

  /** Calls `listener` once when the connection ends otherwise than by {@link close}. */
  whenLost(listener: (error: Error) => void): void {
    this.onLost = listener
  }

  /** From now on every packet of the peer is answered at once. */
  answerPromptly(): void {
    if (this.state === 'open') this.#transport.isPrompt = true
  }

  /** Writes a frame that was made by hand. */
  write(frame: Uint8Array): void {
    if (this.state === 'open') this.#transport.write(frame)
  }

  /**
   * Begins a session for a link; where the broker allows no more of them, the one with the fewest links is shared.
   *
   * @throws ResourceLimitError when none can be shared
   */
  createSession(): AmqpSession {
    if (this.state !== 'open') throw this.lossReason
    const highest = Math.min(LARGEST_CHANNEL, this.remote.channel_max ?? LARGEST_CHANNEL)
    const rhea = this.createRheaSession(highest)
    if (rhea === undefined) return this.sharedSession(highest)
    const session = new AmqpSession(this, rhea)
    this.sessions.add(session)
    session.whenClosed(() => this.sessions.delete(session))
    return session
  }

  /**
   * rhea takes the lowest channel that is free. RabbitMQ goes on routing a channel to the session that has just ended
   * there, and never answers the next one: so channels take turns.
   */
  private createRheaSession(highest: number): RheaSession | undefined {
    if (this.sessions.size > highest) return undefined
    const channels = this.rhea.local_channel_map
    const session = this.rhea.create_session()
    delete channels[session.local.channel]
    for (let tried = 0; tried <= highest; tried++) {
      const channel = this.nextChannel
      this.nextChannel = channel >= highest ? 0 : channel + 1
      if (channels[channel] !== undefined) continue
      session.local.channel = channel
      channels[channel] = session
      return session
    }
    return undefined
  }

  private sharedSession(highest: number): AmqpSession {
    let best: AmqpSession | undefined
    for (const session of this.sessions) {
      if (session.isOpen && (best === undefined || session.size < best.size)) best = session
    }
    if (best !== undefined) return best
    throw new ResourceLimitError(
      `${this.endpoint} allows ${highest + 1} sessions on one connection, and none is free; open another connection`,
    )
  }

  /** Closes in order, within `timeout` ms; then cuts the transport. Never rejects. */
  async close(timeout: number): Promise<void> {
    if (this.state !== 'open') {
      this.fail(new ConnectionLostError(`the connection to ${this.endpoint} was closed`))
      return
    }
    this.state = 'closing'
    // Nothing may follow a close frame.
    this.#transport.isPrompt = false
    this.rhea.close()
    const timer = setTimeout(() => this.finish(), timeout)
    await this.ended.promise
    clearTimeout(timer)
    this.finish()
  }

  private createRhea(): RheaConnection {
    const { connection, endpoint, containerId, mechanism } = this.#settings
    const rhea = createRheaConnection({
      container_id: containerId,
      id: connection.id,
      host: endpoint.host,
      hostname: endpoint.vhost === undefined ? endpoint.host : `vhost:${endpoint.vhost}`,
      reconnect: false,
      connect: (_port: number, _host: string, _options: unknown, connected: () => void) => {
        queueMicrotask(connected)
        return this.socket
      },
      sasl_mechanisms: rheaMechanisms(mechanism, connection),
      max_frame_size: endpoint.largestFrame,
      channel_max: LARGEST_CHANNEL,
      // rhea gives a silent peer twice this time, and a peer has to send within once of it: dead after two heartbeats.
      ...(endpoint.idleTimeout > 0 ? { idle_time_out: endpoint.idleTimeout } : {}),
      desired_capabilities: ['sole-connection-for-container'],
      properties: { product: 'polymq', version: VERSION, platform: platform() },
    })
    rhea.dispatch = (name, context) => this.onEvent(name, context)
    rhea.idle = () => this.onSilence()
    rhea.sasl_failed = (text) => {
      this.fail(authenticationFailure(text, mechanism, connection, this.endpoint))
    }
    const onOpen = rhea.on_open.bind(rhea)
    rhea.on_open = (frame) => {
      const idle = frame.performative.idle_time_out
      if (typeof idle === 'number' && idle > LONGEST_IDLE_TIMEOUT)
        frame.performative.idle_time_out = LONGEST_IDLE_TIMEOUT
      onOpen(frame)
    }
    const onClose = rhea.on_close.bind(rhea)
    rhea.on_close = (frame) => {
      // A broker may refuse before it opens; rhea would take that for a second close and lose the reason.
      if (rhea.state.remote_open) onClose(frame)
      else this.onClosed(frame.performative.error)
    }
    return rhea
  }

  private start(): void {
    this.#transport.start({
      data: (bytes) => this.receive(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
      drained: () => {},
      closed: (error) => this.onTransportClosed(error),
    })
    this.rhea.connect()
  }

  private receive(bytes: Buffer): void {
    try {
      if (this.firstBytes !== undefined) this.checkBanner(bytes)
      if (this.state !== 'closed') this.guard.accept(bytes)
      // A peer with Nagle's algorithm holds back its open until its header is acknowledged: an answer does that at once.
      if (this.state === 'opening' && isHeader(bytes)) this.#transport.write(EMPTY_FRAME)
    } catch (error) {
      this.failProtocol(error)
    }
    // rhea sets its timers after a read, also when that has ended the connection.
    if (this.state === 'closed') this.rhea._disconnected()
  }

  /** Anything but an AMQP 1.0 header means that something else listens there. */
  private checkBanner(bytes: Buffer): void {
    const seen = Buffer.concat([this.firstBytes ?? Buffer.alloc(0), bytes])
    this.firstBytes = seen.length < 8 ? seen : undefined
    const compared = Math.min(seen.length, AMQP.length)
    const isAmqp = seen.toString('latin1', 0, compared) === AMQP.slice(0, compared)
    if (isAmqp && (seen.length < 8 || (seen[4] === 3 && seen[5] === 1))) return
    if (seen.length < AMQP.length) return
    this.failForeign(seen)
  }

  private failForeign(seen: Buffer): void {
    if (seen.toString('latin1', 0, 4) === AMQP && seen[4] === 0 && seen[5] === 1) {
      this.fail(
        new ConnectionError(`${this.endpoint} wants AMQP 1.0 without SASL, which is not supported; turn SASL on there`),
      )
      return
    }
    const { speaks, advice } = recogniseBanner(seen)
    const message = `${this.endpoint} does not speak AMQP 1.0 but ${speaks}; ${advice}`
    this.fail(speaks === 'AMQP 0-9-1' ? new OtherVersionError('0-9-1', message) : new ConnectionError(message))
  }

  private onEvent(name: string, context: unknown): boolean {
    switch (name) {
      case 'connection_open':
        // Resolved in the next turn, when a refusal that came along has been seen.
        setImmediateOrSoon(() => {
          if (this.state !== 'opening') return
          this.state = 'open'
          this.guard.oneByOne = false
          this.opened.resolve()
        })
        break
      case 'connection_close':
        this.onClosed(this.rhea.remote.close?.error)
        break
      case 'error':
      case 'protocol_error':
        this.failProtocol(context)
        break
    }
    // Handled, all of them: rhea would print or throw what it believes unheard.
    return true
  }

  private onClosed(error: RheaError | null | undefined): void {
    if (this.state === 'closing') {
      this.ended.resolve()
      return
    }
    if (this.state === 'opening') {
      this.fail(this.refusal(error))
      return
    }
    if (error?.condition === 'amqp:decode-error') this.refuseLargest()
    this.fail(mapConnectionLoss(error, this.endpoint))
  }

  /**
   * ActiveMQ Classic ends the connection over a message that is larger than it takes, and does not say which one. The
   * largest of those on their way is no smaller than that, so it gets the answer that it should have got.
   */
  private refuseLargest(): void {
    if (profileOf(this.remote).broker !== 'activemq') return
    const [largest] = [...this.sessions]
      .flatMap(({ outgoing }) => outgoing.largest ?? [])
      .sort((one, other) => other.size - one.size)
    if (largest === undefined || largest.size < SMALLEST_LIMIT) return
    largest.settled({
      kind: 'rejected',
      condition: 'amqp:link:message-size-exceeded',
      description: `its ${largest.size} bytes are more than it takes, and end the connection (wireFormat.maxFrameSize of its AMQP connector)`,
    })
  }

  private refusal(error: RheaError | null | undefined): MessagingError {
    const info = error?.info as { readonly 'invalid-field'?: unknown } | null | undefined
    if (error?.condition === 'amqp:invalid-field' && info?.['invalid-field'] === 'container-id') {
      return new InvalidClientIdError(
        `the client id ${JSON.stringify(this.#settings.containerId)} is in use by another connection to ${this.endpoint}; ` +
          'choose another, or close that connection',
      )
    }
    if (error?.condition === undefined)
      return new ConnectionError(`${this.endpoint} closed the connection while it was opened`)
    if (error.condition === 'amqp:unauthorized-access') {
      return authenticationFailure(
        error.description ?? '',
        this.#settings.mechanism,
        this.#settings.connection,
        this.endpoint,
      )
    }
    const mapped = mapError(error, { action: 'connecting', endpoint: this.endpoint })
    return mapped.code === 'ERR_MESSAGING' ? new ConnectionError(mapped.message, { cause: mapped.cause }) : mapped
  }

  private onSilence(): void {
    const silence = this.#settings.endpoint.idleTimeout * 2
    this.fail(
      new ConnectionLostError(
        `${this.endpoint} has been silent for ${silence} ms, two heartbeats; the connection is taken for dead`,
      ),
    )
  }

  private onTransportClosed(error: Error | undefined): void {
    if (this.state === 'closing') {
      this.ended.resolve()
      return
    }
    const seen = this.firstBytes
    if (seen !== undefined && seen.length > 0) {
      this.failForeign(seen)
      return
    }
    const tls = error === undefined ? undefined : describeTlsFailure(error, this.endpoint)
    if (this.state !== 'opening') {
      const reason = error === undefined ? 'the peer ended it' : error.message
      this.fail(new ConnectionLostError(`the connection to ${this.endpoint} was lost: ${reason}`, { cause: error }))
    } else {
      // RabbitMQ says no more when the virtual host is missing or closed to the user.
      const advice =
        this.rhea.sasl_transport?.transport?.read_complete === true
          ? 'it had accepted the credentials, so check the virtual host, the permission of the user on it, and the connection limits'
          : 'it may refuse connections for now, expect TLS on this port, or speak another protocol there'
      this.fail(
        tls ??
          new ConnectionError(`${this.endpoint} closed the connection during the handshake; ${advice}`, {
            cause: error,
          }),
      )
    }
  }

  private failProtocol(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error))
    const message = `${this.endpoint} sent something that is not AMQP 1.0: ${cause.message}; the connection is closed`
    this.fail(
      this.state === 'opening' ? new ConnectionError(message, { cause }) : new ConnectionLostError(message, { cause }),
    )
  }

  /** rhea is done with the stream. */
  private endTransport(): void {
    if (this.state === 'closing') {
      this.#transport.end()
      this.ended.resolve()
      return
    }
    this.fail(new ConnectionLostError(`the connection to ${this.endpoint} was ended`))
  }

  private fail(error: MessagingError): void {
    if (this.state === 'closed') return
    const wasOpen = this.state === 'open'
    this.failure = error
    this.finish(wasOpen ? this.onLost : undefined)
    this.opened.reject(error)
  }

  /** `report` is told before any link is: that they end is a consequence. */
  private finish(report?: (error: Error) => void): void {
    if (this.state === 'closed') return
    const orderly = this.state === 'closing'
    this.state = 'closed'
    if (orderly) this.#transport.end()
    this.#transport.destroy()
    this.socket.removeAllListeners()
    // Ends rhea's timers.
    this.rhea._disconnected()
    report?.(this.lossReason)
    for (const session of [...this.sessions]) session.abandon(this.lossReason)
    this.sessions.clear()
    this.ended.resolve()
  }
}

function platform(): string {
  return typeof process === 'undefined' || process.versions?.node === undefined
    ? 'browser'
    : `Node.js ${process.versions.node}`
}

/** That of AMQP itself, after that of SASL; nothing else (AMQP 1.0 §2.2). */
function isHeader(bytes: Buffer): boolean {
  return bytes.length === 8 && bytes[4] === 0 && bytes.toString('latin1', 0, 4) === AMQP
}

function setImmediateOrSoon(task: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(task)
  else setTimeout(task, 0)
}
