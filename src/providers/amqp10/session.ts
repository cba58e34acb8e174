import { MessagingError } from '../../errors.ts'
import type { AmqpConnection } from './connection.ts'
import { mapError } from './error-mapping.ts'
import { Incoming } from './incoming.ts'
import { Outgoing } from './outgoing.ts'
import { within } from './promises.ts'
import type { RheaLink, RheaReceiver, RheaSender, RheaSession } from './rhea-types.ts'
import { flowFrame } from './wire.ts'

/** A link of a session, as the session sees it. */
export interface SessionMember {
  /** The session has ended, and with it the link. */
  abandon(error: Error): void
}

/**
 * An AMQP session. Each link has one of its own, as long as the broker allows that many: RabbitMQ ends the whole session
 * for what is wrong with one link, and so hits only that.
 */
export class AmqpSession {
  readonly connection: AmqpConnection
  readonly rhea: RheaSession
  readonly outgoing: Outgoing = new Outgoing()
  readonly incoming: Incoming
  private readonly members = new Set<SessionMember>()
  private readonly listeners: (() => void)[] = []
  private state: 'open' | 'ending' | 'closed' = 'open'

  constructor(connection: AmqpConnection, rhea: RheaSession) {
    this.connection = connection
    this.rhea = rhea
    this.incoming = new Incoming(connection.incomingWindow)
    rhea.outgoing = this.outgoing
    rhea.incoming = this.incoming
    rhea.local.begin.incoming_window = connection.incomingWindow
    rhea.dispatch = (name) => this.onEvent(name)
    const onAttach = rhea.on_attach.bind(rhea)
    rhea.on_attach = (frame) => {
      // The peer names its own role: where it receives, we send.
      frame.performative.name = linkKey(frame.performative.role ? 'sender' : 'receiver', frame.performative.name)
      onAttach(frame)
    }
    rhea.on_disposition = (frame) => {
      // From a sender it says that a delivery is settled, which it is here already.
      if (frame.performative.role) this.outgoing.onDisposition(frame.performative)
    }
    rhea._write_flow = (link) => this.writeFlow(link, false)
    rhea.begin()
  }

  get channel(): number {
    return this.rhea.local.channel
  }

  get isOpen(): boolean {
    return this.state === 'open'
  }

  /** Tells the peer the windows of the session and, with a link, its credit. */
  writeFlow(link: RheaLink | undefined, drain: boolean): void {
    const { incoming, outgoing } = this
    incoming.max_transfer_id = incoming.next_transfer_id + incoming.window
    this.connection.write(
      flowFrame({
        channel: this.channel,
        nextIncomingId: incoming.next_transfer_id,
        incomingWindow: incoming.window,
        nextOutgoingId: outgoing.next_transfer_id,
        outgoingWindow: outgoing.window,
        link: link && { handle: link.local.handle, deliveryCount: link.delivery_count, credit: link.credit },
        drain,
      }),
    )
  }

  createSender(name: string, options: object): RheaSender {
    const link = this.rhea.create_sender(linkKey('sender', name), options)
    link.local.attach.name = name
    return link
  }

  createReceiver(name: string, options: object): RheaReceiver {
    const link = this.rhea.create_receiver(linkKey('receiver', name), options)
    link.local.attach.name = name
    return link
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

  /** Links on it. */
  get size(): number {
    return this.members.size
  }

  /**
   * Ends a session that has no links any more, or only those that were refused, without waiting: Artemis answers only once its journal has been written,
   * which may take seconds when nothing else happens.
   */
  release(): void {
    if (this.state !== 'open' || this.members.size > 0) return
    this.state = 'ending'
    this.rhea.end()
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

/** rhea keeps the links of a session by name alone; a sender and a receiver may have the same one (AMQP 1.0 §2.6.1). */
function linkKey(role: 'sender' | 'receiver', name: string): string {
  return `${role} ${name}`
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
