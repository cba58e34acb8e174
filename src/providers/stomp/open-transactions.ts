import type { SessionInfo } from '../../provider/resources.ts'
import type { StompConnection } from './connection.ts'

/** The open transactions of a connection, of which each session has at most one. */
export class Transactions {
  readonly #connection: StompConnection
  /** Their names, by the ids of sessions. */
  readonly #open = new Map<string, string>()
  #last = 0

  constructor(connection: StompConnection) {
    this.#connection = connection
  }

  /** Undefined for a session that has none. */
  nameOf(session: SessionInfo): string | undefined {
    return this.#open.get(session.id)
  }

  begin(session: SessionInfo): void {
    this.#last += 1
    const transaction = `${session.id}-${this.#last}`
    this.#open.set(session.id, transaction)
    this.#connection.send('BEGIN', [['transaction', transaction]])
  }

  /** Does nothing where there is none. */
  async end(session: SessionInfo, command: 'COMMIT' | 'ABORT'): Promise<void> {
    const transaction = this.nameOf(session)
    if (transaction === undefined) return
    this.#open.delete(session.id)
    const action = command === 'COMMIT' ? 'committing' : 'rolling back'
    await this.#connection.request(command, [['transaction', transaction]], { action })
  }
}
