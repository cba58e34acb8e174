import { type MessagingError, TimeoutError } from '../../errors.ts'
import { DONE } from '../../provider/provider.ts'
import { ConnectionLife } from '../../transport/connection-life.ts'
import type { Transport } from '../../transport/transport.ts'
import {
  encodeAcknowledgement,
  encodeDisconnect,
  encodePing,
  encodePublish,
  encodeSubscribe,
  encodeUnsubscribe,
  type OutgoingPublish,
  type SubscriptionRequest,
} from './codec/encode.ts'
import { PacketParser } from './codec/packet-parser.ts'
import {
  type Acknowledgement,
  type Connack,
  MqttProtocolError,
  PACKET,
  type ProtocolLevel,
  type Publish,
  type ServerPacket,
  type SubscriptionAnswer,
} from './codec/packets.ts'
import { NO_PROPERTIES, type PacketProperties } from './codec/properties.ts'
import { FAILURE, mapDisconnect, mapRefusal, NOBODY, type RequestSubject } from './error-mapping.ts'
import {
  type ConnectionSettings,
  connectPacket,
  keepAliveWanted,
  mayAnswer,
  refusalOf,
  unanswered,
  warnOfExpiry,
} from './handshake.ts'
import { Handshakes } from './handshakes.ts'
import { Liveness } from './liveness.ts'
import { Outstanding } from './outstanding.ts'
import { OutgoingAliases } from './topic-aliases.ts'

/** ms that a broker has to end a connection after DISCONNECT. All that are tested do so at once. */
const PATIENCE_WITH_THE_END = 1_000

/** One MQTT connection: the handshake, packets in both directions, packet ids, flow control and the keep-alive. */
export class MqttConnection {
  readonly endpoint: string
  readonly level: ProtocolLevel
  readonly clientId: string
  readonly #transport: Transport
  readonly #settings: ConnectionSettings
  readonly #parser: PacketParser
  readonly #outstanding: Outstanding
  /** Gets each message. */
  #onPublish: ((publish: Publish) => void) | undefined
  /** Came before somebody listened: the broker need not wait to send what a session has. */
  readonly #early: Publish[] = []
  #outgoingAliases: OutgoingAliases | undefined
  readonly #life: ConnectionLife
  readonly #handshakes: Handshakes
  #liveness: Liveness | undefined
  #connack: Connack | undefined
  #wasEndedByPeer = false
  /** Settles once the network takes more. */
  #drained: Promise<void> | undefined
  #drain: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  readonly #pongs: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []

  private constructor(transport: Transport, settings: ConnectionSettings) {
    this.#transport = transport
    this.#settings = settings
    this.endpoint = settings.endpoint.name
    this.level = settings.level
    this.clientId = settings.clientId
    this.#outstanding = new Outstanding((packet) => this.#write(packet))
    this.#handshakes = new Handshakes(settings.window.handshakes, (packet) => this.#write(packet))
    this.#parser = new PacketParser(settings.endpoint.largestPacket, (packet) => this.#received(packet))
    this.#parser.level = settings.level
    this.#life = new ConnectionLife({
      ...{ endpoint: this.endpoint, protocol: 'MQTT', transport },
      neverOpened: (error) => unanswered(settings, error),
      release: (error) => this.#release(error),
    })
  }

  /**
   * Connects over a connected transport.
   *
   * @throws OtherVersionError where the broker does not speak this version
   * @throws AuthenticationError, InvalidClientIdError, ConnectionError by what the peer answers
   * @throws AbortedError when `signal` aborts first; the transport is cut then
   */
  static async open(transport: Transport, settings: ConnectionSettings, signal: AbortSignal): Promise<MqttConnection> {
    const connection = new MqttConnection(transport, settings)
    await connection.#life.open(() => connection.#start(), signal)
    return connection
  }

  /** What CONNACK said of the broker. */
  get limits(): PacketProperties {
    return this.#connack?.properties ?? NO_PROPERTIES
  }

  /** Whether the broker had a session of this client id. */
  get sessionPresent(): boolean {
    return this.#connack?.sessionPresent === true
  }

  /** Whether a payload may have in it what MQTT 3.1.1 has no place for. */
  get usesEnvelope(): boolean {
    return this.level === 4 && this.#settings.endpoint.envelope
  }

  get isOpen(): boolean {
    return this.#life.isOpen
  }

  /** Whether the peer has closed it in order, and without a word. */
  get wasEndedByPeer(): boolean {
    return this.#wasEndedByPeer
  }

  /** Why the connection is no longer there. */
  get lossReason(): MessagingError {
    return this.#life.lossReason
  }

  /** Calls `listener` once when the connection ends otherwise than by {@link close}. */
  whenLost(listener: (error: Error) => void): void {
    this.#life.whenLost(listener)
  }

  /** Hands on each message from now on, and those that have come. */
  startReceiving(listener: (publish: Publish) => void): void {
    this.#onPublish = listener
    for (const publish of this.#early.splice(0)) listener(publish)
  }

  // --- what goes out ---------------------------------------------------------------------------------------------

  /** Sends a message; settles when the broker has it by the rules of its QoS, at 0 when the network takes it. */
  publish(publish: OutgoingPublish, subject: RequestSubject, largest: (bytes: number) => Error): Promise<void> {
    if (!this.isOpen) return Promise.reject(this.lossReason)
    const aliased = this.#aliased(publish)
    if (publish.qos === 0) {
      const packet = encodePublish(aliased, 0)
      if (this.#isTooLarge(packet)) return Promise.reject(largest(packet.length))
      this.#outgoingAliases?.sent(aliased)
      this.#write(packet)
      return this.#drained ?? DONE
    }
    const id = this.#outstanding.nextId()
    const packet = encodePublish(aliased, id)
    if (this.#isTooLarge(packet)) return Promise.reject(largest(packet.length))
    this.#outgoingAliases?.sent(aliased)
    return new Promise((resolve, reject) => {
      this.#outstanding.send(id, packet, { kind: 'send', subject, qos: publish.qos, resolve, reject })
    })
  }

  /**
   * Subscribes.
   *
   * @param subscriptionId - comes with each message; 0 for none
   * @throws TimeoutError when it is not answered within `requestTimeout`; it is taken back then
   */
  async subscribe(request: SubscriptionRequest, subscriptionId: number, subject: RequestSubject): Promise<void> {
    const { filter } = request
    try {
      const id = this.#outstanding.nextId()
      const answer = await this.#request(id, encodeSubscribe(id, request, this.level, subscriptionId), subject)
      this.#requireSuccess(answer, subject)
    } catch (error) {
      if (error instanceof TimeoutError) this.unsubscribe(filter, subject).catch(() => {})
      throw error
    }
  }

  async unsubscribe(filter: string, subject: RequestSubject): Promise<void> {
    if (!this.isOpen) return
    const id = this.#outstanding.nextId()
    this.#requireSuccess(await this.#request(id, encodeUnsubscribe(id, filter, this.level), subject), subject)
  }

  /** Tells the broker that a message is done with. */
  acknowledge({ packetId, qos }: Pick<Publish, 'packetId' | 'qos'>): void {
    const { phase } = this.#life
    if (qos === 0 || (phase !== 'open' && phase !== 'closing')) return
    if (qos === 1) this.#write(encodeAcknowledgement(PACKET.puback, packetId))
    else this.#handshakes.acknowledge(packetId)
  }

  /** Resolves once the broker has looked at all packets up to now, and what it sent before has come. */
  roundTrip(): Promise<void> {
    if (!this.isOpen) return Promise.reject(this.lossReason)
    const answered = new Promise<void>((resolve, reject) => this.#pongs.push({ resolve, reject }))
    this.#write(encodePing())
    return this.#inTime(answered, { action: 'asking whether it is there' })
  }

  #aliased(publish: OutgoingPublish): OutgoingPublish {
    const aliases = this.#outgoingAliases
    if (aliases === undefined) return publish
    // One at QoS 0 overtakes what waits its turn, and would come with an alias that the broker has not heard of.
    const waits = publish.qos > 0 && !this.#outstanding.hasRoom
    return aliases.known(publish) ?? (waits ? publish : aliases.first(publish))
  }

  #isTooLarge({ length }: Uint8Array): boolean {
    return length > (this.limits.maximumPacketSize ?? Number.POSITIVE_INFINITY)
  }

  #write(packet: Uint8Array): void {
    if (this.#transport.write(packet) || this.#drained !== undefined) return
    const promise = new Promise<void>((resolve, reject) => {
      this.#drain = { resolve, reject }
    })
    promise.catch(() => {})
    this.#drained = promise
  }

  #request(id: number, packet: Uint8Array, subject: RequestSubject): Promise<SubscriptionAnswer> {
    if (!this.isOpen) return Promise.reject(this.lossReason)
    const answered = new Promise<SubscriptionAnswer>((resolve, reject) => {
      this.#outstanding.request(id, packet, { kind: 'request', subject, resolve, reject })
    })
    return this.#inTime(answered, subject)
  }

  async #inTime<T>(answered: Promise<T>, { action }: RequestSubject): Promise<T> {
    const { requestTimeout } = this.#settings.info
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new TimeoutError(
            `${action} was not answered by ${this.endpoint} within ${requestTimeout} ms; check the broker, or raise requestTimeout`,
            { inDoubt: true },
          ),
        )
      }, requestTimeout)
    })
    try {
      return await Promise.race([answered, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #requireSuccess({ reasonCodes, properties }: SubscriptionAnswer, subject: RequestSubject): void {
    const reason = reasonCodes[0] ?? 0
    if (reason >= FAILURE) throw mapRefusal(reason, properties, subject, this)
  }

  // --- the handshake ---------------------------------------------------------------------------------------------

  #start(): void {
    this.#transport.start({
      data: (bytes) => this.#data(bytes),
      drained: () => {
        this.#drain?.resolve()
        this.#drained = undefined
      },
      closed: (error) => this.#closed(error),
    })
    try {
      this.#write(connectPacket(this.#settings))
    } catch (error) {
      this.#life.fail(error as MessagingError)
    }
  }

  #answered(packet: Connack): void {
    const refusal = refusalOf(packet, this.#settings)
    if (refusal !== undefined) {
      this.#life.fail(refusal)
      return
    }
    const { info } = this.#settings
    const properties = packet.properties ?? NO_PROPERTIES
    this.#connack = packet
    this.#outstanding.receiveMaximum = properties.receiveMaximum ?? this.#outstanding.receiveMaximum
    if (properties.topicAliasMaximum) this.#outgoingAliases = new OutgoingAliases(properties.topicAliasMaximum)
    warnOfExpiry(properties, this.#settings)
    this.#liveness = new Liveness(
      info.heartbeat,
      properties.serverKeepAlive ?? keepAliveWanted(this.#settings),
      () => this.#write(encodePing()),
      (period) => this.#life.silent(period),
    )
    this.#life.opened()
  }

  // --- what comes in ---------------------------------------------------------------------------------------------

  #data(bytes: Uint8Array): void {
    const life = this.#life
    if (life.phase === 'closed') return
    life.heard(bytes)
    this.#liveness?.received()
    try {
      // What is no CONNACK may say that it is long, and nothing more would come.
      if (life.phase === 'opening' && !mayAnswer(life.firstByte ?? 0, this.#settings)) {
        throw new MqttProtocolError('CONNECT was answered by something else')
      }
      this.#parser.push(bytes)
    } catch (error) {
      life.broken(error as Error)
    }
  }

  #received(packet: ServerPacket): void {
    const { phase } = this.#life
    if (phase === 'closed') return
    switch (packet.type) {
      case PACKET.publish:
        this.#message(packet)
        break
      case PACKET.puback:
      case PACKET.pubrec:
      case PACKET.pubcomp:
        this.#confirmed(packet)
        break
      case PACKET.pubrel:
        this.#handshakes.release(packet.packetId)
        break
      case PACKET.suback:
      case PACKET.unsuback: {
        const pending = this.#outstanding.get(packet.packetId)
        this.#outstanding.delete(packet.packetId)
        if (pending?.kind === 'request') pending.resolve(packet)
        break
      }
      case PACKET.pingresp:
        this.#pongs.shift()?.resolve()
        break
      case PACKET.disconnect:
        // One that is given up may be told that another one has its client id now, which is the next one of the same client.
        this.#life.fail(
          phase === 'closing' ? this.lossReason : mapDisconnect(packet.reasonCode, packet.properties, this),
        )
        break
      case PACKET.connack:
        if (phase !== 'opening') throw new MqttProtocolError('a second CONNACK has come')
        this.#answered(packet)
        break
    }
  }

  #message(packet: Publish): void {
    const { topicAlias } = packet.properties
    if (topicAlias !== undefined)
      throw new MqttProtocolError(`the topic alias ${topicAlias} has come, and none is allowed`)
    if (packet.qos === 2 && !this.#handshakes.begin(packet.packetId)) return
    if (this.#onPublish === undefined) this.#early.push(packet)
    else this.#onPublish(packet)
  }

  /** PUBACK, or at QoS 2 PUBREC and then PUBCOMP. */
  #confirmed({ type, packetId, reasonCode, properties }: Acknowledgement): void {
    const pending = this.#outstanding.get(packetId)
    if (pending?.kind !== 'send') return
    if (reasonCode >= FAILURE) {
      this.#outstanding.delete(packetId)
      pending.reject(mapRefusal(reasonCode, properties, pending.subject, this))
    } else if (type === PACKET.pubrec) {
      this.#write(encodeAcknowledgement(PACKET.pubrel, packetId))
    } else {
      this.#outstanding.delete(packetId)
      if (reasonCode === NOBODY && pending.subject.whenUnheard !== undefined)
        pending.reject(pending.subject.whenUnheard())
      else pending.resolve()
    }
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  /**
   * Ends in order: what was written goes out. Never rejects, and takes `timeout` ms at most. The broker ends the connection
   * when it has seen DISCONNECT (MQTT 5 §3.14.4). Artemis looks at an end of ours before the packets that wait for its threads:
   * it would take the connection for lost, and publish the last will.
   */
  async close(timeout: number): Promise<void> {
    let patience: ReturnType<typeof setTimeout> | undefined
    await this.#life.close(timeout, () => {
      this.#handshakes.flush()
      this.#write(encodeDisconnect())
      patience = setTimeout(() => this.#transport.end(), PATIENCE_WITH_THE_END)
      // It has no answer but the end of the stream.
      return new Promise(() => {})
    })
    clearTimeout(patience)
  }

  #closed(error: Error | undefined): void {
    this.#wasEndedByPeer = error === undefined && this.#life.phase !== 'opening'
    this.#life.lost(error)
  }

  #release(error: MessagingError): void {
    this.#liveness?.stop()
    this.#outstanding.fail(error)
    for (const pong of this.#pongs.splice(0)) pong.reject(error)
    this.#drain?.reject(error)
  }
}
