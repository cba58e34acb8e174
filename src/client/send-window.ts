import { Fifo } from '../collections/fifo.ts'
import { AbortedError, TimeoutError } from '../errors.ts'
import { type Destination, describeDestination } from '../message/destination.ts'
import type { MessageData } from '../message/message-data.ts'
import type { ResolvedConnectOptions } from '../options/connect-options.ts'
import type { Provider } from '../provider/provider.ts'
import type { SendGroup } from './send-group.ts'
import { onAbort } from './signals.ts'

/** One send that is not confirmed yet; a link of a list in the order of the sends. */
class PendingSend {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  readonly deadline: number
  readonly destination: Destination | undefined
  /** Bytes of the body. */
  readonly size: number
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
    message: MessageData,
    group: SendGroup,
  ) {
    this.resolve = resolve
    this.reject = reject
    this.deadline = deadline
    this.destination = message.destination
    this.size = bodySize(message)
    this.group = group
  }
}

/** What bounds unconfirmed sends. */
export type SendLimits = Pick<ResolvedConnectOptions, 'maxPendingSends' | 'maxPendingSendBytes' | 'sendTimeout'>

/** A send that waits for room. */
interface WaitingSend {
  readonly send: PendingSend
  readonly dispatch: () => Promise<void>
}

/**
 * Bounds the unconfirmed sends of a connection in number, in bytes and in time. All sends have the same time-out, so the list
 * of pending ones is in the order of their deadlines and one timer serves them all.
 */
export class SendWindow {
  readonly #limit: number
  readonly #byteLimit: number
  readonly #timeout: number
  readonly #provider: Pick<Provider, 'withdraw' | 'backPressure'>
  readonly #waiting = new Fifo<WaitingSend>()
  #inFlight = 0
  #bytesInFlight = 0
  #first: PendingSend | undefined
  #last: PendingSend | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    { maxPendingSends, maxPendingSendBytes, sendTimeout }: SendLimits,
    provider: Pick<Provider, 'withdraw' | 'backPressure'>,
  ) {
    this.#limit = maxPendingSends
    this.#byteLimit = maxPendingSendBytes
    this.#timeout = sendTimeout
    this.#provider = provider
  }

  /** Whether a send may go out now, nobody waiting before it. */
  get open(): boolean {
    return this.#hasRoom && this.#waiting.length === 0
  }

  /** Follows a send that is under way until it is confirmed or refused, its time is over, or the signal aborts. */
  track(
    confirmation: Promise<void>,
    message: MessageData,
    group: SendGroup,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#follow(this.#add(resolve, reject, message, group, signal), confirmation)
    })
  }

  /** Sends as soon as there is room, in the order of the calls. `dispatch` is not called when time is over before. */
  enqueue(
    dispatch: () => Promise<void>,
    message: MessageData,
    group: SendGroup,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ send: this.#add(resolve, reject, message, group, signal), dispatch })
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
    message: MessageData,
    group: SendGroup,
    signal: AbortSignal | undefined,
  ): PendingSend {
    const send = new PendingSend(resolve, reject, Date.now() + this.#timeout, message, group)
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
    this.#bytesInFlight += send.size
    // A send that timed out still takes room until the provider lets go of it, because its memory is still held.
    confirmation.then(
      () => {
        this.#inFlight -= 1
        this.#bytesInFlight -= send.size
        this.#settle(send)
        if (this.#waiting.length > 0) this.#fill()
      },
      (error: Error) => {
        this.#inFlight -= 1
        this.#bytesInFlight -= send.size
        this.#settle(send, error)
        if (this.#waiting.length > 0) this.#fill()
      },
    )
  }

  /** One message more than the bytes allow, so that a large one gets its turn, too. */
  get #hasRoom(): boolean {
    return this.#inFlight < this.#limit && this.#bytesInFlight < this.#byteLimit
  }

  #fill(): void {
    while (this.#hasRoom) {
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
    // A send that has grown old would keep all that came after it from being collected.
    send.previous = undefined
    send.next = undefined
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
    const where = nameOf(send)
    const limit = `sendTimeout (${this.#timeout} ms)`
    const { backPressure } = this.#provider
    const reason = `the broker ${backPressure ?? 'may hold senders back for want of memory or disk (its log tells)'}`
    switch (fate) {
      case 'in doubt':
        return new TimeoutError(
          `the broker did not confirm the send to ${where} within ${limit} and may have taken the message; ${reason}, or raise sendTimeout`,
          { inDoubt: true },
        )
      case 'not sent':
        return new TimeoutError(
          `the send to ${where} waited for a broker for ${limit} and was not sent; see that a broker can be reached, or raise sendTimeout`,
        )
      case 'not dispatched':
        return new TimeoutError(
          `the send to ${where} waited for ${limit} behind ${this.#inFlight} unconfirmed ones and was not sent; ${reason}, or raise maxPendingSends, maxPendingSendBytes or sendTimeout`,
        )
    }
  }
}

function nameOf({ destination }: PendingSend): string {
  return destination === undefined ? 'nowhere' : describeDestination(destination)
}

/** Bytes of a body, as good as can be told without encoding it. */
function bodySize({ kind, body }: MessageData): number {
  switch (kind) {
    case 'text':
    case 'object':
      return (body as string).length
    case 'bytes':
      return (body as Uint8Array).byteLength
    case 'map':
    case 'stream': {
      let size = 0
      for (const entry of Object.values(body as object)) {
        size += typeof entry === 'string' ? entry.length : entry instanceof Uint8Array ? entry.byteLength : 8
      }
      return size
    }
    case 'empty':
      return 0
  }
}

/** What has become of a send that is given up. */
type Fate = 'not dispatched' | 'not sent' | 'in doubt'

/** What the provider's promise rejects with; the application has an error already that says more. */
const WITHDRAWN = new AbortedError('the send was given up')

function aborted(send: PendingSend, fate: Fate, signal: AbortSignal | undefined): AbortedError {
  const doubt = fate === 'in doubt' ? '; the broker may have taken the message' : ' before it was sent'
  return new AbortedError(`the send to ${nameOf(send)} was aborted${doubt}`, {
    cause: signal?.reason,
  })
}
