import {
  ConnectionLostError,
  IllegalStateError,
  InvalidDestinationError,
  UnsupportedFeatureError,
} from '../../errors.ts'
import type { MessageSelector } from '../../interop/message-selector.ts'
import { type Destination, describeDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import { part } from '../../part.ts'
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
import type {
  ConnectionInfo,
  ConsumerInfo,
  ProducerInfo,
  ResourceInfo,
  SessionInfo,
  TemporaryDestinationInfo,
} from '../../provider/resources.ts'
import { type Broker, brokerOf } from './broker.ts'
import { capabilitiesOf, VERSION_3_CAPABILITIES } from './capabilities.ts'
import { shareName } from './client-ids.ts'
import type { OutgoingPublish } from './codec/encode.ts'
import type { Qos } from './codec/packets.ts'
import type { MqttConnection } from './connection.ts'
import { MqttConsumer } from './consumer.ts'
import { type Endpoint, parseEndpoint, type Will } from './endpoint.ts'
import { type RequestSubject, tooLarge } from './error-mapping.ts'
import { temporaryName } from './headers.ts'
import type { MqttDelivery } from './incoming.ts'
import { Lane, type LaneRequest } from './lane.ts'
import { type EncodeContext, encodeMessage } from './mapping.ts'
import { Sessions } from './sessions.ts'
import { TemporaryQueue } from './temporary-queue.ts'
import { filterOf, topicOf } from './topics.ts'
import { OPEN_WINDOW, type Window, windowFor } from './window.ts'

const selectors = part('selectors', () => import('../../interop/message-selector.ts'))

/** Where an application collects messages before it acknowledges them, this many may be out at least. */
const LEAST_COLLECTED = 1_000

/** What an open provider has. */
interface Live {
  readonly info: ConnectionInfo
  readonly endpoint: Endpoint
  readonly broker: Broker
  readonly main: Lane
  readonly sessions: Sessions
  readonly encoding: EncodeContext
}

/** A consumer, and where its messages come from. */
interface Place {
  readonly consumer: MqttConsumer
  /** Ends it. */
  leave(): Promise<void>
}

/**
 * MQTT 5 and 3.1.1. One connection of MQTT carries what is sent, and the consumers of topics; subscriptions that the broker is to
 * hold separately, durable and shared ones, and temporary queues, have connections of their own, so that each has its own window.
 */
export class MqttProvider implements Provider {
  #info: ConnectionInfo | undefined
  #listener: ProviderListener | undefined
  #live: Live | undefined
  #capabilities: Capabilities = VERSION_3_CAPABILITIES
  readonly #places = new Map<string, Place>()
  /** More connections for consumers of topics, where the main one cannot tell their messages apart. */
  readonly #lanes: Lane[] = []
  readonly #temporaryQueues = new Map<string, TemporaryQueue>()
  #subject: { readonly destination: Destination; readonly subject: RequestSubject } | undefined
  #failure: Error | undefined
  #isClosing = false

  get capabilities(): Capabilities {
    return this.#capabilities
  }

  async open(info: ConnectionInfo, listener: ProviderListener, signal: AbortSignal): Promise<PeerInfo> {
    if (this.#info !== undefined) throw new IllegalStateError('this provider has been opened before; create another')
    this.#info = info
    this.#listener = listener
    const endpoint = parseEndpoint(info)
    const sessions = new Sessions(info, endpoint, (error) => this.#lost(error))
    const { connection, certificate } = await sessions.openMain(willOf(endpoint.will), signal)
    const { level, limits } = connection
    const broker = brokerOf(endpoint.broker, level, limits, endpoint.level !== undefined)
    try {
      if (broker.product === 'RabbitMQ') info.rabbitmq?.refuseDirectReplyTo('MQTT', endpoint.name)
    } catch (error) {
      await sessions.closeAll()
      throw error
    }
    const peer = broker.product === undefined ? endpoint.name : `${broker.product} at ${endpoint.name}`
    this.#capabilities = capabilitiesOf(level, limits, endpoint.envelope)
    sessions.tellsPresence = broker.tellsSessions
    const { qos, envelope } = endpoint
    const encoding: EncodeContext = { level, rules: broker, qos, envelope, peer }
    this.#live = { info, endpoint, broker, sessions, encoding, main: new Lane(connection, true) }
    return {
      protocol: 'mqtt',
      endpoint: endpoint.name,
      ...(broker.product === undefined ? {} : { product: broker.product }),
      ...(certificate === undefined ? {} : { certificate }),
    }
  }

  // --- resources -------------------------------------------------------------------------------------------------

  async create(resource: ResourceInfo): Promise<CreatedResource> {
    const live = this.#requireLive()
    switch (resource.resource) {
      case 'session':
        return {}
      case 'producer':
        if (resource.destination !== undefined) topicOf(resource.destination, live.broker)
        return {}
      case 'consumer':
        await this.#createConsumer(resource, live)
        return {}
      case 'temporary-destination':
        return { name: await this.#createTemporary(resource, live) }
    }
  }

  async destroy(resource: ResourceInfo): Promise<void> {
    if (this.#failure !== undefined || this.#live === undefined) return
    if (resource.resource === 'consumer') {
      const place = this.#places.get(resource.id)
      this.#places.delete(resource.id)
      await place?.leave()
    } else if (resource.resource === 'temporary-destination') {
      const queue = this.#temporaryQueues.get(resource.id)
      this.#temporaryQueues.delete(resource.id)
      if (queue !== undefined) await this.#live.sessions.close(queue.lane.connection)
    }
  }

  async unsubscribe(name: string): Promise<void> {
    await this.#requireLive().sessions.endDurable(name)
  }

  /** A topic has nothing to be created. */
  async #createTemporary(info: TemporaryDestinationInfo, live: Live): Promise<string> {
    const name = info.name ?? temporaryName(info.kind, globalThis.crypto.randomUUID())
    if (info.kind === 'temporary-topic') return name
    const connection = await live.sessions.openPassing(this.#window(LEAST_COLLECTED, live, false))
    const lane = new Lane(connection, true)
    const queue = new TemporaryQueue(name, lane)
    const filter = filterOf({ kind: info.kind, name }, live.broker)
    const request = { filter, topics: filter, qos: this.#qos(live), noLocal: false }
    await lane.join(queue, request, { action: `creating ${info.kind} ${name}` })
    this.#temporaryQueues.set(info.id, queue)
    return name
  }

  // --- consumers -------------------------------------------------------------------------------------------------

  async #createConsumer(info: ConsumerInfo, live: Live): Promise<void> {
    const { destination, subscription } = info
    const isShared = subscription?.shared === true
    if (info.selector !== undefined && (isShared || destination.kind === 'temporary-queue')) {
      throw this.#unsupported(
        'selectors',
        'what one consumer leaves out, no other would get: filter in the application, or use a topic for each kind of message',
      )
    }
    const selector =
      info.selector === undefined
        ? undefined
        : await selectors(({ messageSelector }) => messageSelector(info.selector as string))
    if (destination.kind === 'temporary-queue') {
      this.#takeFromTemporary(info, live)
    } else if (subscription !== undefined) {
      await this.#subscribeAlone(info, selector, live)
    } else {
      await this.#subscribeAmongOthers(info, selector, live)
    }
  }

  #takeFromTemporary(info: ConsumerInfo, live: Live): void {
    const { name } = info.destination
    const queue = [...this.#temporaryQueues.values()].find((one) => one.name === name)
    if (queue === undefined) {
      throw new InvalidDestinationError(
        `${describeDestination(info.destination)} is not one of this connection to ${live.endpoint.name}; consume from it where it was made`,
      )
    }
    const { connection } = queue.lane
    const consumer = this.#consumer(info, connection, undefined, () => queue.distribute())
    queue.add(consumer)
    this.#places.set(info.id, { consumer, leave: async () => queue.remove(consumer) })
  }

  /** A topic without a name for the subscription: over a connection that others use as well. */
  async #subscribeAmongOthers(info: ConsumerInfo, selector: MessageSelector | undefined, live: Live): Promise<void> {
    const topics = filterOf(info.destination, live.broker)
    const request = { filter: topics, topics, qos: this.#qos(live), noLocal: info.noLocal }
    const lane = await this.#laneFor(info, request, live)
    const consumer = this.#consumer(info, lane.connection, selector)
    const leave = async (): Promise<void> => {
      const left = consumer.close()
      await lane.leave(consumer, subjectOf('closing a consumer of', info))
      // Nobody else gets it, and it takes room in the window of the others.
      for (const incoming of left) incoming.settled()
    }
    await this.#placed(info, { consumer, leave }, () => lane.join(consumer, request, subjectOf('consuming from', info)))
  }

  async #laneFor(info: ConsumerInfo, request: LaneRequest, live: Live): Promise<Lane> {
    if (live.main.accepts(request)) return live.main
    if (request.noLocal) {
      throw this.#unsupported(
        'noLocal',
        `the connection has a consumer of ${describeDestination(info.destination)} without noLocal, and MQTT has one or the other for a connection; create this one first, or on another connection`,
      )
    }
    const free = this.#lanes.find((lane) => lane.accepts(request))
    if (free !== undefined) return free
    const lane = new Lane(await live.sessions.openPassing(OPEN_WINDOW), true)
    this.#lanes.push(lane)
    return lane
  }

  /** A durable or shared subscription: over a connection of its own, whose session is the subscription. */
  async #subscribeAlone(info: ConsumerInfo, selector: MessageSelector | undefined, live: Live): Promise<void> {
    const { sessions, broker } = live
    const { name = '', durable = false } = info.subscription ?? {}
    const topics = filterOf(info.destination, broker)
    const window = this.#window(sentAhead(info), live, durable)
    const connection = await (durable ? sessions.openDurable(name, window) : sessions.openPassing(window))
    const consumer = this.#consumer(info, connection, selector)
    const filter = durable ? topics : `$share/${shareName(live.info.clientId, info)}/${topics}`
    const request = { filter, topics, qos: this.#qos(live), noLocal: info.noLocal }
    const leave = async (): Promise<void> => {
      const { length } = consumer.close()
      if (!durable && length > 0 && !broker.sharesLeftovers) this.#warnOfLeftovers(info, length)
      await sessions.close(connection, durable ? name : undefined)
    }
    await this.#placed(info, { consumer, leave }, async () => {
      try {
        // What the session holds may have been for a topic that the name had before: it goes by the topic alone.
        await new Lane(connection, false).join(consumer, request, subjectOf('consuming from', info))
      } catch (error) {
        await leave()
        throw error
      }
    })
  }

  #warnOfLeftovers({ subscription, destination }: ConsumerInfo, count: number): void {
    this.#info?.logger.warn?.(
      `a consumer of the shared subscription ${subscription?.name} to ${describeDestination(destination)} has closed with ${count} messages not acknowledged, and the broker need not give them to another one: Mosquitto drops them; lower prefetch, or use a durable subscription`,
      { endpoint: this.#live?.endpoint.name },
    )
  }

  /** Known before the broker has it, because messages may come before the answer. */
  async #placed(info: ConsumerInfo, place: Place, join: () => Promise<void>): Promise<void> {
    this.#places.set(info.id, place)
    try {
      await join()
    } catch (error) {
      this.#places.delete(info.id)
      throw error
    }
  }

  #consumer(
    info: ConsumerInfo,
    connection: MqttConnection,
    selector: MessageSelector | undefined,
    pull?: () => void,
  ): MqttConsumer {
    return new MqttConsumer(info, {
      connection,
      selector,
      ...(pull !== undefined && { pull }),
      message: (delivery) => this.#listener?.message(info.id, delivery),
      dropping: () => {
        this.#info?.logger.warn?.(
          `the consumer of ${describeDestination(info.destination)} is slower than what is published at QoS 0, which MQTT does not hold back: messages are dropped`,
          { endpoint: connection.endpoint },
        )
      },
    })
  }

  #qos({ endpoint, main }: Live): Qos {
    return Math.min(endpoint.qos, main.connection.limits.maximumQos ?? 2) as Qos
  }

  #window(wanted: number, live: Live, isKept: boolean): Window {
    return windowFor(wanted, { broker: live.broker, qos: this.#qos(live), isKept })
  }

  #unsupported(feature: string, alternative: string): UnsupportedFeatureError {
    const peer = this.#live?.encoding.peer ?? ''
    return new UnsupportedFeatureError({ feature, protocol: 'mqtt', peer, alternative })
  }

  // --- messages --------------------------------------------------------------------------------------------------

  send(_: ProducerInfo, message: MessageData): Promise<void> {
    try {
      const { main, encoding } = this.#requireLive()
      const { connection } = main
      const publish = encodeMessage(message, encoding, Date.now())
      const subject = this.#subjectOf(message.destination as Destination)
      return connection.publish(publish, subject, (bytes) => tooLarge(subject.action, bytes, connection))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** What an error says of sends to a destination; the last one, as most go to where the one before went. */
  #subjectOf(destination: Destination): RequestSubject {
    if (this.#subject?.destination !== destination) {
      const where = describeDestination(destination)
      const whenUnheard = (): Error =>
        new InvalidDestinationError(`${where} is gone: whoever made it has deleted it, or left`)
      const action = `sending to ${where}`
      const subject = destination.kind === 'temporary-queue' ? { action, whenUnheard } : { action }
      this.#subject = { destination, subject }
    }
    return this.#subject.subject
  }

  grant(consumer: ConsumerInfo, credit: number): void {
    this.#places.get(consumer.id)?.consumer.grant(credit)
  }

  async drain(consumer: ConsumerInfo, isLast?: boolean): Promise<void> {
    await this.#places.get(consumer.id)?.consumer.drain(isLast)
  }

  settle(info: ConsumerInfo, deliveries: readonly Delivery[], outcome: Outcome): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const place = this.#places.get(info.id)
    if (place !== undefined) return place.consumer.settle(deliveries as readonly MqttDelivery[], outcome)
    return Promise.reject(
      new IllegalStateError(
        `the consumer of ${describeDestination(info.destination)} is closed, and what it had not settled went back; create another`,
      ),
    )
  }

  // --- transactions: there are none ------------------------------------------------------------------------------

  begin(_: SessionInfo): Promise<void> {
    return Promise.reject(this.#unsupported('transactions', 'use an individual session'))
  }

  commit(_: SessionInfo): Promise<void> {
    return DONE
  }

  rollback(_: SessionInfo): Promise<void> {
    return DONE
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  #lost(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    for (const { consumer } of this.#places.values()) consumer.close()
    void this.#live?.sessions.closeAll()
    if (!this.#isClosing) this.#listener?.connectionLost(error)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    this.#failure ??= new ConnectionLostError(
      `the connection to ${this.#live?.endpoint.name ?? 'the broker'} is closed`,
    )
    for (const { consumer } of this.#places.values()) consumer.close()
    await this.#live?.sessions.closeAll()
  }

  #requireLive(): Live {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#live === undefined) throw new IllegalStateError('the provider is not open')
    return this.#live
  }
}

/** How much the broker may send ahead: the prefetch, and more where the application collects before it acknowledges. */
function sentAhead({ prefetch, session }: ConsumerInfo): number {
  return session.acknowledgeMode === 'client' ? Math.max(prefetch, LEAST_COLLECTED) : prefetch
}

function willOf(will: Will | undefined): OutgoingPublish | undefined {
  if (will === undefined) return undefined
  return {
    topic: topicOf(will.topic, { losesDots: false }),
    qos: will.qos,
    retain: will.retain,
    properties: { payloadFormat: 1, contentType: 'text/plain; charset=utf-8', willDelay: will.delay },
    payload: will.text,
  }
}

function subjectOf(action: string, { destination }: ConsumerInfo): RequestSubject {
  return { action: `${action} ${describeDestination(destination)}` }
}
