import { MessagingError } from '../../errors.ts'
import type { AmqpConnection } from './connection.ts'
import { mapError } from './error-mapping.ts'
import { INCOMING_WINDOW, Incoming } from './incoming.ts'
import { Outgoing } from './outgoing.ts'
import { within } from './promises.ts'
import type { RheaSession } from './rhea-types.ts'

/** A link of a session, as the session sees it. */
export interface SessionMember {
  /** The session has ended, and with it the link. */
  abandon(error: Error): void
}

/**
 * An AMQP session. Each link has one of its own: a starved link then blocks nobody, and RabbitMQ, which ends the whole
 * session for what is wrong with one link, hits only that.
 */
export class AmqpSession {
  readonly connection: AmqpConnection
  readonly rhea: RheaSession
  readonly outgoing: Outgoing = new Outgoing()
  readonly incoming: Incoming = new Incoming()
  private readonly members = new Set<SessionMember>()
  private readonly listeners: (() => void)[] = []
  private state: 'open' | 'ending' | 'closed' = 'open'

  constructor(connection: AmqpConnection, rhea: RheaSession) {
    this.connection = connection
    this.rhea = rhea
    rhea.outgoing = this.outgoing
    rhea.incoming = this.incoming
    rhea.local.begin.incoming_window = INCOMING_WINDOW
    rhea.dispatch = (name) => this.onEvent(name)
    rhea.on_disposition = (frame) => {
      // From a sender it says that a delivery is settled, which it is here already.
      if (frame.performative.role) this.outgoing.onDisposition(frame.performative)
    }
    rhea.begin()
  }

  get channel(): number {
    return this.rhea.local.channel
  }

  get isOpen(): boolean {
    return this.state === 'open'
  }

  add(member: SessionMember): void {
    this.members.add(member)
  }

  remove(member: SessionMember): void {
    this.members.delete(member)
  }

  whenClosed(listener: () => void): void {
    this.listeners.push(listener)
  }

  /** Ends the session, within `timeout` ms. Never rejects. */
  async end(timeout: number): Promise<void> {
    if (this.state !== 'open') return
    this.state = 'ending'
    const closed = new Promise<void>((resolve) => this.whenClosed(resolve))
    this.rhea.end()
    await within(closed, timeout, 'ending a session').catch(() => this.abandon(this.connection.lossReason))
  }

  /** The session is gone: so are its links. */
  abandon(error: Error): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    for (const member of [...this.members]) member.abandon(error)
    this.members.clear()
    for (const listener of this.listeners) listener()
  }

  private onEvent(name: string): boolean {
    if (name === 'session_close') {
      const error = this.rhea.remote.end?.error
      this.abandon(
        error === undefined || error === null
          ? new MessagingError('ERR_MESSAGING', `${this.connection.endpoint} ended the session`)
          : new SessionEndedError(error, this.connection.endpoint),
      )
    }
    return true
  }
}

/** Carries the condition that ended a session to its links, which know what they were for. */
export class SessionEndedError extends MessagingError {
  readonly amqpError: { readonly condition?: string | undefined; readonly description?: string | undefined }

  constructor(
    error: { readonly condition?: string | undefined; readonly description?: string | undefined },
    endpoint: string,
  ) {
    super('ERR_MESSAGING', mapError(error, { action: 'a session', endpoint }).message)
    this.amqpError = error
  }
}
