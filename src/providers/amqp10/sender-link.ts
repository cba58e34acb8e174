import { IllegalStateError, MessageTooLargeError, type MessagingError } from '../../errors.ts'
import type { Destination } from '../../message/destination.ts'
import type { DeliveryState } from './delivery-states.ts'
import type { ErrorSubject } from './error-mapping.ts'
import { LinkLife } from './link.ts'
import type { OutgoingDelivery, TransferSource } from './outgoing.ts'
import type { RheaFlow, RheaFrame, RheaSender, RheaTyped } from './rhea-types.ts'
import type { AmqpSession } from './session.ts'
import { TRANSFER_OVERHEAD, transferFrame } from './wire.ts'

export interface SenderOptions {
  readonly name: string
  /** Fields of the target, none for the anonymous relay; or the coordinator of transactions, encoded already. */
  readonly target: object | { readonly coordinator: RheaTyped }
  /** Messages need no outcome: they count as accepted once they are written. */
  readonly presettled?: boolean
  readonly properties?: Readonly<Record<string, unknown>>
  readonly subject: ErrorSubject
  /** The error that an outcome other than accepted means to the sender of a message; undefined when it means none. */
  readonly refusalOf?: (state: DeliveryState, destination: Destination | undefined) => MessagingError | undefined
}

/** Sent messages stay at the head of the queue until so many can be dropped at once. */
const COMPACT_AT = 1024
const ACCEPTED: DeliveryState = { kind: 'accepted' }

/** A message on its way: waiting for credit, half sent, or waiting for its outcome. */
abstract class PendingTransfer implements OutgoingDelivery {
  readonly source: SenderLink
  readonly payload: Uint8Array
  readonly transactional: Uint8Array | undefined
  readonly reject: (error: Error) => void
  deliveryId = -1
  sent = 0

  constructor(
    source: SenderLink,
    payload: Uint8Array,
    transactional: Uint8Array | undefined,
    reject: (error: Error) => void,
  ) {
    this.source = source
    this.payload = payload
    this.transactional = transactional
    this.reject = reject
  }

  get size(): number {
    return this.payload.length
  }

  abstract settled(state: DeliveryState): void
}

/** A message of the application: it is accepted, or its send fails. */
class PendingSend extends PendingTransfer {
  readonly destination: Destination | undefined
  private readonly resolve: () => void

  constructor(
    source: SenderLink,
    payload: Uint8Array,
    transactional: Uint8Array | undefined,
    destination: Destination | undefined,
    resolve: () => void,
    reject: (error: Error) => void,
  ) {
    super(source, payload, transactional, reject)
    this.destination = destination
    this.resolve = resolve
  }

  settled(state: DeliveryState): void {
    const refusal = state.kind === 'accepted' ? undefined : this.source.options.refusalOf?.(state, this.destination)
    if (refusal === undefined) this.resolve()
    else this.reject(refusal)
  }
}

/** A request to the broker itself, which wants the outcome as it is. */
class PendingRequest extends PendingTransfer {
  private readonly resolve: (state: DeliveryState) => void

  constructor(
    source: SenderLink,
    payload: Uint8Array,
    resolve: (state: DeliveryState) => void,
    reject: (error: Error) => void,
  ) {
    super(source, payload, undefined, reject)
    this.resolve = resolve
  }

  settled(state: DeliveryState): void {
    this.resolve(state)
  }
}

/** A sending link with its own queue of messages that wait for credit. */
export class SenderLink implements TransferSource {
  private readonly session: AmqpSession
  private readonly link: RheaSender
  private readonly life: LinkLife
  readonly options: SenderOptions
  private queue: (PendingTransfer | undefined)[] = []
  private head = 0
  private failure: MessagingError | undefined
  private onClosed: ((error: MessagingError) => void) | undefined

  private constructor(session: AmqpSession, options: SenderOptions) {
    this.session = session
    this.options = options
    this.link = session.createSender(options.name, {
      autosettle: false,
      treat_modified_as_released: false,
      snd_settle_mode: options.presettled === true ? 1 : 0,
      rcv_settle_mode: 0,
      ...(options.properties === undefined ? {} : { properties: options.properties }),
    })
    this.link.set_source({})
    this.setTarget(options.target)
    this.link.on_flow = (frame) => this.onFlow(frame)
    const terminus = 'coordinator' in options.target ? 'coordinator' : 'target'
    this.life = new LinkLife(session, this.link, terminus, options.subject, {
      event: () => {},
      closed: (error) => {
        this.fail(error)
        this.onClosed?.(error)
      },
    })
    session.outgoing.sources.add(this)
  }

  /** Attaches a sending link on a session. */
  static async attach(session: AmqpSession, options: SenderOptions, timeout: number): Promise<SenderLink> {
    const sender = new SenderLink(session, options)
    await sender.life.attach(timeout)
    return sender
  }

  /** The target's address as the broker gave it; a dynamic one has its name from there. */
  get address(): string | undefined {
    const target = this.link.remote.attach?.target as { readonly address?: unknown } | null | undefined
    return typeof target?.address === 'string' ? target.address : undefined
  }

  get isAttached(): boolean {
    return this.life.isAttached
  }

  /** Where the oldest message without an outcome went: what the broker has against the link is most likely about that. */
  get oldestDestination(): Destination | undefined {
    const oldest = this.session.outgoing.oldestOf(this) ?? this.queue[this.head]
    return oldest instanceof PendingSend ? oldest.destination : undefined
  }

  /** Calls `listener` once when the broker closes the link. */
  whenClosed(listener: (error: MessagingError) => void): void {
    this.onClosed = listener
  }

  /**
   * Sends an encoded message; resolves when it was accepted.
   *
   * @throws MessageTooLargeError when the broker said at attach that it does not take so much
   * @throws the error that `refusalOf` makes of another outcome
   */
  send(payload: Uint8Array, transactional?: Uint8Array, destination?: Destination): Promise<void> {
    const refusal = this.failure ?? this.refuse(payload)
    if (refusal !== undefined) return Promise.reject(refusal)
    return new Promise((resolve, reject) => {
      this.enqueue(new PendingSend(this, payload, transactional, destination, resolve, reject))
    })
  }

  /** Sends an encoded request; resolves with whatever outcome it has. */
  request(payload: Uint8Array): Promise<DeliveryState> {
    if (this.failure !== undefined) return Promise.reject(this.failure)
    return new Promise((resolve, reject) => this.enqueue(new PendingRequest(this, payload, resolve, reject)))
  }

  /** Ends the link; messages without an outcome are given up. */
  async close(timeout: number): Promise<void> {
    await this.life.detach('close', timeout)
    this.fail(new IllegalStateError(`${this.life.subject.action} was closed before the broker confirmed the message`))
  }

  private enqueue(transfer: PendingTransfer): void {
    this.queue.push(transfer)
    if (this.queue.length - this.head === 1) this.pump()
  }

  pump(): void {
    const { outgoing } = this.session
    while (this.head < this.queue.length) {
      const pending = this.queue[this.head]
      if (pending === undefined || (this.link.credit <= 0 && pending.sent === 0)) break
      if (!outgoing.hasWindow || !this.life.isAttached) break
      if (pending.deliveryId < 0) pending.deliveryId = this.number(pending)
      if (!this.transfer(pending)) break
      if (this.options.presettled === true) pending.settled(ACCEPTED)
      this.queue[this.head] = undefined
      this.head++
    }
    if (this.head === this.queue.length) {
      this.queue.length = 0
      this.head = 0
    } else if (this.head >= COMPACT_AT) {
      this.queue = this.queue.slice(this.head)
      this.head = 0
    }
  }

  private number(pending: PendingTransfer): number {
    const { outgoing } = this.session
    return this.options.presettled === true ? outgoing.nextId() : outgoing.track(pending)
  }

  /** Writes frames of one message; false when the session's window ended within it. */
  private transfer(pending: PendingTransfer): boolean {
    const { connection, outgoing, channel } = this.session
    const length = pending.payload.length
    const room = connection.largestFrame - TRANSFER_OVERHEAD - (pending.transactional?.length ?? 0)
    do {
      if (!outgoing.hasWindow) return false
      const end = Math.min(length, pending.sent + room)
      const fields = {
        channel,
        handle: this.link.local.handle,
        deliveryId: pending.deliveryId,
        settled: this.options.presettled === true,
        more: end < length,
        state: pending.transactional,
      }
      connection.write(transferFrame(fields, pending.payload, pending.sent, end))
      outgoing.countTransfer()
      pending.sent = end
    } while (pending.sent < length)
    this.link.credit--
    this.link.delivery_count = (this.link.delivery_count + 1) >>> 0
    return true
  }

  /** In place of rhea's, which does not count beyond 2³² and answers neither drain nor echo. */
  private onFlow(frame: RheaFrame<RheaFlow>): void {
    const flow = frame.performative
    const received = flow.delivery_count ?? 0
    this.link.credit = Math.max(0, (received + (flow.link_credit ?? 0) - this.link.delivery_count) | 0)
    this.pump()
    if (flow.drain === true && this.link.credit > 0 && this.queue.length === this.head) {
      this.link.delivery_count = (this.link.delivery_count + this.link.credit) >>> 0
      this.link.credit = 0
      this.session.writeFlow(this.link, flow.drain === true)
    } else if (flow.echo === true) {
      this.session.writeFlow(this.link, false)
    }
  }

  private setTarget(target: SenderOptions['target']): void {
    if (!('coordinator' in target)) {
      this.link.set_target(target)
      return
    }
    this.link.local.attach.target = target.coordinator
    const onAttach = this.link.on_attach.bind(this.link)
    this.link.on_attach = (frame) => {
      // rhea prints a warning for a terminus it does not know, and a coordinator is one.
      frame.performative.target = undefined
      onAttach(frame)
    }
  }

  private refuse(payload: Uint8Array): MessagingError | undefined {
    const limit = this.link.remote.attach?.max_message_size
    // 0 and absence both mean no limit (AMQP 1.0 §2.7.3); one beyond 2⁵³ comes as bytes.
    if (typeof limit !== 'number' || limit === 0 || payload.length <= limit) return undefined
    return new MessageTooLargeError(
      `${this.life.subject.action}: the message takes ${payload.length} bytes, ${this.life.subject.endpoint} allows ${limit}; ` +
        "send less, or raise the broker's limit",
    )
  }

  private fail(error: MessagingError): void {
    this.failure ??= error
    this.session.outgoing.sources.delete(this)
    const waiting = this.queue.slice(this.head)
    this.queue = []
    this.head = 0
    const unsettled = this.session.outgoing.abandon(this)
    for (const pending of [...unsettled, ...waiting]) if (pending instanceof PendingTransfer) pending.reject(error)
  }
}
