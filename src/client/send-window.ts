import { Fifo } from '../collections/fifo.ts'
import { AbortedError, TimeoutError } from '../errors.ts'
import { type Destination, describeDestination } from '../message/destination.ts'
import type { Provider } from '../provider/provider.ts'
import type { SendGroup } from './send-group.ts'
import { onAbort } from './signals.ts'

/** One send that is not confirmed yet; a link of a list in the order of the sends. */
class PendingSend {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  readonly deadline: number
  readonly destination: Destination
  readonly group: SendGroup
  previous: PendingSend | undefined
  next: PendingSend | undefined
  settled = false
  /** The provider's promise, once that has it. */
  confirmation: Promise<void> | undefined
  stopListening: (() => void) | undefined

  constructor(
    resolve: () => void,
    reject: (error: Error) => void,
    deadline: number,
    destination: Destination,
    group: SendGroup,
  ) {
    this.resolve = resolve
    this.reject = reject
    this.deadline = deadline
    this.destination = destination
    this.group = group
  }
}

/** A send that waits for room. */
interface WaitingSend {
  readonly send: PendingSend
  readonly dispatch: () => Promise<void>
}

/**
 * Bounds the unconfirmed sends of a connection in number and in time. All sends have the same time-out, so the list
 * of pending ones is in the order of their deadlines and one timer serves them all.
 */
export class SendWindow {
  readonly #limit: number
  readonly #timeout: number
  readonly #provider: Pick<Provider, 'withdraw'>
  readonly #waiting = new Fifo<WaitingSend>()
  #inFlight = 0
  #first: PendingSend | undefined
  #last: PendingSend | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(limit: number, timeout: number, provider: Pick<Provider, 'withdraw'> = {}) {
    this.#limit = limit
    this.#provider = provider
    this.#timeout = timeout
  }

  /** Whether a send may go out now, nobody waiting before it. */
  get open(): boolean {
    return this.#inFlight < this.#limit && this.#waiting.length === 0
  }

  /** Follows a send that is under way until it is confirmed or refused, its time is over, or the signal aborts. */
  track(
    confirmation: Promise<void>,
    destination: Destination,
    group: SendGroup,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#follow(this.#add(resolve, reject, destination, group, signal), confirmation)
    })
  }

  /** Sends as soon as there is room, in the order of the calls. `dispatch` is not called when time is over before. */
  enqueue(
    dispatch: () => Promise<void>,
    destination: Destination,
    group: SendGroup,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ send: this.#add(resolve, reject, destination, group, signal), dispatch })
      this.#fill()
    })
  }

  /** Frees the timer and rejects what still waits for room; sends under way are settled by their provider. */
  close(error: Error): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const waiting of this.#waiting.takeAll()) this.#settle(waiting.send, error)
  }

  #add(
    resolve: () => void,
    reject: (error: Error) => void,
    destination: Destination,
    group: SendGroup,
    signal: AbortSignal | undefined,
  ): PendingSend {
    const send = new PendingSend(resolve, reject, Date.now() + this.#timeout, destination, group)
    group.started()
    send.previous = this.#last
    if (this.#last === undefined) this.#first = send
    else this.#last.next = send
    this.#last = send
    if (this.#timer === undefined) this.#schedule(this.#timeout)
    if (signal !== undefined) send.stopListening = onAbort(signal, () => this.#giveUp(send, aborted, signal))
    return send
  }

  #follow(send: PendingSend, confirmation: Promise<void>): void {
    send.confirmation = confirmation
    this.#inFlight += 1
    // A send that timed out still takes room until the provider lets go of it, because its memory is still held.
    confirmation.then(
      () => {
        this.#inFlight -= 1
        this.#settle(send)
        if (this.#waiting.length > 0) this.#fill()
      },
      (error: Error) => {
        this.#inFlight -= 1
        this.#settle(send, error)
        if (this.#waiting.length > 0) this.#fill()
      },
    )
  }

  #fill(): void {
    while (this.#inFlight < this.#limit) {
      const waiting = this.#waiting.shift()
      if (waiting === undefined) return
      if (!waiting.send.settled) this.#follow(waiting.send, waiting.dispatch())
    }
  }

  #settle(send: PendingSend, error?: Error): void {
    if (send.settled) return
    send.settled = true
    if (send.previous === undefined) this.#first = send.next
    else send.previous.next = send.next
    if (send.next === undefined) this.#last = send.previous
    else send.next.previous = send.previous
    send.stopListening?.()
    send.group.ended(error)
    if (error === undefined) send.resolve()
    else send.reject(error)
  }

  #schedule(delay: number): void {
    this.#timer = setTimeout(() => this.#expire(), delay)
  }

  /** The timer is left to run while sends come and go, and looks at the oldest when it fires. */
  #expire(): void {
    this.#timer = undefined
    const now = Date.now()
    while (this.#first !== undefined && this.#first.deadline <= now) this.#giveUp(this.#first, this.#late)
    if (this.#first !== undefined) this.#schedule(this.#first.deadline - now)
  }

  /** Rejects it, with what has become of it: a provider that has had no broker for it does not send it any more. */
  #giveUp(
    send: PendingSend,
    errorOf: (send: PendingSend, fate: Fate, signal?: AbortSignal) => Error,
    signal?: AbortSignal,
  ): void {
    const { confirmation } = send
    if (confirmation === undefined) {
      this.#settle(send, errorOf(send, 'not dispatched', signal))
      return
    }
    const mayBeTaken = this.#provider.withdraw?.(confirmation, WITHDRAWN) ?? true
    this.#settle(send, errorOf(send, mayBeTaken ? 'in doubt' : 'not sent', signal))
  }

  readonly #late = (send: PendingSend, fate: Fate): TimeoutError => {
    const where = describeDestination(send.destination)
    const limit = `sendTimeout (${this.#timeout} ms)`
    switch (fate) {
      case 'in doubt':
        return new TimeoutError(
          `the broker did not confirm the send to ${where} within ${limit} and may have taken the message; look for flow control at the broker, or raise sendTimeout`,
          { inDoubt: true },
        )
      case 'not sent':
        return new TimeoutError(
          `the send to ${where} waited for a broker for ${limit} and was not sent; see that a broker can be reached, or raise sendTimeout`,
        )
      case 'not dispatched':
        return new TimeoutError(
          `the send to ${where} waited for ${limit} behind ${this.#limit} unconfirmed ones and was not sent; look for flow control at the broker, or raise maxPendingSends or sendTimeout`,
        )
    }
  }
}

/** What has become of a send that is given up. */
type Fate = 'not dispatched' | 'not sent' | 'in doubt'

/** What the provider's promise rejects with; the application has an error already that says more. */
const WITHDRAWN = new AbortedError('the send was given up')

function aborted(send: PendingSend, fate: Fate, signal: AbortSignal | undefined): AbortedError {
  const doubt = fate === 'in doubt' ? '; the broker may have taken the message' : ' before it was sent'
  return new AbortedError(`the send to ${describeDestination(send.destination)} was aborted${doubt}`, {
    cause: signal?.reason,
  })
}
