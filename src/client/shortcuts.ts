import type { Destination } from '../message/destination.ts'
import { part } from '../part.ts'
import type {
  Consumer,
  ConsumerOptions,
  Listener,
  ListenOptions,
  ReceivedMessage,
  RequestOptions,
  Sendable,
  SendOptions,
} from './api.ts'
import type { ClientProducer } from './producer.ts'
import type { Requests } from './request-reply.ts'
import type { ClientSession } from './session.ts'

const requestReply = part('request and reply', () => import('./request-reply.ts'))

/** A session, and when it is open. */
export interface BegunSession {
  readonly session: ClientSession
  readonly opened: Promise<void>
}

/** A connection's own `send`, `consume`, `request` and `reply`, on sessions that are opened for them. */
export class Shortcuts {
  readonly #beginSession: () => BegunSession
  #sender: ClientProducer<unknown> | undefined
  #requests: Requests | undefined

  constructor(beginSession: () => BegunSession) {
    this.#beginSession = beginSession
  }

  send<T>(destination: Destination<T>, body: Sendable<T>, options?: SendOptions): Promise<void> {
    try {
      // One that the broker has closed is of no use any more.
      if (this.#sender === undefined || this.#sender.state === 'closed') this.#sender = this.#beginSender()
      return this.#sender.send(destination, body, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  consume<T>(
    destination: Destination<T>,
    listener: Listener<T>,
    options: ConsumerOptions<T> & ListenOptions,
  ): Promise<Consumer<T>> {
    return this.#listen(destination, async () => listener, options)
  }

  request<T>(destination: Destination<T>, body: Sendable<T>, options: RequestOptions): Promise<ReceivedMessage> {
    if (this.#requests !== undefined) return this.#requests.request(destination, body, options)
    // Taken as it is at the call.
    const kept = body instanceof Uint8Array ? body.slice() : body
    const loaded = requestReply(({ Requests }) => {
      this.#requests ??= new Requests(() => this.#openSession())
      return this.#requests.request(destination, kept, options)
    })
    return Promise.resolve(loaded)
  }

  reply<T>(
    destination: Destination<T>,
    handler: Listener<T>,
    options: ConsumerOptions<T> & ListenOptions,
  ): Promise<Consumer<T>> {
    const makeListener = async (session: ClientSession): Promise<Listener<T>> => {
      const producer = await session.createProducer()
      return requestReply(({ replyWith }) => replyWith(producer, handler, (error) => session.report(error)))
    }
    return this.#listen(destination, makeListener, options)
  }

  #beginSender(): ClientProducer<unknown> {
    const { session, opened: sessionOpened } = this.#beginSession()
    const { producer, opened } = session.createProducerEarly<unknown>(sessionOpened)
    opened.catch((error: Error) => {
      producer.failed(error)
      session.close().catch(() => {})
    })
    return producer
  }

  async #openSession(): Promise<ClientSession> {
    const { session, opened } = this.#beginSession()
    await opened
    return session
  }

  /** Consumes on a session that closes with the consumer. */
  async #listen<T>(
    destination: Destination<T>,
    makeListener: (session: ClientSession) => Promise<Listener<T>>,
    options: ConsumerOptions<T> & ListenOptions,
  ): Promise<Consumer<T>> {
    const { concurrency, ...consumerOptions } = options
    const session = await this.#openSession()
    try {
      const listener = await makeListener(session)
      const consumer = await session.createConsumer(destination, consumerOptions)
      session.closeWith(consumer)
      consumer.listen(listener, concurrency === undefined ? {} : { concurrency })
      return consumer
    } catch (error) {
      await session.close()
      throw error
    }
  }
}
