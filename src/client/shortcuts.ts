import type { Destination } from '../message/destination.ts'
import { part } from '../part.ts'
import type {
  Consumer,
  ConsumerOptions,
  Listener,
  ListenOptions,
  Producer,
  ReceivedMessage,
  RequestOptions,
  Sendable,
  SendOptions,
} from './api.ts'
import type { Requestor } from './request-reply.ts'
import type { ClientSession } from './session.ts'

const requestReply = part('request and reply', () => import('./request-reply.ts'))

/** A connection's own `send`, `consume`, `request` and `reply`, on sessions that are opened for them. */
export class Shortcuts {
  readonly #openSession: () => Promise<ClientSession>
  #sender: Promise<Producer> | undefined
  #requestor: Promise<Requestor> | undefined

  constructor(openSession: () => Promise<ClientSession>) {
    this.#openSession = openSession
  }

  async send<T>(destination: Destination<T>, body: Sendable<T>, options?: SendOptions): Promise<void> {
    this.#sender ??= this.#openSession().then((session) => session.createProducer())
    const sender = await this.#sender.catch((error) => {
      this.#sender = undefined
      throw error
    })
    return sender.send(destination, body, options)
  }

  consume<T>(
    destination: Destination<T>,
    listener: Listener<T>,
    options: ConsumerOptions<T> & ListenOptions,
  ): Promise<Consumer<T>> {
    return this.#listen(destination, async () => listener, options)
  }

  async request<T>(destination: Destination<T>, body: Sendable<T>, options: RequestOptions): Promise<ReceivedMessage> {
    this.#requestor ??= requestReply(async ({ Requestor }) => Requestor.open(await this.#openSession()))
    const requestor = await this.#requestor.catch((error) => {
      this.#requestor = undefined
      throw error
    })
    return requestor.request(destination, body, options)
  }

  reply<T>(
    destination: Destination<T>,
    handler: Listener<T>,
    options: ConsumerOptions<T> & ListenOptions,
  ): Promise<Consumer<T>> {
    const makeListener = async (session: ClientSession): Promise<Listener<T>> => {
      const producer = await session.createProducer()
      return requestReply(({ replyWith }) => replyWith(producer, handler))
    }
    return this.#listen(destination, makeListener, options)
  }

  /** Consumes on a session that closes with the consumer. */
  async #listen<T>(
    destination: Destination<T>,
    makeListener: (session: ClientSession) => Promise<Listener<T>>,
    options: ConsumerOptions<T> & ListenOptions,
  ): Promise<Consumer<T>> {
    const session = await this.#openSession()
    try {
      const listener = await makeListener(session)
      const consumer = await session.createConsumer(destination, options)
      session.closeWith(consumer)
      consumer.listen(listener, options)
      return consumer
    } catch (error) {
      await session.close()
      throw error
    }
  }
}
