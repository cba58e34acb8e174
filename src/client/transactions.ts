import { TransactionRolledBackError } from '../errors.ts'
import type { Provider } from '../provider/provider.ts'
import type { SessionInfo } from '../provider/resources.ts'
import { SendGroup } from './send-group.ts'
import type { SessionResources } from './session-resources.ts'

/** What transactions ask of their session. */
export interface TransactedSession {
  readonly info: SessionInfo
  readonly provider: Provider
  readonly isOpen: boolean
  bounded<R>(promise: Promise<R>, describe: () => string): Promise<R>
}

/** The transactions of one session: one is always open, and the next begins as it ends (JMS 3.1 §6.2.7). */
export class Transactions {
  /** Sends of the open transaction. */
  readonly sends: SendGroup = new SendGroup()
  readonly #session: TransactedSession
  readonly #resources: SessionResources
  /** Commit and rollback run one at a time, and nothing is handed over meanwhile. */
  #turn: Promise<void> | undefined
  /** Whether the open transaction has anything in it. */
  #isUsed = false
  /** Whether what was in it has gone with its broker. */
  #isLost = false
  /** Whether there is a transaction that can be rolled back. */
  #isBegun = false

  constructor(session: TransactedSession, resources: SessionResources) {
    this.#session = session
    this.#resources = resources
  }

  /** The commit or rollback that is under way; never rejects. */
  get ending(): Promise<void> | undefined {
    return this.#turn
  }

  /** Something has been sent or settled in the transaction. */
  used(): void {
    this.#isUsed = true
  }

  /** The broker is lost, and what was done in the transaction; so is what comes of messages it delivered. */
  interrupted(): void {
    if (this.#isUsed || this.#resources.hasUnacknowledged) this.#isLost = true
  }

  async begin(): Promise<void> {
    this.#isUsed = false
    this.#isLost = false
    await this.#bounded(this.#session.provider.begin(this.#session.info), 'beginning a transaction')
    this.#isBegun = true
  }

  commit(): Promise<void> {
    return this.#inTurn(async () => {
      const failedSend = await this.sends.settled()
      const hasFailed = failedSend !== undefined && !(failedSend instanceof TransactionRolledBackError)
      if (hasFailed || this.#isLost) {
        await this.#rollback()
        throw hasFailed ? sendFailed(failedSend) : lost()
      }
      try {
        await this.#resources.acceptDelivered()
        if (!this.#isUsed) return
        this.#isBegun = false
        await this.#bounded(this.#session.provider.commit(this.#session.info), 'committing')
        this.#resources.committed()
      } catch (cause) {
        // What the commit failed with says more than what may fail after it.
        await this.abandon().catch(() => {})
        await this.#beginNext().catch(() => {})
        throw cause instanceof TransactionRolledBackError ? cause : inDoubt(cause)
      }
      await this.#beginNext()
    })
  }

  rollback(): Promise<void> {
    return this.#inTurn(async () => {
      await this.sends.settled()
      await this.#rollback()
    })
  }

  /** Rolls back for good, as the session closes. */
  async abandon(): Promise<void> {
    if (!this.#isBegun) return
    this.#isBegun = false
    await this.#bounded(this.#session.provider.rollback(this.#session.info), 'rolling back')
  }

  /** What was delivered is delivered again by the client; what closed consumers settled in the transaction, by the broker. */
  async #rollback(): Promise<void> {
    try {
      await this.abandon()
    } finally {
      this.#resources.redeliver()
      await this.#beginNext()
    }
  }

  async #beginNext(): Promise<void> {
    if (this.#session.isOpen) await this.begin()
  }

  async #inTurn(action: () => Promise<void>): Promise<void> {
    const turn = (this.#turn ?? Promise.resolve()).then(action)
    const done = turn.catch(() => {})
    this.#turn = done
    try {
      await turn
    } finally {
      if (this.#turn === done) {
        this.#turn = undefined
        this.#resources.resume()
      }
    }
  }

  #bounded<R>(promise: Promise<R>, what: string): Promise<R> {
    return this.#session.bounded(promise, () => what)
  }
}

function lost(): TransactionRolledBackError {
  return new TransactionRolledBackError(
    'the broker was lost during the transaction, and its work with it; do it again: the messages are delivered again',
  )
}

function sendFailed(cause: Error): TransactionRolledBackError {
  return new TransactionRolledBackError(
    `the transaction was rolled back because a send in it failed (${cause.message}); do its work again`,
    { cause },
  )
}

function inDoubt(cause: unknown): TransactionRolledBackError {
  return new TransactionRolledBackError(
    `the commit failed and its outcome is not known (${cause instanceof Error ? cause.message : String(cause)}); do its work again, if need be refusing what was done already`,
    { cause },
  )
}
