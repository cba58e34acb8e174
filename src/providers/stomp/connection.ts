import { AuthenticationError, type MessagingError, TimeoutError } from '../../errors.ts'
import { ConnectionLife } from '../../transport/connection-life.ts'
import { isWebSocket } from '../../transport/endpoint.ts'
import { HeartBeats } from '../../transport/heart-beats.ts'
import { type PromptTransport, promptTransport } from '../../transport/prompt-transport.ts'
import type { Transport } from '../../transport/transport.ts'
import type { HeaderList } from './dialect.ts'
import { errorFrameOf, isBrokenDown, isTooLarge, mapError, type RequestSubject } from './error-mapping.ts'
import { type Frame, StompProtocolError, type StompVersion } from './frame.ts'
import { encodeFrame, encodeHead, type OutgoingFrame } from './frame-encoder.ts'
import { FrameParser } from './frame-parser.ts'
import { type FrameWriter, frameWriter } from './frame-writer.ts'
import { agreementOf, type ConnectionSettings, connectHeaders } from './handshake.ts'
import { Receipts, type Suspicion } from './receipts.ts'

/** Between frames it means nothing, and shows that the peer lives. */
const HEART_BEAT = '\n'
/** Always the same one: Artemis keeps a session for each transaction it has heard of. */
const ROUND_TRIP: HeaderList = [['transaction', 'polymq-round-trip']]
/** Bounds on what a broker may send besides the bytes of a body. */
const LARGEST_HEAD = 1024 * 1024
const MOST_HEADERS = 4_096

const encoder = new TextEncoder()

/** Who takes what comes over a subscription. */
export interface Subscriber {
  received(frame: Frame, subscription: string): void
  /** The broker has ended it by itself. */
  cancelled(subscription: string, error: Error): void
}

/** One STOMP connection: the handshake, frames in both directions, receipts and heart-beats. */
export class StompConnection {
  readonly endpoint: string
  /** Who has each subscription, by its id; what comes over others is nobody's. */
  readonly subscribers: Map<string, Subscriber> = new Map()
  /** Whether an ERROR that answers no request is of no account. */
  isExpected: (text: string) => boolean = () => false
  /** Which request an ERROR is about that does not say which it answers; none, unless the broker is one of those. */
  suspicion: Suspicion = () => undefined
  /** Frames that follow the next message in one piece with it. */
  behindNext = ''
  /** The error of a request for the ERROR that answers it. */
  describe: typeof mapError = mapError
  readonly #transport: PromptTransport
  readonly #settings: ConnectionSettings
  readonly #writer: FrameWriter
  readonly #parser: FrameParser
  readonly #receipts: Receipts
  readonly #isWebSocket: boolean
  readonly #life: ConnectionLife
  #heartBeats: HeartBeats | undefined
  #connected: Frame | undefined

  private constructor(transport: Transport, settings: ConnectionSettings) {
    this.#transport = promptTransport(transport, encoder.encode(HEART_BEAT))
    this.#settings = settings
    this.endpoint = settings.endpoint.name
    this.#isWebSocket = isWebSocket(settings.endpoint)
    this.#writer = frameWriter(this.#transport, this.#isWebSocket)
    this.#receipts = new Receipts(this.endpoint, settings.connection.requestTimeout)
    const limits = { head: LARGEST_HEAD, headers: MOST_HEADERS, body: settings.endpoint.largestFrame }
    this.#parser = new FrameParser(limits, (frame) => this.#received(frame))
    this.#life = new ConnectionLife({
      ...{ endpoint: this.endpoint, protocol: 'STOMP', transport: this.#transport },
      release: (error) => {
        this.#heartBeats?.stop()
        this.#receipts.fail(error)
      },
    })
  }

  /**
   * Connects over a connected transport.
   *
   * @throws AuthenticationError, InvalidClientIdError, ConnectionError by what the peer answers
   * @throws AbortedError when `signal` aborts first; the transport is cut then
   */
  static async open(transport: Transport, settings: ConnectionSettings, signal: AbortSignal): Promise<StompConnection> {
    const connection = new StompConnection(transport, settings)
    await connection.#life.open(() => connection.#start(), signal)
    return connection
  }

  /** What CONNECTED said. */
  get remote(): ReadonlyMap<string, string> {
    return this.#connected?.headers ?? new Map()
  }

  get version(): StompVersion {
    return this.#parser.version
  }

  /**
   * Whether all frames have to be UTF-8: over a WebSocket. RabbitMQ would take bytes there, and hand them on in messages of
   * text, for which its other WebSockets are closed.
   */
  get isText(): boolean {
    return this.#isWebSocket
  }

  get isOpen(): boolean {
    return this.#life.isOpen
  }

  /** Why the connection is no longer there. */
  get lossReason(): MessagingError {
    return this.#life.lossReason
  }

  /** Calls `listener` once when the connection ends otherwise than by {@link close}. */
  whenLost(listener: (error: Error) => void): void {
    this.#life.whenLost(listener)
  }

  /** From now on every packet of the peer is answered at once. */
  answerPromptly(): void {
    if (this.isOpen) this.#transport.isPrompt = true
  }

  // --- frames that go out ----------------------------------------------------------------------------------------

  /** Sends a frame that nobody answers. */
  send(command: string, headers: HeaderList): void {
    this.write(encodeFrame(command, headers, this.version))
  }

  /** Sends whole frames. */
  write(...frames: readonly OutgoingFrame[]): void {
    const { phase } = this.#life
    if (phase !== 'open' && phase !== 'closing') return
    this.#heartBeats?.written()
    for (const frame of frames) this.#writer.write(frame)
  }

  /**
   * Sends a frame; settles when the broker has carried it out, or refused it.
   *
   * @throws TimeoutError when it does neither within `requestTimeout`
   */
  async request(command: string, headers: HeaderList, subject: RequestSubject, body = ''): Promise<void> {
    const head = encodeHead(command, headers, this.version)
    await this.requestBy(head.slice(0, -1), subject, body)
  }

  /** The same for a frame that has its headers already, without the blank line behind them. */
  requestBy(head: string, subject: RequestSubject, body = ''): Promise<void> {
    if (!this.isOpen) return Promise.reject(this.lossReason)
    const id = this.nextReceipt()
    this.write(`${head}receipt:${id}\n\n${body}\0`)
    return this.#receipts.request(id, subject, head.startsWith('SUBSCRIBE\n'))
  }

  /** Subscribes. When nobody answers that is taken back: a broker that does it late would send to nobody. */
  async subscribe(id: string, headers: HeaderList, subject: RequestSubject): Promise<void> {
    try {
      await this.request('SUBSCRIBE', [['id', id], ...headers], subject)
    } catch (error) {
      if (error instanceof TimeoutError) this.send('UNSUBSCRIBE', [['id', id]])
      throw error
    }
  }

  /** The id for the `receipt` of a frame that {@link deliver} sends. */
  nextReceipt(): string {
    return this.#receipts.next()
  }

  /** Sends a whole frame that asks for this receipt, and may be answered after later ones. */
  deliver(frame: OutgoingFrame, receipt: string, subject: RequestSubject): Promise<void> {
    if (!this.isOpen) return Promise.reject(this.lossReason)
    this.write(typeof frame === 'string' ? frame + this.behindNext : frame)
    this.behindNext = ''
    return this.#receipts.confirmation(receipt, subject, frame.length)
  }

  /** Resolves once the broker has looked at all frames up to now: a transaction without anything in it tells. */
  async roundTrip(): Promise<void> {
    this.send('BEGIN', ROUND_TRIP)
    await this.request('ABORT', ROUND_TRIP, { action: 'asking whether it is there' })
  }

  /**
   * The next message of a subscription that no consumer has.
   *
   * @param isIt - what else comes is passed over
   * @throws TimeoutError when none comes within `requestTimeout`
   */
  async nextMessage(
    subscription: string,
    subject: RequestSubject,
    isIt: (frame: Frame) => boolean = () => true,
  ): Promise<Frame> {
    const id = `message-${subscription}`
    const message = new Promise<Frame>((resolve) => {
      const received = (frame: Frame): void => {
        if (!isIt(frame)) return
        resolve(frame)
        this.#receipts.received(id)
      }
      this.subscribers.set(subscription, { received, cancelled() {} })
    })
    try {
      await this.#receipts.request(id, subject)
    } finally {
      this.subscribers.delete(subscription)
    }
    return message
  }

  // --- the handshake ---------------------------------------------------------------------------------------------

  #start(): void {
    this.#transport.start({
      data: (bytes) => this.#data(bytes),
      drained: () => {},
      closed: (error) => this.#life.lost(error),
    })
    try {
      const connect = encodeFrame('CONNECT', connectHeaders(this.#settings), '1.0')
      this.#transport.write(this.#isWebSocket ? connect : encoder.encode(connect))
    } catch (cause) {
      this.#life.fail(new AuthenticationError('user name, password and client id may have no line break', { cause }))
    }
  }

  #answered(frame: Frame): void {
    const { version, isWhole, heartBeats } = agreementOf(frame, this.#settings)
    this.#parser.version = version
    this.#parser.isWhole = isWhole
    this.#connected = frame
    this.#heartBeats = new HeartBeats(
      heartBeats,
      () => this.write(HEART_BEAT),
      (period) => this.#life.silent(period),
    )
    this.#life.opened()
  }

  // --- frames that come in ---------------------------------------------------------------------------------------

  #data(bytes: Uint8Array): void {
    if (this.#life.phase === 'closed') return
    this.#life.heard(bytes)
    this.#heartBeats?.received()
    try {
      this.#parser.push(bytes)
    } catch (error) {
      this.#life.broken(error as Error)
    }
  }

  #received(frame: Frame): void {
    const { phase } = this.#life
    if (phase === 'closed') return
    if (phase === 'opening') this.#answered(frame)
    else if (frame.command === 'MESSAGE') this.#message(frame)
    else if (frame.command === 'RECEIPT') this.#receipts.received(frame.headers.get('receipt-id') ?? '')
    else if (frame.command === 'ERROR') this.#refused(frame)
    else throw new StompProtocolError(`the broker sent a ${frame.command} frame`)
  }

  #message(frame: Frame): void {
    const subscription = frame.headers.get('subscription') ?? ''
    this.subscribers.get(subscription)?.received(frame, subscription)
  }

  #refused(frame: Frame): void {
    const error = errorFrameOf(frame)
    const receipt = frame.headers.get('receipt-id')
    const text = `${error.message} ${error.detail}`
    if (isBrokenDown(error)) {
      this.#life.complained(error)
      this.#life.lost(undefined)
      return
    }
    const largest = receipt === undefined && isTooLarge(text) ? this.#receipts.largest : undefined
    if (largest !== undefined) {
      this.#receipts.refuse(largest, (subject) => this.describe(error, subject, this.endpoint))
      // ActiveMQ reads on in the middle of it, and finds one thing wrong after the other.
      this.#life.complained(error)
      this.#life.lost(undefined)
      return
    }
    const subscription = frame.headers.get('subscription')
    if (subscription !== undefined && receipt === undefined) {
      this.subscribers
        .get(subscription)
        ?.cancelled(subscription, this.describe(error, { action: 'consuming' }, this.endpoint))
      return
    }
    if (receipt === undefined && this.isExpected(text)) return
    const id = this.#receipts.culprit(receipt, text, this.suspicion)
    if (id === undefined) {
      this.#life.complained(error)
      this.#settings.connection.logger.warn?.(`the broker complains: ${error.message}`, { endpoint: this.endpoint })
    } else {
      this.#receipts.refuse(id, (subject) => this.describe(error, subject, this.endpoint))
    }
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  /**
   * Ends in order: the broker has looked at all frames. Never rejects, and takes `timeout` ms at most. Whoever closes first has
   * its port in TIME_WAIT: the broker gets the chance, but is not waited for.
   */
  close(timeout: number): Promise<void> {
    return this.#life.close(timeout, async () => {
      this.#transport.isPrompt = false
      await this.request('DISCONNECT', [], { action: 'closing the connection' })
      this.#writer.flush()
      this.#transport.end()
    })
  }

  /** Ends at once: nobody waits for it any more. */
  abort(cause: unknown): void {
    this.#life.abort(cause)
  }
}
