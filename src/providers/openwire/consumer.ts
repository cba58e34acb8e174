import { Fifo } from '../../collections/fifo.ts'
import { InvalidDestinationError } from '../../errors.ts'
import type { LoadForeignMessageReader } from '../../interop/foreign-messages.ts'
import { describeDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import { dispatched } from '../../provider/dispatch-time.ts'
import { DONE, type Outcome, type OutcomeDetail } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import { wireDestination } from './addresses.ts'
import { type BrokerProfile, peerName } from './broker-profile.ts'
import { BrokerWindow } from './broker-window.ts'
import type { Dispatch, IncomingMessage } from './codec/incoming.ts'
import { type Structure, TYPE } from './codec/types.ts'
import type { OpenWireConnection } from './connection.ts'
import { ConsumerAcks } from './consumer-acks.ts'
import { consumerCommand, windowOf } from './consumer-command.ts'
import { OpenWireDelivery } from './delivery.ts'
import type { Endpoint } from './endpoint.ts'
import type { RequestSubject } from './error-mapping.ts'
import { GiveBack } from './give-back.ts'
import { contentBytes, type DecodeContext, IncomingData, isAmqp } from './mapping-decode.ts'
import type { Sending } from './sending.ts'
import type { OpenTransaction, Transactions } from './transactions.ts'

/** What a consumer has to do with. */
export interface ConsumerContext extends DecodeContext {
  readonly connection: OpenWireConnection
  readonly endpoint: Endpoint
  readonly profile: BrokerProfile
  readonly loadAmqpReader: LoadForeignMessageReader | undefined
  message(delivery: OpenWireDelivery): void
  /** Something failed that no call tells of. */
  failed(error: Error): void
  readonly sending: Sending
  readonly transactions: Transactions
  /** The broker has closed it. */
  closed(error: Error): void
}

/** A consumer. The broker sends as far as its {@link BrokerWindow} goes; what comes without credit waits here. */
export class OpenWireConsumer {
  readonly info: ConsumerInfo
  readonly #context: ConsumerContext
  readonly #connection: OpenWireConnection
  readonly #id: Structure
  readonly #window: BrokerWindow
  readonly #acks: ConsumerAcks
  readonly #giveBack: GiveBack
  /** Without a window every message is asked for. */
  readonly #isPulling: boolean
  /** Whether a pull has no answer yet. */
  #isPulled = false
  #isPullScheduled = false
  /** Came without credit. */
  readonly #waiting = new Fifo<OpenWireDelivery>()
  /** What came while the reader of messages of AMQP is loaded, in its order. */
  #held: Dispatch[] | undefined
  #credit = 0
  /** Resolves when a message has come, or a pull is answered; for a browser, when it has used up its credit or seen all. */
  #drained: (() => void) | undefined
  #isBrowsed = false
  #isClosed = false

  constructor(info: ConsumerInfo, context: ConsumerContext) {
    this.info = info
    this.#context = context
    this.#connection = context.connection
    this.#id = context.connection.ids.consumer(info)
    const size = windowOf(info, context.endpoint)
    this.#isPulling = size === 0
    this.#window = new BrokerWindow(size, info.prefetch)
    this.#acks = new ConsumerAcks(context.connection, this.#id, info, this.#window)
    const { connection, endpoint, profile, sending, transactions } = context
    this.#giveBack = new GiveBack({
      ...{ info, acks: this.#acks, sending, transactions, peer: peerName(profile, endpoint.name) },
      failed: (error) => {
        if (!this.#isClosed && connection.isOpen) context.failed(error)
      },
    })
  }

  /** @throws InvalidDestinationError, InvalidSelectorError, AuthorizationError, IllegalStateError by what the broker says */
  async open(): Promise<void> {
    const verb = this.info.browser ? 'browsing' : 'consuming from'
    await this.#connection.request(
      consumerCommand(this.#id, this.info, this.#context.endpoint, this.#connection.clientId),
      { ...this.#subject(verb), selector: this.info.selector },
    )
  }

  grant(credit: number): void {
    this.#credit += credit
    this.#window.granted(credit)
    while (this.#credit > 0) {
      const delivery = this.#waiting.shift()
      if (delivery === undefined) break
      this.#handOver(delivery)
    }
    if (this.#isClosed) return
    if (this.#isPulling) this.#pullLater()
    else this.#acks.widen()
  }

  async drain(isLast = false): Promise<void> {
    if (this.#credit === 0 || this.#isClosed) return
    if (this.info.browser) {
      if (!this.#isBrowsed) await this.#whenDrained()
    } else if (this.#isPulling) {
      await this.#pullNow(isLast)
    } else {
      await dispatched(this.#connection.roundTrip(this.info.session), this.#whenDrained(), isLast)
    }
    this.#window.granted(-this.#credit)
    this.#credit = 0
  }

  /** A MessageDispatch for it. */
  received(dispatch: Dispatch): void {
    if (this.#isClosed) return
    if (this.#held !== undefined) {
      this.#held.push(dispatch)
      return
    }
    const { message, redeliveryCounter } = dispatch
    if (message === undefined) {
      this.#hasNoMore()
      return
    }
    const data = this.#dataOf(message, dispatch)
    if (data === undefined) return
    const delivery = new OpenWireDelivery(data, message, redeliveryCounter)
    this.#acks.received(delivery)
    this.#isPulled = false
    if (this.#credit > 0) this.#handOver(delivery)
    else this.#waiting.push(delivery)
    if (this.#isPulling) this.#pullAnswered()
  }

  /** The broker has ended it, or changed its window. */
  controlled(control: Structure): void {
    if (control.close !== true || this.#isClosed) return
    const { action } = this.#subject('consuming from')
    this.#ended(
      new InvalidDestinationError(
        `${action} was ended by the broker, which closes consumers that are too slow, and those of what is deleted; create the consumer again`,
      ),
    )
  }

  /** Settles deliveries, oldest first. */
  settle(
    deliveries: readonly OpenWireDelivery[],
    outcome: Outcome,
    transaction: OpenTransaction | undefined,
    detail: OutcomeDetail | undefined,
    isAwaited: boolean,
  ): Promise<void> {
    if (this.info.browser) return DONE
    const subject = isAwaited ? this.#subject('acknowledging a message of') : undefined
    switch (outcome) {
      case 'accepted':
        return this.#acks.accept(deliveries, transaction, subject)
      case 'rejected':
        return this.#acks.poison(deliveries, detail?.reason, this.#subject('rejecting a message of'))
      case 'modified':
        return this.#giveBack.giveBack(deliveries, detail?.delay ?? 0)
      default:
        for (const delivery of deliveries) delivery.isUntouched = true
        return DONE
    }
  }

  /** Unsettled messages go back; where some are acknowledged in an open transaction, once that has ended. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#giveBack.close()
    this.#drained?.()
    for (const delivery of this.#waiting.takeAll()) delivery.isUntouched = true
    const pending = this.#acks.transaction
    if (pending === undefined) return this.#remove()
    this.#forbidMore()
    pending.whenEnded(() => {
      if (this.#connection.isOpen) this.#remove().catch(() => {})
    })
  }

  /** The broker, or the connection, is gone. */
  abandon(): void {
    this.#isClosed = true
    this.#giveBack.close()
    this.#drained?.()
  }

  async #remove(): Promise<void> {
    await this.#connection.request(
      {
        type: TYPE.REMOVE_INFO,
        objectId: this.#id,
        lastDeliveredSequenceId: this.#acks.lastDelivered,
      },
      this.#subject('closing the consumer of'),
    )
  }

  #ended(error: Error): void {
    this.abandon()
    this.#context.closed(error)
  }

  // --- deliveries ------------------------------------------------------------------------------------------------

  #handOver(delivery: OpenWireDelivery): void {
    this.#credit -= 1
    // What is browsed is nobody's to acknowledge: it only makes room.
    if (this.info.browser) void this.#acks.accept([delivery], undefined, undefined)
    this.#context.message(delivery)
    if (this.#credit === 0 || !this.info.browser) this.#drained?.()
  }

  /** What a message says; undefined while what reads it is loaded, which hands it over then. */
  #dataOf(message: IncomingMessage, dispatch: Dispatch): MessageData | undefined {
    if (!isAmqp(message)) return new IncomingData(message, this.#context)
    const reader = this.#context.loadAmqpReader?.()
    if (reader instanceof Promise) {
      this.#hold(reader, dispatch)
      return undefined
    }
    try {
      if (reader !== undefined) return reader(contentBytes(message), this.info.destination)
    } catch {
      // It is none; the bytes are what the application gets.
    }
    return new IncomingData(message, this.#context)
  }

  /** What follows keeps its place behind it. */
  #hold(loading: Promise<unknown>, dispatch: Dispatch): void {
    const held: Dispatch[] = [dispatch]
    this.#held = held
    loading.then(
      () => {
        this.#held = undefined
        for (const one of held) this.received(one)
      },
      (error: Error) => this.#ended(error),
    )
  }

  // --- asking for messages ---------------------------------------------------------------------------------------

  /** In a moment: who only asks whether there is one says so in the same turn. */
  #pullLater(): void {
    if (this.#isPullScheduled || this.#isPulled) return
    this.#isPullScheduled = true
    queueMicrotask(() => {
      this.#isPullScheduled = false
      if (this.#credit > 0 && !this.#isPulled && !this.#isClosed && this.#connection.isOpen) this.#pull(FOR_EVER)
    })
  }

  /** One message, if there is one. */
  async #pullNow(isLast: boolean): Promise<void> {
    const before = this.#credit
    await this.#pullAtOnce()
    // Artemis may say it of the pull before, which a message has answered: it is asked again when it is done with that one.
    if (this.#credit < before || isLast || !this.#context.profile.keepsPulls) return
    await dispatched(this.#connection.roundTrip(this.info.session), this.#whenDrained(), false)
    if (this.#credit === before && !this.#isClosed) await this.#pullAtOnce()
  }

  #pullAtOnce(): Promise<void> {
    const answered = this.#whenDrained()
    this.#pull(AT_ONCE)
    return answered
  }

  #pull(timeout: number): void {
    if (this.#isPulled) this.#forgetPulls()
    this.#isPulled = true
    this.#connection.send({
      type: TYPE.MESSAGE_PULL,
      consumerId: this.#id,
      destination: wireDestination(this.info.destination),
      timeout: timeout === FOR_EVER ? this.#context.profile.longestPull : timeout,
    })
  }

  /** One that was answered by nothing goes on at Artemis: the next message would come unasked. */
  #forgetPulls(): void {
    if (this.#context.profile.keepsPulls) this.#forbidMore()
  }

  /** The broker sends nothing more, until it is asked. */
  #forbidMore(): void {
    const destination = wireDestination(this.info.destination)
    this.#connection.send({ type: TYPE.CONSUMER_CONTROL, destination, consumerId: this.#id, prefetch: 0 })
  }

  #pullAnswered(): void {
    this.#drained?.()
    if (this.#credit > 0) this.#pullLater()
  }

  /** The end of what is browsed, or the answer to a pull: there is none. */
  #hasNoMore(): void {
    this.#isBrowsed = true
    this.#isPulled = false
    if (this.#isPulling) this.#forgetPulls()
    if (this.#drained !== undefined) this.#drained()
    else if (this.#isPulling) this.#pullLater()
  }

  #whenDrained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = () => {
        this.#drained = undefined
        resolve()
      }
    })
  }

  #subject(action: string): RequestSubject {
    return { action: `${action} ${describeDestination(this.info.destination)}` }
  }
}

/** How long a pull is to wait: the other way round than one would think. */
const AT_ONCE = -1
const FOR_EVER = 0
