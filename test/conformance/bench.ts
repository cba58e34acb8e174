import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type {
  Capabilities,
  Connection,
  ConnectOptions,
  Consumer,
  Destination,
  Feature,
  PeerInfo,
  ReceivedMessage,
  Session,
  SessionOptions,
} from '../../src/index.ts'
import type { Provider } from '../../src/provider/provider.ts'
import type { ConformanceTarget } from './target.ts'
import { unique } from './waiting.ts'

/** No waiting between redeliveries; two of them before a message is given up. */
const OPTIONS: ConnectOptions = { redelivery: { initialDelay: 0, jitter: 0, maximumRedeliveries: 2 } }

/** ms to wait for a message of a feature that is said to be missing. */
const HOPELESS = 2_000

/** A test of features. */
export interface Trial {
  readonly features: readonly Feature[]
  readonly run: () => Promise<void>
}

/** A session with the connection it is on. */
export interface Seat {
  readonly connection: Connection
  readonly session: Session
}

/** What the tests of one target share: what the target can do, and the connections that the current test has opened. */
export class Bench {
  readonly target: ConformanceTarget
  #capabilities: Capabilities | undefined
  #peer: PeerInfo | undefined
  #assumed: Feature | undefined
  /** Every feature test, to be tried also where the table says that its feature is missing. */
  readonly trials: Trial[] = []
  /** What came of asking for features that the table says are missing. */
  readonly refusals: Partial<Record<Feature, Promise<void>>> = {}
  readonly #opened: Connection[] = []

  constructor(target: ConformanceTarget) {
    this.target = target
    beforeAll(async () => {
      const connection = await target.connect()
      this.#capabilities = connection.capabilities
      this.#peer = connection.peer
      await connection.close()
    })
    afterEach(() => this.#closeAll())
    afterAll(() => this.#closeAll())
  }

  get capabilities(): Capabilities {
    if (this.#capabilities === undefined) throw new Error('the capabilities are known once the tests run')
    return this.#capabilities
  }

  get peer(): PeerInfo {
    if (this.#peer === undefined) throw new Error('the peer is known once the tests run')
    return this.#peer
  }

  /** Does something with connections that take a feature for supported, whatever the table of the target says. */
  async assuming(feature: Feature, action: () => Promise<void>): Promise<void> {
    this.#assumed = feature
    try {
      await action()
    } finally {
      this.#assumed = undefined
      await this.#closeAll()
    }
  }

  /** A connection that closes with the test. */
  async connect(options: ConnectOptions = {}): Promise<Connection> {
    return this.#keep(await this.target.connect({ ...OPTIONS, ...options }))
  }

  async connectLimited(options: ConnectOptions = {}): Promise<Connection> {
    return this.#keep(await this.target.connectLimited({ ...OPTIONS, ...options }))
  }

  /** A session on a connection of its own. */
  async sit(options?: SessionOptions, connectOptions?: ConnectOptions): Promise<Seat> {
    const connection = await this.connect(connectOptions)
    return { connection, session: await connection.createSession(options) }
  }

  /** The next message, which must come. */
  async next<T>(consumer: Consumer<T>): Promise<ReceivedMessage<T>> {
    const timeout = this.#assumed === undefined ? this.target.patience : Math.min(this.target.patience, HOPELESS)
    const message = await consumer.receive({ timeout })
    if (message === null) throw new Error(`nothing came from ${consumer.destination.name}`)
    return message
  }

  async take<T>(consumer: Consumer<T>, count: number): Promise<ReceivedMessage<T>[]> {
    const messages: ReceivedMessage<T>[] = []
    while (messages.length < count) messages.push(await this.next(consumer))
    return messages
  }

  async bodies<T>(consumer: Consumer<T>, count: number): Promise<T[]> {
    return (await this.take(consumer, count)).map(({ body }) => body)
  }

  /** What came must be this: in this order where the target keeps it. */
  expectInOrder(came: readonly unknown[], expected: readonly unknown[]): void {
    if (this.target.keepsOrder) expect(came).toEqual(expected)
    else expect(came.toSorted()).toEqual(expected.toSorted())
  }

  async expectNothing(...consumers: readonly Consumer[]): Promise<void> {
    const { silence } = this.target
    const found = await Promise.all(consumers.map((consumer) => consumer.receive({ timeout: silence })))
    expect(found.map((message) => message?.body ?? null)).toEqual(consumers.map(() => null))
  }

  /** The bodies that are left on a queue; takes them away. */
  async remaining(destination: Destination): Promise<unknown[]> {
    const { connection, session } = await this.sit()
    const consumer = await session.createConsumer(destination)
    const bodies: unknown[] = []
    for (;;) {
      // A busy broker takes longer than the silence; it answers receiveNoWait() when it has sent what there is.
      const message = (await consumer.receive({ timeout: this.target.silence })) ?? (await consumer.receiveNoWait())
      if (message === null) break
      bodies.push(message.body)
    }
    await connection.close()
    return bodies
  }

  /** The dead letter with this body, which must come; those of other tests stay where they are. */
  async deadLetter(body: string): Promise<ReceivedMessage> {
    const { connection, session } = await this.sit(
      { acknowledgeMode: this.capabilities.individualAcknowledge === 'unsupported' ? 'client' : 'individual' },
      { redelivery: { maximumRedeliveries: -1 } },
    )
    const consumer = await session.createConsumer(this.target.deadLetterQueue)
    for (;;) {
      const message = await this.next(consumer)
      if (message.body !== body) continue
      await message.acknowledge()
      await connection.close()
      return message
    }
  }

  /** Sends text messages and waits for them to be confirmed. */
  async fill(destination: Destination, bodies: readonly unknown[]): Promise<void> {
    await using connection = await this.target.connect(OPTIONS)
    await Promise.all(bodies.map((body) => connection.send(destination, body)))
  }

  /** What a message of a queue says of itself that another consumer has had and not acknowledged. */
  get again(): Pick<ReceivedMessage, 'redelivered' | 'deliveryCount'> {
    const redelivered = this.target.marksRedelivery !== 'nowhere'
    return { redelivered, deliveryCount: redelivered ? 2 : 1 }
  }

  /** A client id that no other connection has. */
  clientId(): string {
    return unique('client')
  }

  #keep(connection: Connection): Connection {
    this.#opened.push(connection)
    if (this.#assumed !== undefined) claim(connection, this.#assumed)
    return connection
  }

  async #closeAll(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((connection) => connection.close()))
  }
}

/** Makes the client believe that the broker has a feature. */
function claim(connection: Connection, feature: Feature): void {
  const { provider } = connection as Connection & { readonly provider: Provider }
  Object.defineProperty(provider, 'capabilities', { value: { ...connection.capabilities, [feature]: 'native' } })
}
