import type { MessageData } from '../message/message-data.ts'
import { DONE, type Provider } from '../provider/provider.ts'
import type { ProducerInfo, SessionInfo } from '../provider/resources.ts'

/** Bytes of a body up to which the memory of its copy is kept for the next one. */
const LARGEST_KEPT = 2_048

/** A send that no broker has confirmed; a link of a list in the order of the calls. Used again once it is confirmed. */
export class UnconfirmedSend {
  // Made once, and not for each send.
  readonly whenConfirmed: () => void
  readonly whenRefused: (error: Error) => Promise<void> | undefined
  producer: ProducerInfo | undefined
  transaction: SessionInfo | undefined
  previous: UnconfirmedSend | undefined
  next: UnconfirmedSend | undefined
  isListed = false
  /** By the order of the calls. */
  number = 0
  /** What the caller got. */
  promise: Promise<void> = DONE
  /** The broker that has it and may still answer. */
  sentTo: Provider | undefined
  /** A broker had it, and was lost before it answered. */
  isInDoubt = false
  /** That broker. */
  #lost: Provider | undefined
  /** Set when nobody waits for it any more: it is not sent again. */
  givenUp: Error | undefined
  /** What the promise rejects with, when that was decided before the first broker answered. */
  verdict: Error | undefined
  #message: MessageData | undefined
  /** Begins with the bytes as they were at the call; used again with the send. */
  #memory = new Uint8Array()
  #size = 0
  #waiting: Deferred | undefined

  constructor(
    whenConfirmed: (send: UnconfirmedSend) => void,
    whenRefused: (send: UnconfirmedSend, error: Error) => Promise<void> | undefined,
  ) {
    this.whenConfirmed = () => whenConfirmed(this)
    this.whenRefused = (error) => whenRefused(this, error)
  }

  begin(number: number, producer: ProducerInfo, message: MessageData, transaction: SessionInfo | undefined): void {
    this.number = number
    this.producer = producer
    this.transaction = transaction
    this.isListed = true
    this.verdict = undefined
    this.#message = message
    if (message.kind !== 'bytes') return
    const bytes = message.body as Uint8Array
    this.#size = bytes.length
    if (this.#memory.length < this.#size) this.#memory = new Uint8Array(bytes)
    else this.#memory.set(bytes)
  }

  /**
   * Lets go of all that belongs to one send. False when it is not to be used again: its memory is large, or a later broker had a part in
   * it, which may still refer to it.
   */
  forget(): boolean {
    if (this.#waiting !== undefined || this.isInDoubt || this.givenUp !== undefined) return false
    if (this.#memory.length > LARGEST_KEPT) return false
    this.producer = undefined
    this.transaction = undefined
    this.promise = DONE
    this.sentTo = undefined
    this.#message = undefined
    return true
  }

  /** Whether the broker that has confirmed it may not have it. */
  get isConfirmedEarly(): boolean {
    if (this.transaction !== undefined) return false
    const provider = this.sentTo ?? this.#lost
    return provider?.confirmsEarly?.(this.#message as MessageData) ?? false
  }

  /** The broker that had it is lost. */
  leaveInDoubt(): void {
    this.#lost = this.sentTo
    this.sentTo = undefined
    this.isInDoubt = true
  }

  /** Sends the message as it was at the call. */
  sendTo(provider: Provider): Promise<void> {
    this.sentTo = provider
    const message = this.#message as MessageData
    const unchanged = message.kind === 'bytes' ? { ...message, body: this.#memory.subarray(0, this.#size) } : message
    return provider.send(this.producer as ProducerInfo, unchanged, this.transaction)
  }

  /** Settled by a later broker. Most sends have no need of this. */
  get waiting(): Deferred {
    this.#waiting ??= defer()
    return this.#waiting
  }

  settle(error: Error | undefined): void {
    if (this.#waiting === undefined) this.verdict = error
    else if (error === undefined) this.#waiting.resolve()
    else this.#waiting.reject(error)
  }
}

interface Deferred {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

function defer(): Deferred {
  let resolve = (): void => {}
  let reject = (_error: Error): void => {}
  const promise = new Promise<void>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise
    reject = rejectPromise
  })
  return { promise, resolve, reject }
}
