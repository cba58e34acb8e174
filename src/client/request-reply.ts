import { AbortedError, IllegalStateError, InvalidDestinationError, TimeoutError } from '../errors.ts'
import { type Destination, describeDestination, isTemporary } from '../message/destination.ts'
import { toMessage, withFields } from '../message/message.ts'
import type { Consumer, Listener, Producer, ReceivedMessage, RequestOptions } from './api.ts'
import { checkDuration } from './option-names.ts'
import type { ClientSession } from './session.ts'
import { Waiter } from './waiter.ts'

interface PendingRequest {
  readonly waiter: Waiter<ReceivedMessage>
  /** Whether the broker has confirmed the request. */
  isConfirmed: boolean
  readonly send: () => void
}

/** Requests of one connection, on a session that is opened for them, and anew when the broker has closed it. */
export class Requests {
  readonly #openSession: () => Promise<ClientSession>
  #opening: Promise<Requestor> | undefined
  #open: Requestor | undefined

  constructor(openSession: () => Promise<ClientSession>) {
    this.#openSession = openSession
  }

  request(destination: Destination, body: unknown, options: RequestOptions): Promise<ReceivedMessage> {
    if (this.#open?.isOpen) return this.#open.request(destination, body, options)
    const kept = body instanceof Uint8Array ? body.slice() : body
    return this.#requestor().then((requestor) => requestor.request(destination, kept, options))
  }

  async #requestor(): Promise<Requestor> {
    if (this.#open !== undefined) this.#opening = undefined
    this.#open = undefined
    this.#opening ??= this.#make()
    try {
      this.#open = await this.#opening
      return this.#open
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  async #make(): Promise<Requestor> {
    const session = await this.#openSession()
    try {
      return await Requestor.open(session)
    } catch (error) {
      await session.close()
      throw error
    }
  }
}

/** Sends requests and matches answers, on one temporary queue. */
class Requestor {
  readonly #session: ClientSession
  readonly #producer: Producer
  readonly #answers: Destination
  readonly #pending = new Map<string, PendingRequest>()

  private constructor(session: ClientSession, producer: Producer, answers: Destination) {
    this.#session = session
    this.#producer = producer
    this.#answers = answers
  }

  static async open(session: ClientSession): Promise<Requestor> {
    session.require('replyTo')
    session.require('temporaryQueues')
    const answers = await session.connection.temporaries.create('temporary-queue', 'answers')
    const requestor = new Requestor(session, await session.createProducer(), answers)
    const consumer: Consumer = await session.createConsumer(answers)
    session.closeWith(consumer)
    // An answer without a pending request came too late; it is dropped.
    consumer.listen((answer) => requestor.#pending.get(answer.correlationId ?? '')?.waiter.resolve(answer))
    session.onFailure((error) => requestor.#fail(error))
    session.onResumed(() => requestor.#askAgain())
    return requestor
  }

  /** False once the broker has closed what the answers come by. */
  get isOpen(): boolean {
    return this.#session.isOpen
  }

  async request(destination: Destination, body: unknown, options: RequestOptions): Promise<ReceivedMessage> {
    const { timeout = this.#session.connection.options.requestTimeout, signal, ...sendOptions } = options
    checkDuration('request', 'timeout', timeout, 1)
    if (signal?.aborted) throw abortedError(destination, signal)
    const request = toMessage(body)
    const correlationId = request.correlationId ?? `ID:${this.#session.connection.nextId()}`
    if (this.#pending.has(correlationId)) {
      throw new IllegalStateError(
        `a request with the correlation id ${correlationId} is pending already; give each its own`,
      )
    }
    const waiter = new Waiter<ReceivedMessage>({
      timeout,
      signal,
      timedOut: () => waiter.reject(lateError(destination, timeout)),
      aborted: (by) => waiter.reject(abortedError(destination, by)),
    })
    const asked = withFields(request, { correlationId, replyTo: this.#answers })
    const pending: PendingRequest = {
      waiter,
      isConfirmed: false,
      send: () => {
        pending.isConfirmed = false
        this.#producer.send(destination, asked, sendOptions).then(
          () => {
            pending.isConfirmed = true
          },
          (error) => waiter.reject(error),
        )
      },
    }
    this.#pending.set(correlationId, pending)
    pending.send()
    try {
      return await waiter.promise
    } finally {
      this.#pending.delete(correlationId)
    }
  }

  /** The answers on their way have gone with the broker. What it has not confirmed goes out again by itself. */
  #askAgain(): void {
    for (const pending of this.#pending.values()) if (pending.isConfirmed) pending.send()
  }

  #fail(error: Error): void {
    for (const { waiter } of [...this.#pending.values()]) waiter.reject(error)
  }
}

/**
 * A listener that sends the handler's value to where the request asks for it. Where whoever asked is gone, the answer is
 * dropped: to handle the request again would change nothing.
 *
 * @param dropped - is told of that
 */
export function replyWith<T>(producer: Producer, handler: Listener<T>, dropped: (error: Error) => void): Listener<T> {
  return async (request) => {
    const answer = await handler(request)
    if (request.replyTo === undefined) return
    const correlationId = request.correlationId ?? request.messageId
    const message = withFields(toMessage(answer), correlationId === undefined ? {} : { correlationId })
    try {
      await producer.send(request.replyTo, message)
    } catch (cause) {
      if (!(cause instanceof InvalidDestinationError && isTemporary(request.replyTo))) throw cause
      dropped(
        new InvalidDestinationError(`an answer was dropped, as whoever asked is gone: ${cause.message}`, { cause }),
      )
    }
  }
}

function abortedError(destination: Destination, signal: AbortSignal): AbortedError {
  return new AbortedError(`the request to ${describeDestination(destination)} was aborted`, { cause: signal.reason })
}

function lateError(destination: Destination, timeout: number): TimeoutError {
  return new TimeoutError(
    `no answer came from ${describeDestination(destination)} within ${timeout} ms; the request may have been handled all the same. See that a replier runs, or raise timeout`,
    { inDoubt: true },
  )
}
