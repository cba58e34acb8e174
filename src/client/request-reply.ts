import { AbortedError, IllegalStateError, InvalidOptionError, TimeoutError } from '../errors.ts'
import { type Destination, describeDestination } from '../message/destination.ts'
import {
  bytesMessage,
  isMessage,
  type Message,
  message,
  objectMessage,
  textMessage,
  withFields,
} from '../message/message.ts'
import type { Consumer, Listener, Producer, ReceivedMessage, RequestOptions } from './api.ts'
import type { ClientSession } from './session.ts'
import { onAbort } from './signals.ts'

interface PendingRequest {
  resolve(answer: ReceivedMessage): void
  reject(error: Error): void
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
    consumer.listen((answer) => requestor.#pending.get(answer.correlationId ?? '')?.resolve(answer))
    session.onFailure((error) => requestor.#fail(error))
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
    return new Promise<ReceivedMessage>((resolve, reject) => {
      const timer = setTimeout(() => pending.reject(this.#lateError(destination, timeout)), timeout)
      const stopListening = signal && onAbort(signal, () => pending.reject(abortedError(destination, signal)))
      const done = (): void => {
        clearTimeout(timer)
        stopListening?.()
        this.#pending.delete(correlationId)
      }
      const pending: PendingRequest = {
        resolve: (answer) => {
          done()
          resolve(answer)
        },
        reject: (error) => {
          done()
          reject(error)
        },
      }
      this.#pending.set(correlationId, pending)
      this.#producer
        .send(destination, withFields(request, { correlationId, replyTo: this.#answers }), sendOptions)
        .catch(pending.reject)
    })
  }

  #fail(error: Error): void {
    for (const pending of [...this.#pending.values()]) pending.reject(error)
  }

  #lateError(destination: Destination, timeout: number): TimeoutError {
    return new TimeoutError(
      `no answer came from ${describeDestination(destination)} within ${timeout} ms; the request may have been handled all the same. See that a replier runs, or raise timeout`,
      { inDoubt: true },
    )
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

function toMessage(sendable: unknown): Message {
  if (isMessage(sendable)) return sendable
  if (typeof sendable === 'string') return textMessage(sendable)
  if (sendable === undefined) return message()
  return sendable instanceof Uint8Array ? bytesMessage(sendable) : objectMessage(sendable)
}

function abortedError(destination: Destination, signal: AbortSignal): AbortedError {
  return new AbortedError(`the request to ${describeDestination(destination)} was aborted`, { cause: signal.reason })
}
