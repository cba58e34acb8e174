/** Brokers whose every answer the test decides, and connections of the client that go from one to the other. */

import { ClientConnection } from '../../../src/client/connection.ts'
import { AuthenticationError, ConnectionError, ConnectionLostError } from '../../../src/errors.ts'
import { Connector } from '../../../src/failover/connector.ts'
import { EndpointSchedule } from '../../../src/failover/endpoint-schedule.ts'
import { FailoverProvider } from '../../../src/failover/failover-provider.ts'
import { ToldEndpoints } from '../../../src/failover/told-endpoints.ts'
import type { ConnectOptions } from '../../../src/index.ts'
import type { MessageData } from '../../../src/message/message-data.ts'
import { parseConnectOptions } from '../../../src/options/connect-options.ts'
import { parseFailoverOptions } from '../../../src/options/failover-options.ts'
import {
  type BrokerAdvice,
  type CreatedResource,
  type Delivery,
  DONE,
  type PeerInfo,
  type Provider,
  type ProviderListener,
} from '../../../src/provider/provider.ts'
import type { ConsumerInfo, ProducerInfo, ResourceInfo, SessionInfo } from '../../../src/provider/resources.ts'
import { MEMORY_CAPABILITIES } from '../../../src/providers/memory/capabilities.ts'

/** What becomes of those who come: they are let in, sent away, refused the login, left waiting, or lost as soon as they are in. */
export type Door = 'open' | 'shut' | 'refuses the login' | 'says nothing' | 'opens and is lost'

export class FakeBroker {
  readonly name: string
  door: Door = 'open'
  /** What it does not answer stays open until it is lost. */
  answersSends = true
  answersCommits = true
  /** Whether it confirms what it may not have. */
  confirmsEarly = false
  /** Called when a resource is to be created; what it throws or rejects with is the answer. */
  onCreate: (resource: ResourceInfo) => unknown = () => {}
  onSend: (body: unknown) => void = () => {}
  /** Attempts to connect. */
  attempts = 0
  /** All that it was told, such as `create session` or `commit`. */
  readonly told: string[] = []
  /** Bodies in the order in which they came. */
  readonly sent: unknown[] = []
  /** When the next credentials for it expire, ms since the epoch. */
  credentialsExpireAt: number | undefined
  readonly #guests = new Set<FakeProvider>()

  constructor(name: string) {
    this.name = `fake://${name}`
  }

  get connections(): number {
    return this.#guests.size
  }

  /** Ends all connections, as a failing network would. */
  lose(reason = 'the network failed'): void {
    for (const guest of [...this.#guests]) guest.lose(new ConnectionLostError(`${this.name}: ${reason}`))
  }

  /** Answers what it has left open. */
  answer(): void {
    this.answersSends = true
    this.answersCommits = true
    for (const guest of this.#guests) guest.answer()
  }

  /** Hands a message to a consumer that has granted credit. */
  deliver(text: string, redelivered = false): void {
    for (const guest of this.#guests) guest.deliver(text, redelivered)
  }

  /** Tells those that are connected of others. */
  advise(advice: Partial<BrokerAdvice>): void {
    for (const guest of this.#guests) guest.advise({ brokers: [], isRebalancing: false, moveTo: undefined, ...advice })
  }

  enter(guest: FakeProvider): void {
    this.#guests.add(guest)
  }

  left(guest: FakeProvider): void {
    this.#guests.delete(guest)
  }
}

/**
 * A connection of the client over these endpoints, one group or several, as `connect()` makes it.
 *
 * @param others - that a broker may tell of
 */
export async function connectTo(
  groups: readonly (readonly FakeBroker[])[],
  { failover, ...given }: ConnectOptions = {},
  others: readonly FakeBroker[] = [],
): Promise<ClientConnection> {
  const options = parseConnectOptions(given)
  const resolved = parseFailoverOptions({ initialReconnectDelay: 1, jitter: 0, ...failover })
  if (resolved === false) throw new Error('failover is off')
  const { logger, closeTimeout, signal } = options
  const connector = new Connector<FakeBroker>({
    dial: async (broker, listener, by) => {
      const provider = new FakeProvider(broker, listener)
      const peer = await provider.enter(by)
      return { provider, peer, credentialsExpireAt: broker.credentialsExpireAt }
    },
    schedule: new EndpointSchedule(groups, resolved),
    options: resolved,
    logger,
  })
  const endpointOf = (uri: string): FakeBroker | undefined => others.find(({ name }) => name === uri)
  const told = new ToldEndpoints(connector.schedule, resolved, endpointOf)
  const provider = new FailoverProvider({ connector, options: resolved, told, logger, closeTimeout })
  const connection = new ClientConnection('fake', provider, options, undefined)
  connection.opened(await provider.connect(connection, signal))
  return connection
}

/** A request that is not answered. */
interface Open {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

class FakeProvider implements Provider {
  readonly capabilities = MEMORY_CAPABILITIES
  readonly #broker: FakeBroker
  readonly #listener: ProviderListener
  readonly #credit = new Map<string, number>()
  readonly #open = new Set<Open>()
  #ended: Error | undefined

  constructor(broker: FakeBroker, listener: ProviderListener) {
    this.#broker = broker
    this.#listener = listener
  }

  async enter(signal: AbortSignal): Promise<PeerInfo> {
    const broker = this.#broker
    broker.attempts += 1
    const { door } = broker
    if (door === 'says nothing') {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
    }
    if (door === 'refuses the login') throw new AuthenticationError(`${broker.name} refuses the login`)
    if (door === 'shut') throw new ConnectionError(`${broker.name} refused the connection`)
    broker.enter(this)
    if (door === 'opens and is lost') this.lose(new ConnectionLostError(`${broker.name} is shutting down`))
    return { protocol: 'fake', endpoint: broker.name }
  }

  open(): Promise<PeerInfo> {
    throw new Error('it is open')
  }

  advise(advice: BrokerAdvice): void {
    this.#listener.advised?.(advice)
  }

  lose(error: Error): void {
    this.#end(error, () => this.#listener.connectionLost(error))
  }

  answer(): void {
    for (const { resolve } of this.#open) resolve()
    this.#open.clear()
  }

  deliver(text: string, redelivered: boolean): void {
    for (const [id, credit] of this.#credit) {
      if (credit === 0) continue
      this.#credit.set(id, credit - 1)
      this.#listener.message(id, deliveryOf(text, redelivered))
      return
    }
  }

  async create(resource: ResourceInfo): Promise<CreatedResource> {
    this.#tell(`create ${resource.resource}`)
    await this.#orLost(this.#broker.onCreate(resource))
    return resource.resource === 'temporary-destination' ? { name: resource.id } : {}
  }

  async destroy(resource: ResourceInfo): Promise<void> {
    this.#tell(`destroy ${resource.resource}`)
    this.#credit.delete(resource.id)
  }

  async send(_producer: ProducerInfo, { body }: MessageData): Promise<void> {
    this.#requireLive()
    this.#broker.sent.push(body)
    this.#broker.onSend(body)
    this.#requireLive()
    if (!this.#broker.answersSends) await this.#left()
  }

  confirmsEarly(): boolean {
    return this.#broker.confirmsEarly
  }

  grant(consumer: ConsumerInfo, credit: number): void {
    this.#credit.set(consumer.id, (this.#credit.get(consumer.id) ?? 0) + credit)
  }

  drain(): Promise<void> {
    return DONE
  }

  async settle(_consumer: ConsumerInfo, deliveries: readonly Delivery[], outcome: string): Promise<void> {
    for (const { message } of deliveries) this.#tell(`${outcome} ${String(message.body)}`)
  }

  async begin(_session: SessionInfo): Promise<void> {
    this.#tell('begin')
  }

  async commit(_session: SessionInfo): Promise<void> {
    this.#tell('commit')
    if (!this.#broker.answersCommits) await this.#left()
  }

  async rollback(_session: SessionInfo): Promise<void> {
    this.#tell('rollback')
  }

  async unsubscribe(name: string): Promise<void> {
    this.#tell(`unsubscribe ${name}`)
  }

  async close(): Promise<void> {
    this.#end(new ConnectionLostError(`the connection to ${this.#broker.name} is closed`), () => {})
  }

  #end(error: Error, report: () => void): void {
    if (this.#ended !== undefined) return
    this.#ended = error
    this.#broker.left(this)
    report()
    for (const { reject } of this.#open) reject(error)
    this.#open.clear()
  }

  #tell(what: string): void {
    this.#requireLive()
    this.#broker.told.push(what)
  }

  #requireLive(): void {
    if (this.#ended !== undefined) throw this.#ended
  }

  /** Resolves when the broker answers after all. */
  #left(): Promise<void> {
    return new Promise((resolve, reject) => this.#open.add({ resolve, reject }))
  }

  /** What the test answers, unless the connection ends first. */
  async #orLost(answer: unknown): Promise<void> {
    const lost = this.#left()
    await Promise.race([lost, answer])
  }
}

function deliveryOf(text: string, redelivered: boolean): Delivery {
  const message: MessageData = {
    kind: 'text',
    body: text,
    messageId: `ID:${text}`,
    correlationId: undefined,
    destination: undefined,
    replyTo: undefined,
    type: undefined,
    timestamp: undefined,
    expiration: undefined,
    deliveryTime: undefined,
    deliveryMode: 'persistent',
    priority: 4,
    userId: undefined,
    groupId: undefined,
    groupSequence: undefined,
    properties: {},
    propertyTypes: undefined,
  }
  return { message, redelivered, deliveryCount: redelivered ? 2 : 1 }
}
