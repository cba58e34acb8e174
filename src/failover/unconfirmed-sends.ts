import { ConnectionLostError, TimeoutError, TransactionRolledBackError } from '../errors.ts'
import type { MessageData } from '../message/message-data.ts'
import { DONE, type Provider } from '../provider/provider.ts'
import type { ProducerInfo, SessionInfo } from '../provider/resources.ts'
import { LastConfirmation } from './last-confirmation.ts'
import { UnconfirmedSend } from './unconfirmed-send.ts'

/** Losses in a row after which a message is suspected of causing them: sends go out one by one. */
const SUSPICIOUS = 2
/** Losses in a row after which a message is refused that went out alone at the last one. */
const GUILTY = 4

/** Records that are kept for later sends; more are not in flight by default. */
const MOST_SPARE = 1_024

/**
 * Keeps each send until a broker has confirmed or refused it, so that it can go out again on the next one, in the
 * order of the calls.
 */
export class UnconfirmedSends {
  /** The broker that gets new sends; undefined while they wait. */
  #provider: Provider | undefined
  /** The broker that gets what has waited, right now. */
  #releasing: Provider | undefined
  #first: UnconfirmedSend | undefined
  #last: UnconfirmedSend | undefined
  /** Confirmed, and to be used again. */
  readonly #spare: UnconfirmedSend[] = []
  #count = 0
  readonly #lastConfirmation = new LastConfirmation<UnconfirmedSend>()
  /** Losses of a broker that had sends, with no answer in between. */
  #losses = 0
  /** A send that goes out alone. */
  #trial: { readonly send: UnconfirmedSend; readonly provider: Provider } | undefined
  #whenQuiet: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** ms for which there has been no broker, once that is too long for a send to wait. */
  #expired: number | undefined

  /** Sends now, or when there is a broker. */
  send(producer: ProducerInfo, message: MessageData, transaction: SessionInfo | undefined): Promise<void> {
    if (this.#expired !== undefined) return Promise.reject(late(this.#expired, false))
    const provider = this.#provider
    const confirmation = provider?.send(producer, message, transaction)
    if (confirmation === DONE) return DONE
    const send = this.#spare.pop() ?? new UnconfirmedSend(this.#whenConfirmed, this.#whenRefused)
    this.#count += 1
    send.begin(this.#count, producer, message, transaction)
    this.#add(send)
    if (provider === undefined || confirmation === undefined) {
      send.promise = send.waiting.promise
    } else {
      // The first broker's answer is the caller's, so that a send costs as few promises as can be.
      send.sentTo = provider
      send.promise = confirmation.then(send.whenConfirmed, send.whenRefused) as Promise<void>
      // It may have been lost over this very send.
      if (provider !== this.#provider) this.#leaveInDoubt(send)
    }
    return send.promise
  }

  /**
   * There is no broker: what it has not answered, or has confirmed too early, waits for the next one, at most `timeout` ms unless
   * that is 0. What belongs to a transaction is lost with it.
   */
  hold(reason: Error, timeout: number): void {
    this.#provider = undefined
    this.#releasing = undefined
    if (!this.#isQuiet) this.#losses += 1
    const trial = this.#trial
    this.#trial = undefined
    if (trial !== undefined && this.#losses >= GUILTY) this.#reject(trial.send, reason)
    this.#forEach((send) => {
      if (send.sentTo !== undefined) this.#leaveInDoubt(send)
    })
    this.#doubtLastConfirmation()
    this.#whenQuiet?.()
    if (timeout > 0) this.#timer ??= setTimeout(() => this.#expire(timeout), timeout)
  }

  /** No broker gets a new send; resolves when the present one has answered all it has, or after `limit` ms. */
  async quiesce(limit: number): Promise<void> {
    this.#provider = undefined
    // What waits behind a trial goes on waiting after it.
    this.#trial = undefined
    if (!this.#isQuiet) {
      let timer: ReturnType<typeof setTimeout> | undefined
      await new Promise<void>((resolve) => {
        this.#whenQuiet = resolve
        timer = setTimeout(resolve, limit)
      })
      this.#whenQuiet = undefined
      clearTimeout(timer)
    }
    // It is left while it goes on.
    this.#lastConfirmation.take()
  }

  /** Sends all that waits, and from now on at once; after losses that a message may have caused, the oldest one alone first. */
  release(provider: Provider): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#expired = undefined
    const oldest = this.#first
    if (this.#losses < SUSPICIOUS || oldest === undefined) {
      this.#flush(provider)
      return
    }
    this.#trial = { send: oldest, provider }
    if (oldest.sentTo === undefined) this.#dispatch(oldest, provider)
  }

  /**
   * Gives a send up: it is not sent again.
   *
   * @returns whether a broker may have taken it; undefined when it is settled already
   */
  withdraw(promise: Promise<void>, error: Error): boolean | undefined {
    for (let send = this.#first; send !== undefined; send = send.next) {
      if (send.promise !== promise) continue
      const mayBeTaken = send.isInDoubt || send.sentTo !== undefined
      // What a broker has is its own until it answers, or is lost.
      if (send.sentTo === undefined) this.#settle(send, error)
      else send.givenUp = error
      this.#endTrial(send)
      return mayBeTaken
    }
    return undefined
  }

  /** There will be no broker again. */
  fail(cause: Error): void {
    this.#provider = undefined
    clearTimeout(this.#timer)
    this.#forEach((send) => {
      this.#settle(
        send,
        new ConnectionLostError(
          send.isInDoubt || send.sentTo !== undefined
            ? `${cause.message}; the message was not confirmed, and the broker may have taken it`
            : `${cause.message}; the message was not sent`,
          { cause },
        ),
      )
    })
  }

  /** The broker that had it is lost. */
  #leaveInDoubt(send: UnconfirmedSend): void {
    send.leaveInDoubt()
    if (send.transaction !== undefined) this.#settle(send, lostTransaction())
    else if (send.givenUp !== undefined) this.#settle(send, send.givenUp)
  }

  #expire(timeout: number): void {
    this.#expired = timeout
    this.#forEach((send) => this.#settle(send, late(timeout, send.isInDoubt)))
  }

  /** The broker is lost each time it gets this message, and nothing else. */
  #reject(send: UnconfirmedSend, reason: Error): void {
    this.#losses = 0
    this.#settle(
      send,
      new ConnectionLostError(
        `the connection is lost each time the broker gets this message: ${reason.message}; it may be too large, or not to the broker's liking`,
        { cause: reason },
      ),
    )
  }

  /** New sends wait behind those that are released. */
  #flush(provider: Provider): void {
    this.#releasing = provider
    for (let send = this.#first; send !== undefined; send = send.next) {
      if (send.sentTo === undefined) this.#dispatch(send, provider)
      // It may be lost over this very send.
      if (this.#releasing !== provider) return
    }
    this.#releasing = undefined
    this.#provider = provider
  }

  /** In the order of the calls. The action may settle the send. */
  #forEach(action: (send: UnconfirmedSend) => void): void {
    let send = this.#first
    while (send !== undefined) {
      const { next } = send
      action(send)
      send = next
    }
  }

  #dispatch(send: UnconfirmedSend, provider: Provider): void {
    this.#follow(send, send.sendTo(provider))
  }

  #add(send: UnconfirmedSend): void {
    send.previous = this.#last
    if (this.#last === undefined) this.#first = send
    else this.#last.next = send
    this.#last = send
  }

  /** What was confirmed waits again, in its place; nobody is told what becomes of it. */
  #doubtLastConfirmation(): void {
    const send = this.#lastConfirmation.take()
    if (send === undefined || send.isListed) return
    send.leaveInDoubt()
    send.isListed = true
    send.givenUp = undefined
    let next = this.#first
    while (next !== undefined && next.number < send.number) next = next.next
    this.#addBefore(next, send)
  }

  #addBefore(next: UnconfirmedSend | undefined, send: UnconfirmedSend): void {
    if (next === undefined) {
      this.#add(send)
      return
    }
    send.next = next
    send.previous = next.previous
    if (next.previous === undefined) this.#first = send
    else next.previous.next = send
    next.previous = send
  }

  readonly #whenConfirmed = (send: UnconfirmedSend): void => {
    const isEarly = send.isConfirmedEarly
    const certain = isEarly ? this.#lastConfirmation.keep(send) : send
    // Where the loss was told before the answer that came with it, the last one goes on waiting.
    const isWaiting = isEarly && send.isListed && send.sentTo === undefined
    if (!isWaiting) this.#answered(send, undefined)
    if (certain === undefined) return
    this.#settle(certain, undefined)
    if (this.#spare.length < MOST_SPARE && certain.forget()) this.#spare.push(certain)
  }

  readonly #whenRefused = (send: UnconfirmedSend, error: Error): Promise<void> | undefined => {
    if (send.isListed && isLoss(error)) return send.waiting.promise
    if (!send.isListed && send.verdict === undefined) return undefined
    // What the broker said of the message is worth more than what became of its transaction, or of the wait.
    const verdict = isLoss(error) ? (send.verdict ?? error) : error
    this.#answered(send, verdict)
    throw verdict
  }

  #follow(send: UnconfirmedSend, confirmation: Promise<void>): void {
    confirmation.then(send.whenConfirmed, (error: Error) => {
      if (!isLoss(error)) this.#answered(send, error)
    })
  }

  #answered(send: UnconfirmedSend, error: Error | undefined): void {
    this.#losses = 0
    this.#settle(send, error)
  }

  #settle(send: UnconfirmedSend, error: Error | undefined): void {
    if (!send.isListed) return
    send.isListed = false
    if (send.previous === undefined) this.#first = send.next
    else send.previous.next = send.next
    if (send.next === undefined) this.#last = send.previous
    else send.next.previous = send.previous
    // A send that has grown old would keep all that came after it from being collected.
    send.previous = undefined
    send.next = undefined
    send.settle(error)
    this.#endTrial(send)
    if (this.#whenQuiet !== undefined && this.#isQuiet) this.#whenQuiet()
  }

  #endTrial(send: UnconfirmedSend): void {
    if (this.#trial?.send !== send) return
    const { provider } = this.#trial
    this.#trial = undefined
    this.#flush(provider)
  }

  get #isQuiet(): boolean {
    for (let send = this.#first; send !== undefined; send = send.next) if (send.sentTo !== undefined) return false
    return true
  }
}

/** The loss of the broker is reported, or about to be: the send waits for the next one. */
function isLoss(error: Error): boolean {
  return error instanceof ConnectionLostError
}

function lostTransaction(): TransactionRolledBackError {
  return new TransactionRolledBackError('the transaction was lost with its broker; do its work again')
}

function late(timeout: number, inDoubt: boolean): TimeoutError {
  const doubt = inDoubt ? 'the broker may have taken the message before it was lost' : 'the message was not sent'
  return new TimeoutError(
    `there has been no broker for ${timeout} ms (failover.timeout), and ${doubt}; raise timeout, or send again later`,
    { inDoubt },
  )
}
