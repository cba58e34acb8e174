import { type MessagingError, TimeoutError } from '../../errors.ts'
import { type ErrorSubject, mapError } from './error-mapping.ts'
import { defer, within } from './promises.ts'
import type { RheaError, RheaLink } from './rhea-types.ts'
import { type AmqpSession, SessionEndedError, type SessionMember } from './session.ts'

/** What the owner of a link wants to know of it. */
export interface LinkOwner {
  /** Anything but opening and closing: credit has come, for example. */
  event(name: string): void
  /** The link ended while it was attached, and not by {@link LinkLife.detach}. */
  closed(error: MessagingError): void
}

/** Which end of the link the broker has to provide. What it gives for a coordinator, rhea cannot read. */
export type Terminus = 'source' | 'target' | 'coordinator'

/** The life of one link as promises: attached, refused, detached. */
export class LinkLife implements SessionMember {
  readonly session: AmqpSession
  readonly link: RheaLink
  readonly subject: ErrorSubject
  private readonly terminus: Terminus
  private readonly owner: LinkOwner
  private readonly attached = defer<void>()
  private readonly detached = defer<void>()
  private state: 'attaching' | 'attached' | 'detaching' | 'closed' = 'attaching'

  constructor(session: AmqpSession, link: RheaLink, terminus: Terminus, subject: ErrorSubject, owner: LinkOwner) {
    this.session = session
    this.link = link
    this.terminus = terminus
    this.subject = subject
    this.owner = owner
    link.dispatch = (name) => this.onEvent(name)
    session.add(this)
  }

  get isAttached(): boolean {
    return this.state === 'attached'
  }

  /**
   * Attaches the link.
   *
   * @throws the mapped error when the broker refuses
   * @throws TimeoutError after `timeout` ms
   */
  async attach(timeout: number): Promise<void> {
    this.link.attach()
    try {
      await within(this.attached.promise, timeout, this.subject.action)
    } catch (error) {
      if (error instanceof TimeoutError && this.state === 'attaching') this.finish()
      throw error
    }
  }

  /** Detaches it: `close` ends its terminus for good, `keep` leaves a durable one behind. Bounded by `timeout`, never rejects. */
  async detach(ending: 'close' | 'keep', timeout: number): Promise<void> {
    if (this.state !== 'attached') return
    this.state = 'detaching'
    if (ending === 'close') this.link.close()
    else this.link.detach()
    await within(this.detached.promise, timeout, 'detaching').catch(() => {})
    this.finish()
  }

  abandon(error: Error): void {
    const mapped =
      error instanceof SessionEndedError ? mapError(error.amqpError, this.subject) : (error as MessagingError)
    this.end(mapped)
  }

  private onEvent(name: string): boolean {
    switch (name) {
      case 'sender_open':
      case 'receiver_open':
        this.onAttached()
        break
      case 'sender_close':
      case 'receiver_close':
        this.end(mapError(this.remoteError(), this.subject))
        break
      default:
        if (this.state === 'attached') this.owner.event(name)
    }
    return true
  }

  private onAttached(): void {
    if (this.state !== 'attaching') return
    const attach = this.link.remote.attach
    // A refusal is an attach without the terminus that was asked for, then a detach with the reason (AMQP 1.0 §2.6.3).
    if (this.terminus !== 'coordinator' && isMissing(attach?.[this.terminus])) return
    this.state = 'attached'
    this.attached.resolve()
  }

  private remoteError(): RheaError | undefined {
    return this.link.remote.detach?.error ?? undefined
  }

  private end(error: MessagingError): void {
    const before = this.state
    this.finish()
    if (before === 'attaching') this.attached.reject(error)
    else if (before === 'attached') this.owner.closed(error)
  }

  private finish(): void {
    this.state = 'closed'
    this.session.remove(this)
    this.detached.resolve()
  }
}

/** rhea gives a terminus that is null on the wire as a typed null. */
function isMissing(terminus: unknown): boolean {
  return ((terminus as { readonly value?: unknown } | null | undefined)?.value ?? null) === null
}
