import { InvalidOptionError } from '../errors.ts'
import type { Delivery } from '../provider/provider.ts'
import type { Listener, ListenOptions, ReceivedMessage } from './api.ts'
import { BusyCount } from './busy-count.ts'
import type { Dispatchable } from './dispatcher.ts'
import { checkOptionNames } from './option-names.ts'

const KNOWN: ReadonlySet<string> = new Set(['concurrency'])

/** What the calls of a listener ask of their consumer. */
export interface ListeningConsumer<T> {
  /** Whether a message may be handed over now, and there is one. */
  readonly hasNext: boolean
  take(): Delivery | undefined
  toMessage(delivery: Delivery): ReceivedMessage<T>
  /** The listener is through with a message. */
  handled(delivery: Delivery): void
  /** The listener threw. */
  handlingFailed(delivery: Delivery, error: unknown): void
  /** A call is over, and another can be made. */
  demandNext(): void
}

/** The listener of one consumer, and its calls. The session's dispatcher says when to make one. */
export class ListenerCalls<T> implements Dispatchable {
  readonly #consumer: ListeningConsumer<T>
  readonly #running = new BusyCount()
  #listener: Listener<T> | undefined
  #concurrency = 1
  #onStack = false
  scheduled = false

  constructor(consumer: ListeningConsumer<T>) {
    this.#consumer = consumer
  }

  get hasListener(): boolean {
    return this.#listener !== undefined
  }

  /** Whether the listener is on the call stack right now: a close() from there cannot wait for it. */
  get onStack(): boolean {
    return this.#onStack
  }

  get serial(): boolean {
    return this.#concurrency === 1
  }

  /** @throws InvalidOptionError for a listener that is no function, or a concurrency that is no positive integer */
  setListener(listener: Listener<T>, options: ListenOptions): void {
    checkOptionNames('listen', options, KNOWN)
    const { concurrency = 1 } = options
    if (typeof listener !== 'function')
      throw new InvalidOptionError('listener', 'listen: the listener must be a function')
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new InvalidOptionError(
        'concurrency',
        `listen: concurrency is an integer of at least 1, not ${String(concurrency)}`,
      )
    }
    this.#listener = listener
    this.#concurrency = concurrency
  }

  get isIdle(): boolean {
    return this.#running.count === 0
  }

  /** Resolves once no call runs. */
  idle(): Promise<void> {
    return this.#running.idle()
  }

  ready(): boolean {
    return this.#listener !== undefined && this.#running.count < this.#concurrency && this.#consumer.hasNext
  }

  dispatch(): Promise<void> | undefined {
    const delivery = this.#consumer.take()
    const listener = this.#listener
    if (delivery === undefined || listener === undefined) return undefined
    const message = this.#consumer.toMessage(delivery)
    this.#running.started()
    this.#onStack = true
    let result: unknown
    try {
      result = listener(message)
    } catch (error) {
      this.#onStack = false
      this.#failed(delivery, error)
      return undefined
    }
    this.#onStack = false
    if (isThenable(result)) {
      return Promise.resolve(result).then(
        () => this.#succeeded(delivery),
        (error) => this.#failed(delivery, error),
      )
    }
    this.#succeeded(delivery)
    return undefined
  }

  #succeeded(delivery: Delivery): void {
    this.#consumer.handled(delivery)
    this.#ended()
  }

  #failed(delivery: Delivery, error: unknown): void {
    this.#consumer.handlingFailed(delivery, error)
    this.#ended()
  }

  #ended(): void {
    this.#running.ended()
    this.#consumer.demandNext()
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
