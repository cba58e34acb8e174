import { Buffer } from 'node:buffer'
import type { MessagingError } from '../../errors.ts'
import type { BrokerAdvice } from '../../provider/provider.ts'
import type { ConnectionInfo, SessionInfo } from '../../provider/resources.ts'
import { ConnectionLife } from '../../transport/connection-life.ts'
import { HeartBeats } from '../../transport/heart-beats.ts'
import type { Transport } from '../../transport/transport.ts'
import { DEFINITIONS } from './codec/commands.ts'
import { FrameParser } from './codec/frame-parser.ts'
import { type Dispatch, readDispatch } from './codec/incoming.ts'
import { OpenWireProtocolError } from './codec/protocol-error.ts'
import { WireReader } from './codec/reader.ts'
import { readStructure, writeStructure } from './codec/structures.ts'
import { type FieldValue, type Structure, type Throwable, TYPE } from './codec/types.ts'
import { decodeWireFormat } from './codec/wire-format.ts'
import { WireWriter } from './codec/writer.ts'
import { adviceOf } from './connection-control.ts'
import type { Endpoint } from './endpoint.ts'
import { BrokerException, isEnding, mapConnectError, mapError, type RequestSubject, tooLarge } from './error-mapping.ts'
import { WireIds } from './ids.ts'
import { type Agreement, agreementOf, ownWireFormat } from './negotiation.ts'
import type { ProducerWindow } from './producer-window.ts'
import { Requests } from './requests.ts'

/** What a connection is opened with. */
export interface ConnectionSettings {
  readonly info: ConnectionInfo
  readonly endpoint: Endpoint
}

/** A command without what every one begins with. */
export interface Command {
  readonly type: number
  readonly [field: string]: FieldValue
}

/** One OpenWire connection: the handshake, commands in both directions, their responses, and keep-alives. */
export class OpenWireConnection {
  readonly endpoint: string
  readonly ids: WireIds
  /** The client id of the application, or one of its own. */
  readonly clientId: string
  /** Where frames are written; {@link write} sends them. */
  readonly writer: WireWriter = new WireWriter()
  /** Gets each message, and the end of what there is for a consumer. */
  onDispatch: (dispatch: Dispatch) => void = () => {}
  /** Gets what the broker says of a consumer. */
  onConsumerControl: (control: Structure) => void = () => {}
  readonly #transport: Transport
  readonly #settings: ConnectionSettings
  readonly #parser: FrameParser
  readonly #requests: Requests
  readonly #reader = new WireReader(NOTHING)
  readonly #life: ConnectionLife
  #heartBeats: HeartBeats | undefined
  #agreement: Agreement | undefined
  #broker: Structure | undefined
  #lastCommand = 0
  #onAdvice: ((advice: BrokerAdvice) => void) | undefined
  #advice: BrokerAdvice | undefined

  private constructor(transport: Transport, settings: ConnectionSettings) {
    const { endpoint, info } = settings
    this.#transport = transport
    this.#settings = settings
    this.endpoint = endpoint.name
    this.ids = new WireIds(info.origin ?? info.id)
    this.clientId = info.clientId ?? `${this.ids.name}:client`
    this.#requests = new Requests(this.endpoint, info.requestTimeout)
    this.#parser = new FrameParser(endpoint.largestFrame, (bytes, start, end) => this.#frame(bytes, start, end))
    this.#life = new ConnectionLife({
      ...{ endpoint: this.endpoint, protocol: 'OpenWire', transport },
      release: (error) => {
        this.#heartBeats?.stop()
        this.#requests.fail(error)
      },
    })
  }

  /**
   * Connects over a connected transport.
   *
   * @throws AuthenticationError, InvalidClientIdError, ConnectionError by what the peer answers
   * @throws AbortedError when `signal` aborts first; the transport is cut then
   */
  static async open(
    transport: Transport,
    settings: ConnectionSettings,
    signal: AbortSignal,
  ): Promise<OpenWireConnection> {
    const connection = new OpenWireConnection(transport, settings)
    await connection.#life.open(() => connection.#start(), signal)
    return connection
  }

  /** What both sides agreed on. */
  get agreement(): Agreement {
    if (this.#agreement === undefined) throw this.lossReason
    return this.#agreement
  }

  /** Whether it takes the place of one that was lost. */
  get takesOver(): boolean {
    const { id, origin } = this.#settings.info
    return origin !== undefined && id !== `${origin}-1`
  }

  /** What the broker said of itself; Artemis does not say it before the first request. */
  get broker(): Structure | undefined {
    return this.#broker
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

  /** Hands on what the broker says of others that would do, and what it has said last. */
  whenAdvised(listener: (advice: BrokerAdvice) => void): void {
    this.#onAdvice = listener
    if (this.#advice !== undefined) listener(this.#advice)
  }

  /** Both sides have agreed on the encoding, and the broker has not let the connection in yet. */
  get #isConnecting(): boolean {
    return this.#life.phase === 'opening' && this.#agreement !== undefined
  }

  // --- commands that go out --------------------------------------------------------------------------------------

  /** Sends a command that nobody answers. */
  send(command: Command): void {
    if (this.#life.phase === 'closed') return
    this.write(this.#encoded(command, this.nextCommand(), false))
  }

  /**
   * Sends a command; settles when the broker has carried it out, or refused it.
   *
   * @throws TimeoutError when it does neither within `requestTimeout`
   */
  request(command: Command, subject: RequestSubject): Promise<Structure | undefined> {
    if (!this.isOpen && !this.#isConnecting) return Promise.reject(this.lossReason)
    const id = this.nextCommand()
    this.write(this.#encoded(command, id, true))
    return this.#requests.request(id, subject)
  }

  /** The id of a command that the caller writes. */
  nextCommand(): number {
    // From 1 again when 31 bits are used up: no command is under way for so long.
    this.#lastCommand = this.#lastCommand >= LAST_COMMAND ? 1 : this.#lastCommand + 1
    return this.#lastCommand
  }

  /** Settles when the broker has the message that was written with this id, which may be after later ones. */
  confirmation(id: number, subject: RequestSubject, window: ProducerWindow, size: number): Promise<void> {
    return this.#requests.confirmation(id, subject, window, size)
  }

  /** Settles when the broker has done what was written with this id; rejects in time. */
  answer(id: number, subject: RequestSubject): Promise<Structure | undefined> {
    return this.#requests.request(id, subject)
  }

  /** Sends a whole frame. */
  write(frame: Uint8Array): void {
    this.#heartBeats?.written()
    this.#transport.write(frame)
  }

  /** @throws MessageTooLargeError when the frame that is being written is larger than the broker takes */
  checkSize(subject: RequestSubject): void {
    const { largestFrame } = this.agreement
    const { size } = this.writer
    if (size > largestFrame) throw tooLarge(subject.action, size, largestFrame, this.endpoint)
  }

  /** Resolves once the broker has looked at all commands up to now: to be told again of a session that it has changes nothing. */
  async roundTrip(session: SessionInfo): Promise<void> {
    const sessionId = this.ids.session(session)
    await this.request({ type: TYPE.SESSION_INFO, sessionId }, { action: 'asking whether it is there' })
  }

  #encoded(command: Command, commandId: number, responseRequired: boolean): Buffer {
    const { writer } = this
    writer.begin(command.type)
    try {
      writeStructure(writer, { ...command, commandId, responseRequired }, this.agreement.version)
    } catch (error) {
      writer.rollBack()
      throw error
    }
    return writer.finish()
  }

  // --- the handshake ---------------------------------------------------------------------------------------------

  #start(): void {
    this.#transport.start({
      data: (bytes) => this.#data(bytes),
      drained: () => {},
      closed: (error) => this.#life.lost(error),
    })
    const { endpoint, info } = this.#settings
    this.#transport.write(ownWireFormat(endpoint, info))
  }

  #negotiated(reader: WireReader): void {
    const { endpoint, info } = this.#settings
    const agreement = agreementOf(decodeWireFormat(reader), endpoint, info)
    this.#agreement = agreement
    this.#life.recognised()
    this.#heartBeats = new HeartBeats(
      agreement.heartBeats,
      () => this.send({ type: TYPE.KEEP_ALIVE_INFO }),
      (period) => this.#life.silent(period),
    )
    this.#connect().then(
      () => this.#life.opened(),
      (error) => this.#life.fail(error as MessagingError),
    )
  }

  /** Whoever has the same connection id already is the one before, which the broker ends. */
  async #connect(): Promise<void> {
    const { info } = this.#settings
    const { username, password } = info.credentials
    await this.request(
      {
        type: TYPE.CONNECTION_INFO,
        connectionId: this.ids.connection,
        clientId: this.clientId,
        userName: username,
        password,
        manageable: true,
        clientMaster: true,
        faultTolerant: true,
        failoverReconnect: this.takesOver,
      },
      { action: 'connecting' },
    )
  }

  // --- frames that come in ---------------------------------------------------------------------------------------

  #data(bytes: Uint8Array): void {
    if (this.#life.phase === 'closed') return
    this.#life.heard(bytes)
    this.#heartBeats?.received()
    try {
      this.#parser.push(bytes as Buffer)
    } catch (error) {
      this.#life.broken(error as Error)
    }
  }

  #frame(bytes: Buffer, start: number, end: number): void {
    if (this.#life.phase === 'closed') return
    const type = bytes[start] as number
    const reader = this.#reader
    reader.bytes = bytes
    reader.offset = start + 1
    reader.end = end
    if (this.#agreement === undefined) {
      if (type !== TYPE.WIRE_FORMAT_INFO) throw new OpenWireProtocolError(`a command of type ${type} came first`)
      this.#negotiated(reader)
    } else if (type === TYPE.MESSAGE_DISPATCH) {
      this.onDispatch(readDispatch(reader, this.agreement.version))
    } else if (type === TYPE.RESPONSE) {
      reader.take(5)
      this.#requests.answered(reader.int())
    } else if (DEFINITIONS[type] !== undefined) {
      this.#command(readStructure(reader, type, this.agreement.version))
    }
    // What is not known is passed over.
  }

  #command(command: Structure): void {
    switch (command.type) {
      case TYPE.EXCEPTION_RESPONSE:
        this.#refused(command.correlationId as number, command.exception as Throwable | null)
        break
      case TYPE.DATA_RESPONSE:
      case TYPE.DATA_ARRAY_RESPONSE:
      case TYPE.INTEGER_RESPONSE:
        this.#requests.answered(command.correlationId as number, command)
        break
      case TYPE.KEEP_ALIVE_INFO:
        if (command.responseRequired === true) this.send({ type: TYPE.KEEP_ALIVE_INFO })
        break
      case TYPE.BROKER_INFO:
        this.#broker = command
        break
      case TYPE.CONNECTION_ERROR:
        this.#complains(new BrokerException(command.exception as Throwable | null))
        break
      case TYPE.CONSUMER_CONTROL:
        this.onConsumerControl(command)
        break
      case TYPE.CONNECTION_CONTROL:
        this.#advised(adviceOf(command))
        break
      default:
    }
  }

  #refused(id: number, throwable: Throwable | null): void {
    const exception = new BrokerException(throwable)
    const { credentials, clientId } = this.#settings.info
    const isConnecting = this.#isConnecting
    if (isEnding(exception) && !isConnecting) {
      this.#life.complained(exception)
      this.#life.lost(undefined)
      return
    }
    this.#requests.refuse(id, (subject) =>
      isConnecting
        ? mapConnectError(exception, this.endpoint, credentials.username, clientId)
        : mapError(exception, subject, this.endpoint),
    )
  }

  #advised(advice: BrokerAdvice): void {
    this.#advice = advice
    this.#onAdvice?.(advice)
  }

  #complains(error: BrokerException): void {
    this.#life.complained(error)
    this.#settings.info.logger.warn?.(`the broker complains: ${error.message}`, { endpoint: this.endpoint })
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  /** Ends in order: the broker has looked at all commands. Never rejects, and takes `timeout` ms at most. */
  close(timeout: number): Promise<void> {
    const subject = { action: 'closing the connection' }
    return this.#life.close(timeout, async () => {
      await this.request(
        { type: TYPE.REMOVE_INFO, objectId: this.ids.connection, lastDeliveredSequenceId: -2 },
        subject,
      ).catch(() => {})
      this.send({ type: TYPE.SHUTDOWN_INFO })
      this.#transport.end()
    })
  }
}

const NOTHING = Buffer.alloc(0)
const LAST_COMMAND = 2 ** 31 - 1
