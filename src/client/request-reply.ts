import { AbortedError, IllegalStateError, InvalidOptionError, TimeoutError } from '../errors.ts'
import { type Destination, describeDestination } from '../message/destination.ts'
import { toMessage, withFields } from '../message/message.ts'
import type { Consumer, Listener, Producer, ReceivedMessage, RequestOptions } from './api.ts'
import type { ClientSession } from './session.ts'
import { Waiter } from './waiter.ts'

interface PendingRequest {
  readonly waiter: Waiter<ReceivedMessage>
  /** Whether the broker has confirmed the request. */
  isConfirmed: boolean
  readonly send: () => void
}

/** Sends requests and matches answers, on one temporary queue per connection. */
export class Requestor {
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
    const answers = await session.createTemporaryQueue()
    const requestor = new Requestor(session, await session.createProducer(), answers)
    const consumer: Consumer = await session.createConsumer(answers)
    // An answer without a pending request came too late; it is dropped.
    consumer.listen((answer) => requestor.#pending.get(answer.correlationId ?? '')?.waiter.resolve(answer))
    session.onFailure((error) => requestor.#fail(error))
    session.onResumed(() => requestor.#askAgain())
    return requestor
  }

  async request(destination: Destination, body: unknown, options: RequestOptions): Promise<ReceivedMessage> {
    const { timeout = this.#session.connection.options.requestTimeout, signal, ...sendOptions } = options
    if (!(Number.isInteger(timeout) && timeout > 0)) {
      throw new InvalidOptionError('timeout', `request: timeout is a positive number of ms, not ${String(timeout)}`)
    }
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

/** A listener that sends the handler's value to where the request asks for it. */
export function replyWith<T>(producer: Producer, handler: Listener<T>): Listener<T> {
  return async (request) => {
    const answer = await handler(request)
    if (request.replyTo === undefined) return
    const correlationId = request.correlationId ?? request.messageId
    await producer.send(
      request.replyTo,
      withFields(toMessage(answer), correlationId === undefined ? {} : { correlationId }),
    )
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
