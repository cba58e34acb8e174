import { DONE } from '../../provider/provider.ts'
import type { SessionInfo } from '../../provider/resources.ts'
import type { BrokerProfile } from './broker-profile.ts'
import { TRANSACTION, TYPE } from './codec/types.ts'
import type { OpenWireConnection } from './connection.ts'
import { encoded } from './ids.ts'

/** A transaction of one session. It begins at the broker with the first thing that is done in it. */
export class OpenTransaction {
  readonly #connection: OpenWireConnection
  readonly #value: number
  readonly #id: Uint8Array
  #isBegun = false
  readonly #listeners: ((isCommitted: boolean) => void)[] = []

  constructor(connection: OpenWireConnection, value: number) {
    this.#connection = connection
    this.#value = value
    this.#id = encoded(connection.ids.transaction(value))
  }

  /** What a command of the transaction names it by. */
  enlist(): Uint8Array {
    if (!this.#isBegun) {
      this.#isBegun = true
      this.#connection.send(this.#command(TRANSACTION.BEGIN))
    }
    return this.#id
  }

  /** Calls back when it has ended. */
  whenEnded(listener: (isCommitted: boolean) => void): void {
    this.#listeners.push(listener)
  }

  /** @param proof - asks the broker for something right behind, where its answer is not enough */
  async commit(proof?: () => Promise<void>): Promise<void> {
    if (this.#isBegun) await Promise.all([this.#request(TRANSACTION.COMMIT_ONE_PHASE, 'committing'), proof?.()])
    this.#end(true)
  }

  async rollback(): Promise<void> {
    try {
      if (this.#isBegun) await this.#request(TRANSACTION.ROLLBACK, 'rolling back')
    } finally {
      this.#end(false)
    }
  }

  #end(isCommitted: boolean): void {
    for (const listener of this.#listeners.splice(0)) listener(isCommitted)
  }

  async #request(operation: number, action: string): Promise<void> {
    await this.#connection.request(this.#command(operation), { action })
  }

  #command(operation: number) {
    const { ids } = this.#connection
    return {
      type: TYPE.TRANSACTION_INFO,
      connectionId: ids.connection,
      transactionId: ids.transaction(this.#value),
      operation,
    }
  }
}

/** The open transaction of each session. */
export class Transactions {
  readonly #connection: OpenWireConnection
  readonly #profile: BrokerProfile
  readonly #open = new Map<string, OpenTransaction>()
  #last = 0

  constructor(connection: OpenWireConnection, profile: BrokerProfile) {
    this.#connection = connection
    this.#profile = profile
  }

  of(session: SessionInfo | undefined): OpenTransaction | undefined {
    return session && this.#open.get(session.id)
  }

  begin(session: SessionInfo): Promise<void> {
    this.#open.set(session.id, this.start())
    return DONE
  }

  /** One that belongs to no session. */
  start(): OpenTransaction {
    this.#last += 1
    return new OpenTransaction(this.#connection, this.#last)
  }

  async commit(session: SessionInfo): Promise<void> {
    const transaction = this.#take(session)
    // What the broker does next it does after the commit.
    const proof = this.#profile.confirmsEarly ? () => this.#connection.roundTrip(session) : undefined
    try {
      await transaction?.commit(proof)
    } catch (error) {
      // Whatever the broker has not done is undone, so that its messages are not held for ever.
      await transaction?.rollback().catch(() => {})
      throw error
    }
  }

  async rollback(session: SessionInfo): Promise<void> {
    await this.#take(session)?.rollback()
  }

  #take({ id }: SessionInfo): OpenTransaction | undefined {
    const transaction = this.#open.get(id)
    this.#open.delete(id)
    return transaction
  }
}
