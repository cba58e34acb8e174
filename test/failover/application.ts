/** An application that has a bit of everything open while its broker is lost. */

import {
  type Connection,
  type ConnectOptions,
  type Consumer,
  connect,
  type Message,
  type Producer,
  type Queue,
  type QueueBrowser,
  queue,
  type ReceivedMessage,
  type Session,
  type TemporaryQueue,
  type TemporaryTopic,
  topic,
} from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { gate, numbered, soon } from '../conformance/waiting.ts'

/** More than a browser holds ahead, so that the rest has not come when the broker is lost. */
export const BROWSED = 300

/** Modes in which the application itself acknowledges. */
export const HELD_MODES = ['individual', 'client'] as const
export type HeldMode = (typeof HELD_MODES)[number]

/** A message that the application has, and has not acknowledged. */
export interface HeldMessage {
  readonly queue: Queue<string>
  readonly consumer: Consumer<string>
  readonly message: ReceivedMessage<string>
}

/** ms for which an answer is waited for: no test is without a broker for so long. */
const PATIENT = 180_000

export class Application {
  readonly connection: Connection
  readonly prices = topic<string>(uniqueName('failover.prices'))
  readonly news = topic<string>(uniqueName('failover.news'))
  readonly slow = queue<string>(uniqueName('failover.slow'))
  readonly work = queue<string>(uniqueName('failover.work'))
  readonly stock = queue<string>(uniqueName('failover.stock'))
  readonly empty = queue<string>(uniqueName('failover.empty'))
  readonly browsed = queue<string>(uniqueName('failover.browsed'))
  /** What `interrupted`, `reconnecting` and `resumed` have told. */
  readonly events: string[] = []
  readonly errors: Error[] = []
  /** What is sent while there is no broker. */
  readonly later = queue<string>(uniqueName('failover.later'))
  readonly sentMeanwhile: Promise<void>[] = []
  subscription!: Consumer<string>
  /** To the same topic, with a name: not durable, and durable. Empty where the broker has no shared subscriptions. */
  readonly shared: Consumer<string>[] = []
  /** Without a name. */
  plain!: Consumer<string>
  waiting!: Promise<string | undefined>
  temporary!: TemporaryQueue
  answers!: Consumer
  temporaryTopic!: TemporaryTopic
  broadcasts!: Consumer
  /** The answer to a request that is asked before the broker is lost, and answered afterwards. */
  question!: Promise<ReceivedMessage>
  /** How often it has been asked. */
  asked = 0
  readonly held = new Map<HeldMode, HeldMessage>()
  /** Undefined where the broker has no transactions. */
  transaction: { readonly session: Session; readonly producer: Producer<string> } | undefined
  /** Undefined where the broker has no browsers. */
  browsing: { readonly browser: QueueBrowser<string>; readonly iterator: AsyncIterator<Message<string>> } | undefined

  static async open(uri: string, options: ConnectOptions = {}): Promise<Application> {
    const application = new Application(await connect(uri, { ...options, clientId: uniqueName('failover.client') }))
    await application.#open()
    return application
  }

  private constructor(connection: Connection) {
    this.connection = connection
    connection.on('interrupted', () => {
      this.events.push('interrupted')
      for (const text of numbered(3)) this.sentMeanwhile.push(connection.send(this.later, text))
    })
    connection.on('resumed', () => this.events.push('resumed'))
    connection.on('error', (error) => this.errors.push(error))
  }

  async #open(): Promise<void> {
    const { connection } = this
    const session = await connection.createSession()
    this.subscription = await session.createDurableConsumer(this.prices, 'prices')
    this.plain = await session.createConsumer(this.news)
    if (connection.capabilities.sharedSubscriptions !== 'unsupported') await this.#share(session)
    this.waiting = (await session.createConsumer(this.empty)).receive().then((message) => message?.body)
    this.temporary = await session.createTemporaryQueue()
    this.answers = await session.createConsumer(this.temporary)
    this.temporaryTopic = await session.createTemporaryTopic()
    this.broadcasts = await session.createConsumer(this.temporaryTopic)
    await connection.reply(this.stock, ({ body }) => `${body}: 12`)
    await this.#ask()
    for (const mode of HELD_MODES) this.held.set(mode, await this.#hold(mode))
    if (connection.capabilities.transactions !== 'unsupported') await this.#beginTransaction()
    if (connection.capabilities.queueBrowser !== 'unsupported') await this.#browse(session)
  }

  async #share(session: Session): Promise<void> {
    this.shared.push(
      await session.createSharedConsumer(this.news, uniqueName('failover.shared')),
      await session.createSharedDurableConsumer(this.news, uniqueName('failover.shared-durable')),
    )
  }

  /** Whoever is asked first does not answer before the question comes again. */
  async #ask(): Promise<void> {
    const first = gate()
    const again = gate()
    const answer = async ({ body }: ReceivedMessage<string>): Promise<string> => {
      this.asked += 1
      if (this.asked > 1) again.open()
      first.open()
      await again.opened
      return `${body}: 7`
    }
    await this.connection.reply(this.slow, answer, { concurrency: 4 })
    this.question = this.connection.request(this.slow, 'C-300', { timeout: PATIENT })
    this.question.catch(() => {})
    await soon(first.opened, 'the question')
  }

  async #hold(acknowledgeMode: HeldMode): Promise<HeldMessage> {
    const held = queue<string>(uniqueName(`failover.held-${acknowledgeMode}`))
    const session = await this.connection.createSession({ acknowledgeMode })
    const consumer = await session.createConsumer(held)
    await this.connection.send(held, 'held')
    const message = await consumer.receive({ timeout: 10_000 })
    if (message === null) throw new Error(`no message came from ${held.name}`)
    return { queue: held, consumer, message }
  }

  /** With a message that is sent and not committed. */
  async #beginTransaction(): Promise<void> {
    const session = await this.connection.createSession({ transacted: true })
    const producer = await session.createProducer(this.work)
    await producer.send('lost')
    this.transaction = { session, producer }
  }

  /** One message is seen, the others are still to come. */
  async #browse(session: Session): Promise<void> {
    await Promise.all(numbered(BROWSED).map((text) => this.connection.send(this.browsed, text)))
    const browser = await session.createBrowser(this.browsed)
    const iterator = browser[Symbol.asyncIterator]()
    await iterator.next()
    this.browsing = { browser, iterator }
  }

  async close(): Promise<void> {
    await soon(this.connection.close(), 'the close of the connection')
  }
}

/** Resolves when a connection has lost its broker. */
export function interrupted(connection: Connection): Promise<Error> {
  return soon(new Promise((resolve) => connection.once('interrupted', resolve)), 'the loss of the broker', 30_000)
}

/** Resolves when a connection has a broker again, with the name of its endpoint. */
export function resumed(connection: Connection): Promise<string> {
  const event = new Promise<string>((resolve) => connection.once('resumed', ({ endpoint }) => resolve(endpoint)))
  return soon(event, 'a broker again', 120_000)
}
