import { Buffer } from 'node:buffer'
import { ConnectionError, type MessagingError, ResourceLimitError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import { ConnectionLife } from '../../transport/connection-life.ts'
import { endOfHandshake } from '../../transport/end-of-handshake.ts'
import { HeartBeats } from '../../transport/heart-beats.ts'
import { wasBroken } from '../../transport/losses.ts'
import type { Transport } from '../../transport/transport.ts'
import { Channel, type ChannelListener } from './channel.ts'
import { FrameParser } from './codec/frame-parser.ts'
import * as methods from './codec/methods.ts'
import { AmqpProtocolError } from './codec/protocol-error.ts'
import { type FieldTable, PayloadReader } from './codec/reader.ts'
import { FrameWriter, methodFrame } from './codec/writer.ts'
import type { Endpoint } from './endpoint.ts'
import { mapConnectionLoss, mapRefusedConnection, otherPeer } from './error-mapping.ts'
import {
  closeConnection,
  limitsOf,
  MOST_CHANNELS,
  openVirtualHost,
  PROTOCOL_HEADER,
  secureOk,
  startOk,
  tuneOk,
  updateSecret,
} from './handshake.ts'
import { Outgoing } from './outgoing.ts'
import { AmqpReplyError } from './reply.ts'
import { chooseMechanism, loginOf, requireOffered } from './sasl.ts'

const HEARTBEAT = Uint8Array.of(methods.FRAME_HEARTBEAT, 0, 0, 0, 0, 0, 0, methods.FRAME_END)
const SECOND = 1_000
/** What a connection is opened with. */
export interface ConnectionSettings {
  readonly connection: ConnectionInfo
  readonly endpoint: Endpoint
}

/** One AMQP 0-9-1 connection: the handshake, frames in both directions, channels and heartbeats. */
export class AmqpConnection {
  readonly endpoint: string
  /** Writes what goes out with every message. */
  readonly writer: FrameWriter = new FrameWriter()
  readonly #outgoing: Outgoing
  readonly #transport: Transport
  readonly #settings: ConnectionSettings
  readonly #parser: FrameParser
  readonly #channels = new Map<number, Channel>()
  /** Those that what is being looked at is for, some of them several times. */
  readonly #touched: Channel[] = []
  #mostChannels = MOST_CHANNELS
  #lastNumber = 0
  readonly #life: ConnectionLife
  #heartBeats: HeartBeats | undefined
  /** What came first, until it shows whether it is a frame. */
  #firstBytes: Buffer | undefined = Buffer.alloc(0)
  #serverProperties: FieldTable = {}
  #hasAuthenticated = false
  #blocked: string | undefined
  #onBlockedChange: ((reason: string | undefined) => void) | undefined
  /** Resolves what waits for connection.close-ok. */
  #closeOk: (() => void) | undefined
  readonly #secretUpdates: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []

  private constructor(transport: Transport, settings: ConnectionSettings) {
    this.#transport = transport
    this.#outgoing = new Outgoing((bytes) => this.#send(bytes))
    this.#settings = settings
    this.endpoint = settings.endpoint.name
    this.#parser = new FrameParser(settings.endpoint.largestFrame, (type, channel, bytes, start, end) =>
      this.#frame(type, channel, bytes, start, end),
    )
    this.#life = new ConnectionLife({
      ...{ endpoint: this.endpoint, protocol: 'AMQP 0-9-1', transport },
      neverOpened: (error) => endOfHandshake(error, this.endpoint, { hasAuthenticated: this.#hasAuthenticated }),
      release: (error) => this.#release(error),
    })
  }

  /**
   * Connects over a connected transport.
   *
   * @throws OtherVersionError when the peer speaks AMQP 1.0
   * @throws AuthenticationError, AuthorizationError, ConnectionError by what the peer answers
   * @throws AbortedError when `signal` aborts first; the transport is cut then
   */
  static async open(transport: Transport, settings: ConnectionSettings, signal: AbortSignal): Promise<AmqpConnection> {
    const connection = new AmqpConnection(transport, settings)
    await connection.#life.open(() => connection.#start(), signal)
    return connection
  }

  /** What the broker says of itself. */
  get product(): string | undefined {
    return textOf(this.#serverProperties.product)
  }

  get version(): string | undefined {
    return textOf(this.#serverProperties.version)
  }

  get isOpen(): boolean {
    return this.#life.isOpen
  }

  /** Why the connection is no longer there. */
  get lossReason(): MessagingError {
    return this.#life.lossReason
  }

  /** Bytes that a frame may have, in both directions. */
  get largestFrame(): number {
    return this.#parser.largestFrame
  }

  get largestMessage(): number {
    return this.#settings.endpoint.largestMessage
  }

  /** Why the broker takes no messages at the moment; undefined when it does. */
  get blocked(): string | undefined {
    return this.isOpen ? this.#blocked : undefined
  }

  /** Calls `listener` once when the connection ends otherwise than by {@link close}. */
  whenLost(listener: (error: Error) => void): void {
    this.#life.whenLost(listener)
  }

  /** Calls `listener` each time that the broker takes no messages any more, or takes them again. */
  whenBlocked(listener: (reason: string | undefined) => void): void {
    this.#onBlockedChange = listener
    if (this.#blocked !== undefined) listener(this.#blocked)
  }

  /** Sends whole frames: what stands there, which stays as it is until they have gone out. */
  write(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    if (this.#life.phase !== 'closed') this.#outgoing.push(bytes, start, end)
  }

  #send(bytes: Uint8Array): void {
    if (this.#life.phase === 'closed') return
    this.#heartBeats?.written()
    this.#transport.write(bytes)
  }

  /**
   * Tells the broker a new password or token of the same user.
   *
   * @throws ConnectionLostError when it is refused: the broker ends the connection over that
   */
  updateSecret(secret: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) throw this.lossReason
      this.#secretUpdates.push({ resolve, reject })
      this.write(updateSecret(secret))
    })
  }

  // --- channels --------------------------------------------------------------------------------------------------

  /**
   * Opens a channel; what is sent on it at once is taken, too.
   *
   * @param number - the one to have, when it is free; the next one otherwise
   * @throws ResourceLimitError when the broker allows no more of them
   */
  openChannel(listener: ChannelListener, number?: number): Channel {
    if (!this.isOpen) throw this.lossReason
    const isFree = number !== undefined && !this.#channels.has(number)
    const channel = new Channel(this, isFree ? number : this.#freeNumber(), listener)
    this.#channels.set(channel.number, channel)
    channel
      .call(methods.CHANNEL_OPEN, methods.CHANNEL_OPEN_OK, 'opening a channel', (writer) => writer.uint8(0))
      // Whoever asks for something on it learns of that, too.
      .catch(() => {})
    return channel
  }

  /** Its number is free again. */
  forget(channel: Channel): void {
    if (this.#channels.get(channel.number) === channel) this.#channels.delete(channel.number)
  }

  #freeNumber(): number {
    // In turns: that of one that was closed last may still be spoken of.
    for (let tries = 0; tries < this.#mostChannels; tries++) {
      this.#lastNumber = (this.#lastNumber % this.#mostChannels) + 1
      if (!this.#channels.has(this.#lastNumber)) return this.#lastNumber
    }
    throw new ResourceLimitError(
      `${this.endpoint} allows ${this.#mostChannels} channels on one connection, and none is free; close consumers, open another connection, or raise channel_max at the broker`,
    )
  }

  // --- what comes in ---------------------------------------------------------------------------------------------

  #start(): void {
    this.#transport.start({
      data: (bytes) => this.#data(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
      drained: () => {},
      closed: (error) => this.#life.lost(error),
    })
    this.#transport.write(PROTOCOL_HEADER)
  }

  #data(bytes: Buffer): void {
    if (this.#life.phase === 'closed') return
    this.#heartBeats?.received()
    try {
      const frames = this.#firstBytes === undefined ? bytes : this.#afterBanner(bytes, this.#firstBytes)
      if (frames === undefined) return
      this.#parser.push(frames)
      for (const channel of this.#touched) channel.leave(bytes.buffer)
      this.#touched.length = 0
    } catch (cause) {
      const { message } = cause as Error
      this.#life.fail(
        this.#life.phase === 'opening'
          ? new ConnectionError(`${this.endpoint} does not speak AMQP 0-9-1 as it should: ${message}`, { cause })
          : wasBroken(this.endpoint, cause as Error),
      )
    }
  }

  /** Anything but the frame of a method means that something else listens there, or another version. */
  #afterBanner(bytes: Buffer, before: Buffer): Buffer | undefined {
    const seen = Buffer.concat([before, bytes])
    if (seen.length < 8) {
      this.#firstBytes = seen
      return undefined
    }
    this.#firstBytes = undefined
    if (seen[0] === methods.FRAME_METHOD && seen.readUInt16BE(1) === 0) return seen
    this.#life.fail(otherPeer(seen, this.endpoint))
    return undefined
  }

  #frame(type: number, number: number, bytes: Buffer, start: number, end: number): void {
    if (this.#life.phase === 'closed' || type === methods.FRAME_HEARTBEAT) return
    if (number === 0) {
      if (type !== methods.FRAME_METHOD) throw new AmqpProtocolError(`a frame of type ${type} came on channel 0`)
      const reader = new PayloadReader(bytes, start, end)
      this.#method(reader.uint32(), reader)
      return
    }
    const channel = this.#channels.get(number)
    if (channel === undefined) {
      // RabbitMQ closes a channel again over a late acknowledgement when the answer to the first time is late, too.
      if (type === methods.FRAME_METHOD && bytes.readUInt32BE(start) === methods.CHANNEL_CLOSE) return
      throw new AmqpProtocolError(`a frame came on channel ${number}, which is not open`)
    }
    if (this.#touched.at(-1) !== channel) this.#touched.push(channel)
    switch (type) {
      case methods.FRAME_METHOD: {
        const reader = new PayloadReader(bytes, start, end)
        channel.method(reader.uint32(), reader)
        return
      }
      case methods.FRAME_HEADER:
        return channel.header(new PayloadReader(bytes, start, end))
      case methods.FRAME_BODY:
        return channel.body(bytes.subarray(start, end))
      default:
        throw new AmqpProtocolError(`a frame of the unknown type ${type} came`)
    }
  }

  #method(id: number, reader: PayloadReader): void {
    switch (id) {
      case methods.CONNECTION_START:
        return this.#onStart(reader)
      case methods.CONNECTION_SECURE:
        this.write(secureOk())
        return
      case methods.CONNECTION_TUNE:
        return this.#onTune(reader)
      case methods.CONNECTION_OPEN_OK:
        return this.#onOpen()
      case methods.CONNECTION_CLOSE:
        return this.#onClose(new AmqpReplyError(reader.uint16(), reader.shortstr()))
      case methods.CONNECTION_CLOSE_OK:
        this.#closeOk?.()
        return
      case methods.CONNECTION_BLOCKED:
        return this.#onBlocked(reader.shortstr())
      case methods.CONNECTION_UNBLOCKED:
        return this.#onBlocked(undefined)
      case methods.CONNECTION_UPDATE_SECRET_OK:
        this.#secretUpdates.shift()?.resolve()
        return
      default:
        throw new AmqpProtocolError(`the unknown method ${id >>> 16}.${id & 0xffff} came`)
    }
  }

  // --- the handshake ---------------------------------------------------------------------------------------------

  #onStart(reader: PayloadReader): void {
    if (this.#life.phase !== 'opening') throw new AmqpProtocolError('connection.start came again')
    const { connection, endpoint } = this.#settings
    reader.uint16()
    this.#serverProperties = reader.table()
    const mechanism = chooseMechanism(connection, endpoint)
    try {
      requireOffered(mechanism, reader.longstr(), loginOf(mechanism, connection, endpoint), this.endpoint)
    } catch (error) {
      if (error instanceof AmqpProtocolError) throw error
      this.#life.fail(error as MessagingError)
      return
    }
    this.write(startOk(mechanism, connection))
  }

  #onTune(reader: PayloadReader): void {
    if (this.#life.phase !== 'opening') throw new AmqpProtocolError('connection.tune came again')
    const { endpoint } = this.#settings
    this.#hasAuthenticated = true
    const limits = limitsOf(reader, endpoint)
    this.#mostChannels = limits.mostChannels
    this.#parser.largestFrame = limits.largestFrame
    this.write(tuneOk(limits))
    const period = limits.heartbeat * SECOND
    this.#heartBeats = new HeartBeats(
      { outgoing: period, incoming: period },
      () => this.write(HEARTBEAT),
      (silence) => this.#life.silent(silence),
    )
    this.write(openVirtualHost(endpoint.vhost))
  }

  #onOpen(): void {
    if (this.#life.phase !== 'opening') throw new AmqpProtocolError('connection.open-ok came again')
    this.#life.opened()
  }

  #onBlocked(reason: string | undefined): void {
    this.#blocked = reason
    const { logger } = this.#settings.connection
    if (reason === undefined) logger.info?.('the broker takes messages again', { endpoint: this.endpoint })
    else logger.warn?.(`the broker takes no messages for now: ${reason}`, { endpoint: this.endpoint })
    this.#onBlockedChange?.(reason)
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  /** Ends in order: the broker has looked at all frames. Never rejects, and takes `timeout` ms at most. */
  close(timeout: number): Promise<void> {
    return this.#life.close(timeout, () => {
      this.write(closeConnection())
      return new Promise<void>((resolve) => {
        this.#closeOk = resolve
      })
    })
  }

  #onClose(reply: AmqpReplyError): void {
    this.write(methodFrame(0, methods.CONNECTION_CLOSE_OK))
    this.#outgoing.flush()
    // Sent, and not waited for.
    this.#transport.end()
    const { connection, endpoint } = this.#settings
    const login = loginOf(chooseMechanism(connection, endpoint), connection, endpoint)
    this.#life.fail(
      this.#life.phase === 'opening'
        ? mapRefusedConnection(reply, login, this.endpoint)
        : mapConnectionLoss(reply, this.endpoint),
    )
  }

  #release(error: MessagingError): void {
    this.#heartBeats?.stop()
    for (const { reject } of this.#secretUpdates.splice(0)) reject(error)
    for (const channel of [...this.#channels.values()]) channel.abandon(error)
    this.#channels.clear()
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
