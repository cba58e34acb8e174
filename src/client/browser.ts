import { Fifo } from '../collections/fifo.ts'
import { IllegalStateError } from '../errors.ts'
import { describeDestination, type Queue } from '../message/destination.ts'
import type { Message } from '../message/message.ts'
import { type Delivery, DONE } from '../provider/provider.ts'
import type { ConsumerInfo } from '../provider/resources.ts'
import type { QueueBrowser } from './api.ts'
import { readBody } from './received-body.ts'
import { ClientReceivedMessage, type Settler } from './received-message.ts'
import type { ClientSession } from './session.ts'

/** A browsed message belongs to the queue: there is nothing to settle. */
const BROWSED: Settler = {
  acknowledge: () => DONE,
  release: () => Promise.reject(browsedError()),
  deadLetter: () => Promise.reject(browsedError()),
}

/** A queue browser of the client (JMS 3.1 §4.1.6). */
export class ClientQueueBrowser<T> implements QueueBrowser<T> {
  readonly queue: Queue<T>
  readonly #session: ClientSession
  readonly #selector: string | undefined
  readonly #looks = new Set<Look>()
  #failure: Error | undefined
  #closed = false

  constructor(session: ClientSession, queue: Queue<T>, selector: string | undefined) {
    this.#session = session
    this.queue = queue
    this.#selector = selector
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message<T>, void, undefined> {
    if (this.#closed) throw new IllegalStateError(`the browser of ${describeDestination(this.queue)} is closed`)
    this.#session.requireOpen()
    const look = new Look(this.#session, this.queue, this.#selector)
    this.#looks.add(look)
    try {
      for await (const delivery of look.deliveries()) {
        if (this.#failure !== undefined) throw this.#failure
        if (this.#closed) return
        yield new ClientReceivedMessage<T>(delivery, readBody(delivery.message), BROWSED)
      }
    } finally {
      this.#looks.delete(look)
      await look.end()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#looks].map((look) => look.end()))
    this.#session.browserClosed(this)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The broker is lost: what it was looking at is gone. A new iteration looks at the next one. */
  interrupted(error: Error): void {
    for (const look of this.#looks) look.failed(error)
  }

  failed(error: Error): void {
    this.#failure = error
    this.#closed = true
  }
}

/** One pass through the queue: credit in portions, each drained, until a portion comes back short. */
class Look {
  readonly #session: ClientSession
  readonly #info: ConsumerInfo
  readonly #buffer = new Fifo<Delivery>()
  #created = false
  #ended: Promise<void> | undefined
  #failure: Error | undefined

  constructor(session: ClientSession, queue: Queue, selector: string | undefined) {
    this.#session = session
    this.#info = {
      resource: 'consumer',
      id: session.connection.nextId(),
      session: session.info,
      destination: queue,
      selector,
      noLocal: false,
      subscription: undefined,
      browser: true,
      prefetch: Math.max(1, session.connection.options.prefetch),
    }
  }

  async *deliveries(): AsyncGenerator<Delivery, void, undefined> {
    const { provider } = this.#session
    const describe = (): string => `browsing ${describeDestination(this.#info.destination)}`
    this.#session.connection.register(this.#info.id, this)
    this.#created = true
    await this.#session.bounded(provider.create(this.#info), describe)
    for (;;) {
      provider.grant(this.#info, this.#info.prefetch)
      await this.#session.bounded(provider.drain(this.#info), describe)
      const portion = this.#buffer.takeAll()
      yield* portion
      if (this.#failure !== undefined) throw this.#failure
      if (portion.length < this.#info.prefetch) return
    }
  }

  arrived(delivery: Delivery): void {
    this.#buffer.push(delivery)
  }

  failed(error: Error): void {
    this.#failure = error
  }

  end(): Promise<void> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  async #end(): Promise<void> {
    if (!this.#created) return
    this.#session.connection.unregister(this.#info.id)
    if (this.#failure !== undefined) return
    await this.#session.bounded(
      this.#session.provider.destroy(this.#info),
      () => `closing the browser of ${describeDestination(this.#info.destination)}`,
    )
  }
}

function browsedError(): IllegalStateError {
  return new IllegalStateError('a browsed message stays on the queue and cannot be settled; consume it instead')
}
