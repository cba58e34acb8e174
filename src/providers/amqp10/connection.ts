import { Buffer } from 'node:buffer'
import { AbortedError, ConnectionError, ConnectionLostError, type MessagingError } from '../../errors.ts'
import { endOfHandshake } from '../../transport/end-of-handshake.ts'
import { type PromptTransport, promptTransport } from '../../transport/prompt-transport.ts'
import type { Transport } from '../../transport/transport.ts'
import { profileOf } from './broker-profile.ts'
import { mapConnectionLoss } from './error-mapping.ts'
import { FrameGuard } from './frame-guard.ts'
import { type ConnectionSettings, FirstBytes, isHeader, refusedOpen } from './handshake.ts'
import { defer } from './promises.ts'
import { rheaConnection } from './rhea-connection.ts'
import { RheaSocket } from './rhea-socket.ts'
import type { RheaConnection, RheaError, RheaOpen } from './rhea-types.ts'
import { authenticationFailure } from './sasl.ts'
import type { AmqpSession } from './session.ts'
import { Sessions } from './sessions.ts'

/** An empty frame: traffic that means nothing (AMQP 1.0 §2.4.5). */
const EMPTY_FRAME = Uint8Array.of(0, 0, 0, 8, 2, 0, 0, 0)
/** No peer may take less (AMQP 1.0 §2.4.1). */
const SMALLEST_FRAME = 512
const LARGEST_UINT = 0xffff_ffff
/** Bytes that every broker takes in one message: where that ends the connection, it has another reason. */
const SMALLEST_LIMIT = 65_536

/** An AMQP connection: opens, closes, makes sessions, and says once when it is lost. */
export class AmqpConnection {
  readonly endpoint: string
  readonly #settings: ConnectionSettings
  readonly #transport: PromptTransport
  readonly #socket: RheaSocket
  readonly #guard: FrameGuard
  readonly #rhea: RheaConnection
  readonly #sessions: Sessions
  readonly #firstBytes = new FirstBytes()
  readonly #opened = defer<void>()
  /** After our close frame: the peer has answered it, or will not any more. */
  readonly #ended = defer<void>()
  #onLost: ((error: Error) => void) | undefined
  #state: 'opening' | 'open' | 'closing' | 'closed' = 'opening'
  #failure: MessagingError | undefined

  private constructor(transport: Transport, settings: ConnectionSettings) {
    this.#transport = promptTransport(transport, EMPTY_FRAME)
    this.#settings = settings
    this.endpoint = settings.endpoint.name
    this.#socket = new RheaSocket(this.#transport, () => this.#streamDone())
    this.#guard = new FrameGuard(settings.endpoint.largestFrame, (frames) => this.#socket.receive(frames))
    this.#rhea = rheaConnection(settings, this.#socket, {
      event: (name, context) => this.#event(name, context),
      silent: () => this.#silent(),
      notAuthenticated: (text) => {
        this.#fail(authenticationFailure(text, settings.mechanism, settings.connection, this.endpoint))
      },
      refused: (error) => this.#closedByPeer(error),
    })
    this.#sessions = new Sessions(this, this.#rhea)
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
      connection.#fail(new AbortedError(`connecting to ${connection.endpoint} was aborted`, { cause: signal.reason }))
    }
    signal.addEventListener('abort', abort)
    try {
      if (signal.aborted) abort()
      else connection.#start()
      await connection.#opened.promise
    } finally {
      signal.removeEventListener('abort', abort)
    }
    // A refusal follows the open frame, often in the same segment (AMQP 1.0 §2.4.1).
    if (!connection.isOpen) throw connection.lossReason
    return connection
  }

  /** What the peer said of itself. */
  get remote(): RheaOpen {
    return this.#rhea.remote.open ?? {}
  }

  get isOpen(): boolean {
    return this.#state === 'open'
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
    return this.#failure ?? new ConnectionLostError(`the connection to ${this.endpoint} is closed`)
  }

  /** Calls `listener` once when the connection ends otherwise than by {@link close}. */
  whenLost(listener: (error: Error) => void): void {
    this.#onLost = listener
  }

  /** From now on every packet of the peer is answered at once. */
  answerPromptly(): void {
    if (this.isOpen) this.#transport.isPrompt = true
  }

  /** Writes a frame that was made by hand. */
  write(frame: Uint8Array): void {
    if (this.isOpen) this.#transport.write(frame)
  }

  /**
   * Begins a session for a link; where the broker allows no more of them, the one with the fewest links is shared.
   *
   * @throws ResourceLimitError when none can be shared
   */
  createSession(): AmqpSession {
    if (!this.isOpen) throw this.lossReason
    return this.#sessions.create()
  }

  /** Closes in order, within `timeout` ms; then cuts the transport. Never rejects. */
  async close(timeout: number): Promise<void> {
    if (!this.isOpen) {
      this.#fail(this.lossReason)
      return
    }
    this.#state = 'closing'
    // Nothing may follow a close frame.
    this.#transport.isPrompt = false
    this.#rhea.close()
    const timer = setTimeout(() => this.#ended.resolve(), timeout)
    await this.#ended.promise
    clearTimeout(timer)
    this.#transport.end()
    this.#finish()
  }

  #start(): void {
    this.#transport.start({
      data: (bytes) => this.#data(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
      drained: () => {},
      closed: (error) => this.#transportClosed(error),
    })
    this.#rhea.connect()
  }

  #data(bytes: Buffer): void {
    try {
      const foreign = this.#firstBytes.take(bytes, this.endpoint)
      if (foreign !== undefined) this.#fail(foreign)
      if (this.#state !== 'closed') this.#guard.accept(bytes)
      // A peer with Nagle's algorithm holds back its open until its header is acknowledged: an answer does that at once.
      if (this.#state === 'opening' && isHeader(bytes)) this.#transport.write(EMPTY_FRAME)
    } catch (error) {
      this.#violated(error)
    }
    // rhea sets its timers after a read, also when that has ended the connection.
    if (this.#state === 'closed') this.#rhea._disconnected()
  }

  #event(name: string, context: unknown): void {
    switch (name) {
      case 'connection_open':
        // In the next turn, when a refusal that came along has been seen.
        setImmediateOrSoon(() => {
          if (this.#state !== 'opening') return
          this.#state = 'open'
          this.#guard.oneByOne = false
          this.#opened.resolve()
        })
        break
      case 'connection_close':
        this.#closedByPeer(this.#rhea.remote.close?.error)
        break
      case 'error':
      case 'protocol_error':
        this.#violated(context)
        break
    }
  }

  #closedByPeer(error: RheaError | null | undefined): void {
    switch (this.#state) {
      case 'opening':
        this.#fail(refusedOpen(error, this.#settings))
        break
      case 'closing':
        this.#ended.resolve()
        break
      default:
        if (error?.condition === 'amqp:decode-error') this.#refuseLargest()
        this.#fail(mapConnectionLoss(error, this.endpoint))
    }
  }

  /**
   * ActiveMQ Classic ends the connection over a message that is larger than it takes, and does not say which one. The
   * largest of those on their way is no smaller than that, so it gets the answer that it should have got.
   */
  #refuseLargest(): void {
    if (profileOf(this.remote).broker !== 'activemq') return
    const [largest] = [...this.#sessions]
      .flatMap(({ outgoing }) => outgoing.largest ?? [])
      .sort((one, other) => other.size - one.size)
    if (largest === undefined || largest.size < SMALLEST_LIMIT) return
    largest.settled({
      kind: 'rejected',
      condition: 'amqp:link:message-size-exceeded',
      description: `its ${largest.size} bytes are more than it takes, and end the connection (wireFormat.maxFrameSize of its AMQP connector)`,
    })
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  #silent(): void {
    const silence = this.#settings.endpoint.idleTimeout * 2
    this.#lose(`${this.endpoint} has sent nothing for ${silence} ms, two heartbeats; it is taken for dead`)
  }

  #transportClosed(error: Error | undefined): void {
    switch (this.#state) {
      case 'opening': {
        const hasAuthenticated = this.#rhea.sasl_transport?.transport?.read_complete === true
        this.#fail(this.#firstBytes.end(this.endpoint) ?? endOfHandshake(error, this.endpoint, { hasAuthenticated }))
        break
      }
      case 'closing':
        this.#ended.resolve()
        break
      default:
        this.#lose(`the connection to ${this.endpoint} was lost: ${error?.message ?? 'the peer ended it'}`, error)
    }
  }

  /** The peer broke AMQP 1.0. */
  #violated(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error))
    const message = `${this.endpoint} sent something that is not AMQP 1.0: ${cause.message}; the connection is closed`
    if (this.#state === 'opening') this.#fail(new ConnectionError(message, { cause }))
    else this.#lose(message, cause)
  }

  /** rhea is done with the stream: after its close, or after an error it met. */
  #streamDone(): void {
    if (this.#state === 'closing') this.#ended.resolve()
    else this.#lose(`the connection to ${this.endpoint} was ended`)
  }

  #lose(message: string, cause?: Error): void {
    this.#fail(new ConnectionLostError(message, { cause }))
  }

  #fail(error: MessagingError): void {
    if (this.#state === 'closed') return
    this.#failure = error
    this.#finish(this.isOpen ? this.#onLost : undefined)
    this.#opened.reject(error)
  }

  /** `report` is told before any link is: that they end is a consequence. */
  #finish(report?: (error: Error) => void): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#transport.destroy()
    this.#socket.removeAllListeners()
    // Ends rhea's timers.
    this.#rhea._disconnected()
    report?.(this.lossReason)
    this.#sessions.abandon(this.lossReason)
    this.#ended.resolve()
  }
}

function setImmediateOrSoon(task: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(task)
  else setTimeout(task, 0)
}
