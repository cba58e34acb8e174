import type { Buffer } from 'node:buffer'
import type { MessagingError } from '../../errors.ts'
import type { ErrorSubject } from './error-mapping.ts'
import type { TransferSink } from './incoming.ts'
import { LinkLife } from './link.ts'
import { defer } from './promises.ts'
import type { RheaFlow, RheaFrame, RheaReceiver, RheaTerminus } from './rhea-types.ts'
import type { AmqpSession } from './session.ts'
import { dispositionFrame } from './wire.ts'

export interface ReceiverOptions {
  readonly name: string
  /** Fields of the source; undefined looks up the one that the broker has under this link name. */
  readonly source: object | undefined
  /** The broker settles deliveries as it sends them; they need no outcome. */
  readonly presettled: boolean
  readonly desiredCapabilities?: readonly string[]
  readonly properties?: Readonly<Record<string, unknown>>
  readonly subject: ErrorSubject
}

/**
 * ms between a drain that ended because all credit was used up, and the next one. Nobody has to answer such a drain;
 * Artemis still works at it for a moment, and would take away credit that is granted and drained anew meanwhile, along
 * with a message.
 */
const STALE_DRAIN = 20

/** What a receiving link hands on. */
export interface ReceiverListener {
  message(deliveryId: number, payload: Buffer, settled: boolean): void
  closed(error: MessagingError): void
}

/** A receiving link: raw messages in, ranges of outcomes out. */
export class ReceiverLink implements TransferSink {
  readonly largestMessage: number
  private readonly session: AmqpSession
  private readonly link: RheaReceiver
  private readonly life: LinkLife
  private readonly listener: ReceiverListener
  /** A range that is settled and not written yet. */
  private firstSettled = 0
  private lastSettled = 0
  private settledState: Uint8Array | undefined
  private drained: ReturnType<typeof defer<void>> | undefined
  private isDrainUnanswered = false
  private drainTimer: ReturnType<typeof setTimeout> | undefined

  private constructor(session: AmqpSession, options: ReceiverOptions, listener: ReceiverListener) {
    this.session = session
    this.listener = listener
    this.largestMessage = session.connection.largestMessage
    this.link = session.createReceiver(options.name, {
      credit_window: 0,
      autoaccept: false,
      autosettle: false,
      snd_settle_mode: options.presettled ? 1 : 0,
      rcv_settle_mode: 0,
      ...(options.properties === undefined ? {} : { properties: options.properties }),
      ...(options.desiredCapabilities === undefined ? {} : { desired_capabilities: options.desiredCapabilities }),
    })
    if (options.source === undefined) this.link.local.attach.source = undefined
    else this.link.set_source(options.source)
    this.link.set_target({})
    this.link.on_flow = (frame) => this.onFlow(frame)
    this.life = new LinkLife(session, this.link, 'source', options.subject, {
      event: () => {},
      closed: (error) => {
        this.finish()
        this.listener.closed(error)
      },
    })
    session.incoming.addSink(this.link, this)
  }

  /** Attaches a receiving link on a session; it gets nothing before {@link grant}. */
  static async attach(
    session: AmqpSession,
    options: ReceiverOptions,
    listener: ReceiverListener,
    timeout: number,
  ): Promise<ReceiverLink> {
    const receiver = new ReceiverLink(session, options, listener)
    await receiver.life.attach(timeout)
    receiver.link.delivery_count = receiver.link.remote.attach?.initial_delivery_count ?? 0
    return receiver
  }

  get isAttached(): boolean {
    return this.life.isAttached
  }

  /** The source as the broker gave it. */
  get source(): RheaTerminus {
    return (this.link.remote.attach?.source as RheaTerminus | null | undefined) ?? {}
  }

  grant(credit: number): void {
    if (!this.life.isAttached) return
    this.link.credit += credit
    this.session.writeFlow(this.link, false)
  }

  /** Takes unused credit back; resolves when all that was sent under it has been handed on. */
  drain(): Promise<void> {
    if (!this.life.isAttached || this.link.credit === 0) return Promise.resolve()
    if (this.drained === undefined) {
      this.drained = defer<void>()
      if (this.isDrainUnanswered) this.drainTimer = setTimeout(() => this.sendDrain(), STALE_DRAIN)
      else this.sendDrain()
    }
    return this.drained.promise
  }

  /**
   * Settles one delivery, or a range of deliveries with nothing between, with an encoded state. Neighbours that are
   * settled in the same turn with the same state go out in one frame.
   */
  settle(first: number, last: number, state: Uint8Array): void {
    if (this.settledState === state && first === (this.lastSettled + 1) >>> 0) {
      this.lastSettled = last
      return
    }
    if (this.settledState === undefined) queueMicrotask(this.flushSettled)
    else this.writeSettled()
    this.firstSettled = first
    this.lastSettled = last
    this.settledState = state
  }

  /** Writes at once what has been settled. */
  readonly flushSettled = (): void => {
    if (this.settledState !== undefined) this.writeSettled()
  }

  async detach(ending: 'close' | 'keep', timeout: number): Promise<void> {
    this.flushSettled()
    await this.life.detach(ending, timeout)
    this.finish()
  }

  receive(deliveryId: number, payload: Buffer, settled: boolean): void {
    this.listener.message(deliveryId, payload, settled)
    if (this.link.credit > 0 || this.drained === undefined) return
    this.isDrainUnanswered = true
    this.endDrain()
  }

  private writeSettled(): void {
    const { session, settledState: state } = this
    this.settledState = undefined
    if (state === undefined || !this.life.isAttached) return
    session.connection.write(dispositionFrame(session.channel, this.firstSettled, this.lastSettled, state))
  }

  private sendDrain(): void {
    if (this.life.isAttached) this.session.writeFlow(this.link, true)
    else this.endDrain()
  }

  /** In place of rhea's, which takes the peer's view of the credit for its own also when both have changed. */
  private onFlow(frame: RheaFrame<RheaFlow>): void {
    const flow = frame.performative
    if (flow.drain === true || this.drained !== undefined) {
      this.isDrainUnanswered = false
      const sent = flow.delivery_count ?? this.link.delivery_count
      const skipped = (sent - this.link.delivery_count) | 0
      if (skipped > 0) {
        this.link.delivery_count = sent
        this.link.credit = Math.max(0, this.link.credit - skipped)
      }
      if (this.link.credit === 0) this.endDrain()
    }
    if (flow.echo === true) this.session.writeFlow(this.link, false)
  }

  private endDrain(): void {
    clearTimeout(this.drainTimer)
    this.drained?.resolve()
    this.drained = undefined
  }

  private finish(): void {
    this.session.incoming.removeSink(this.link)
    this.endDrain()
  }
}
