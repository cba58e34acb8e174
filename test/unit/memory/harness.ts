import type { Destination } from '../../../src/message/destination.ts'
import { makeDestination } from '../../../src/message/destination.ts'
import type { MessageData } from '../../../src/message/message-data.ts'
import type { Delivery, Outcome, OutcomeDetail, Provider } from '../../../src/provider/provider.ts'
import type {
  ConnectionInfo,
  ConsumerInfo,
  ProducerInfo,
  SessionInfo,
  TemporaryDestinationInfo,
} from '../../../src/provider/resources.ts'
import { createProvider, embeddedBroker } from '../../../src/providers/memory/index.ts'

/** The broker that these tests use; each test closes it. */
export const BROKER = 'unit'

let created = 0
const nextId = (prefix: string): string => {
  created += 1
  return `${prefix}${created}`
}

export const q = (name: string): Destination => makeDestination('queue', name)
export const t = (name: string): Destination => makeDestination('topic', name)

/** A text message; `fields` replace what it has by default. */
export function text(body: string, fields: Partial<MessageData> = {}): MessageData {
  return {
    kind: 'text',
    body,
    messageId: undefined,
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
    ...fields,
  }
}

export interface ConnectionSettings {
  readonly clientId?: string
  readonly options?: string
  readonly broker?: string
}

export function connectionInfo(settings: ConnectionSettings = {}): ConnectionInfo {
  return {
    id: nextId('connection'),
    uri: new URL(`memory:${settings.broker ?? BROKER}${settings.options ?? ''}`),
    credentials: {},
    clientId: settings.clientId,
    attempt: 0,
    tls: {},
    heartbeat: 0,
    requestTimeout: 1_000,
    closeTimeout: 1_000,
    logger: {},
  }
}

export type ConsumerSettings = Partial<Omit<ConsumerInfo, 'resource' | 'id' | 'destination'>> & {
  readonly credit?: number
}

/** One consumer and what it was handed. */
export class TestConsumer {
  readonly info: ConsumerInfo
  readonly deliveries: Delivery[] = []
  /** Called inside the listener, for tests of re-entrancy. */
  onMessage: (delivery: Delivery) => void = () => {}
  private readonly provider: Provider

  constructor(provider: Provider, info: ConsumerInfo) {
    this.provider = provider
    this.info = info
  }

  get bodies(): unknown[] {
    return this.deliveries.map(({ message }) => message.body)
  }

  get last(): Delivery {
    return this.at(this.deliveries.length - 1)
  }

  at(index: number): Delivery {
    const delivery = this.deliveries.at(index)
    if (delivery === undefined) throw new Error(`there is no delivery ${index}`)
    return delivery
  }

  grant(credit: number): void {
    this.provider.grant(this.info, credit)
  }

  drain(): Promise<void> {
    return this.provider.drain(this.info)
  }

  settle(
    outcome: Outcome = 'accepted',
    which: readonly Delivery[] = this.deliveries,
    detail?: OutcomeDetail,
  ): Promise<void> {
    return this.provider.settle(this.info, which, outcome, undefined, detail)
  }

  settleIn(session: SessionInfo, which: readonly Delivery[] = this.deliveries): Promise<void> {
    return this.provider.settle(this.info, which, 'accepted', session)
  }

  close(): Promise<void> {
    return this.provider.destroy(this.info)
  }
}

/** An open connection with one session, and what its listener was told. */
export class TestConnection {
  readonly provider: Provider = createProvider()
  readonly session: SessionInfo = session('client')
  readonly lost: Error[] = []
  private readonly consumers = new Map<string, TestConsumer>()
  private readonly producers = new Map<string, ProducerInfo>()

  static async open(settings: ConnectionSettings = {}): Promise<TestConnection> {
    const connection = new TestConnection()
    const listener = {
      message: (id: string, delivery: Delivery): void => {
        const consumer = connection.consumers.get(id)
        consumer?.deliveries.push(delivery)
        consumer?.onMessage(delivery)
      },
      resourceClosed: (): void => {},
      connectionLost: (error: Error): void => {
        connection.lost.push(error)
      },
    }
    await connection.provider.open(connectionInfo(settings), listener, new AbortController().signal)
    await connection.provider.create(connection.session)
    return connection
  }

  async transacted(): Promise<SessionInfo> {
    const info = session('transacted')
    await this.provider.create(info)
    await this.provider.begin(info)
    return info
  }

  /** With credit for 1,000 messages unless told otherwise. */
  async consume(destination: Destination, settings: ConsumerSettings = {}): Promise<TestConsumer> {
    const { credit = 1_000, ...fields } = settings
    const info: ConsumerInfo = {
      resource: 'consumer',
      id: nextId('consumer'),
      session: this.session,
      destination,
      selector: undefined,
      noLocal: false,
      subscription: undefined,
      browser: false,
      prefetch: 1_000,
      ...fields,
    }
    const consumer = new TestConsumer(this.provider, info)
    this.consumers.set(info.id, consumer)
    await this.provider.create(info)
    consumer.grant(credit)
    return consumer
  }

  browse(destination: Destination, settings: ConsumerSettings = {}): Promise<TestConsumer> {
    return this.consume(destination, { ...settings, browser: true })
  }

  async producer(destination: Destination | undefined, owner: SessionInfo = this.session): Promise<ProducerInfo> {
    const info: ProducerInfo = { resource: 'producer', id: nextId('producer'), session: owner, destination }
    await this.provider.create(info)
    return info
  }

  /** Sends by a producer of its own for each destination; a string is a text message. */
  async send(destination: Destination, message: MessageData | string, transaction?: SessionInfo): Promise<void> {
    const key = `${destination.kind} ${destination.name}`
    const known = this.producers.get(key) ?? (await this.producer(destination))
    this.producers.set(key, known)
    return this.provider.send(known, typeof message === 'string' ? text(message) : message, transaction)
  }

  async sendAll(destination: Destination, ...messages: readonly (MessageData | string)[]): Promise<void> {
    for (const message of messages) await this.send(destination, message)
  }

  async temporary(
    kind: TemporaryDestinationInfo['kind'],
    name?: string,
  ): Promise<{ readonly info: TemporaryDestinationInfo; readonly destination: Destination }> {
    const info: TemporaryDestinationInfo = { resource: 'temporary-destination', id: nextId('temporary'), kind, name }
    const created = await this.provider.create(info)
    return { info, destination: makeDestination(kind, created.name ?? '') }
  }

  close(): Promise<void> {
    return this.provider.close()
  }
}

export function session(acknowledgeMode: SessionInfo['acknowledgeMode']): SessionInfo {
  return { resource: 'session', id: nextId('session'), acknowledgeMode }
}

/** Whether a promise is still pending, after everything that could settle it has run. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const note = (): void => {
    settled = true
  }
  promise.then(note, note)
  await microtasks()
  return !settled
}

export async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

export const broker = embeddedBroker(BROKER)
