import { Buffer } from 'node:buffer'
import { IllegalStateError, MessagingError, TransactionRolledBackError } from '../../errors.ts'
import type { AmqpConnection } from './connection.ts'
import { encodeTransactional } from './delivery-states.ts'
import { mapError } from './error-mapping.ts'
import { within } from './promises.ts'
import { types } from './rhea-types.ts'
import { SenderLink } from './sender-link.ts'
import type { AmqpSession } from './session.ts'

/** A transaction that has been declared and not discharged. */
export interface Transaction {
  /** State of messages sent in it. */
  readonly sent: Uint8Array
  /** State of deliveries accepted in it. */
  readonly accepted: Uint8Array
  readonly id: Uint8Array
}

/** amqp-value of declare without a global id (AMQP 1.0 §4.5.5). */
const DECLARE = Buffer.from([0x00, 0x53, 0x77, 0x00, 0x53, 0x31, 0x45])

/** The coordinator link of one transacted session and its current transaction. */
export class TransactionCoordinator {
  private readonly connection: AmqpConnection
  private readonly session: AmqpSession
  private readonly link: SenderLink
  private readonly timeout: number
  private open: Transaction | undefined
  private readonly endListeners: (() => void)[] = []

  private constructor(session: AmqpSession, link: SenderLink, timeout: number) {
    this.connection = session.connection
    this.session = session
    this.link = link
    this.timeout = timeout
  }

  static async attach(connection: AmqpConnection, name: string, timeout: number): Promise<TransactionCoordinator> {
    const session = connection.createSession()
    try {
      const capabilities = types.wrap_list([types.wrap_symbol('amqp:local-transactions')])
      const link = await SenderLink.attach(
        session,
        {
          name,
          target: { coordinator: types.wrap_described(capabilities, 0x30) },
          subject: { action: 'opening a transaction', endpoint: connection.endpoint },
        },
        timeout,
      )
      return new TransactionCoordinator(session, link, timeout)
    } catch (error) {
      session.release()
      throw error
    }
  }

  get isAttached(): boolean {
    return this.link.isAttached
  }

  /**
   * The open transaction.
   *
   * @throws IllegalStateError when there is none
   */
  get current(): Transaction {
    if (this.open === undefined) throw new IllegalStateError('no transaction has been begun on this session')
    return this.open
  }

  /** Calls `listener` once when the open transaction has ended, however. */
  whenEnded(listener: () => void): void {
    this.endListeners.push(listener)
  }

  async begin(): Promise<void> {
    const state = await within(this.link.request(DECLARE), this.timeout, 'beginning a transaction')
    if (state.kind !== 'declared') {
      const error = state.kind === 'rejected' ? state : undefined
      throw mapError(error, { action: 'beginning a transaction', endpoint: this.connection.endpoint })
    }
    const { transactionId } = state
    this.open = {
      id: transactionId,
      sent: encodeTransactional(transactionId, undefined),
      accepted: encodeTransactional(transactionId, 'accepted'),
    }
  }

  /** @throws TransactionRolledBackError when the broker rolled back, or nobody knows what it did */
  async commit(): Promise<void> {
    try {
      await this.discharge('commit')
    } catch (error) {
      if (error instanceof TransactionRolledBackError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new TransactionRolledBackError(`the transaction was not committed: ${reason}; do its work again`, {
        cause: error,
      })
    }
  }

  async rollback(): Promise<void> {
    if (this.open !== undefined) await this.discharge('rollback')
  }

  async close(timeout: number): Promise<void> {
    await this.link.close(timeout)
    this.session.release()
    this.tellEnded()
  }

  private async discharge(ending: 'commit' | 'rollback'): Promise<void> {
    const { id } = this.current
    this.open = undefined
    const { endpoint } = this.connection
    const action = ending === 'commit' ? 'committing a transaction' : 'rolling a transaction back'
    try {
      const state = await within(this.link.request(encodeDischarge(id, ending)), this.timeout, action)
      if (state.kind === 'accepted') return
      if (state.kind === 'rejected') throw mapError(state, { action, endpoint })
      throw new MessagingError('ERR_MESSAGING', `${action} on ${endpoint} ended with the outcome ${state.kind}`)
    } finally {
      this.tellEnded()
    }
  }

  private tellEnded(): void {
    for (const listener of this.endListeners.splice(0)) listener()
  }
}

/** amqp-value of discharge (AMQP 1.0 §4.5.6). */
function encodeDischarge(id: Uint8Array, ending: 'commit' | 'rollback'): Uint8Array {
  const fail = ending === 'rollback' ? 0x41 : 0x42
  return Buffer.concat([
    Buffer.from([0x00, 0x53, 0x77, 0x00, 0x53, 0x32, 0xc0, id.length + 4, 2, 0xa0, id.length]),
    id,
    Buffer.from([fail]),
  ])
}
