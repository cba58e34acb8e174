import { AbortedError, IllegalStateError, InvalidDestinationError, TimeoutError } from '../errors.ts'
import { type Destination, describeDestination, hasWildcard, isTemporary } from '../message/destination.ts'
import { isMessage, withBody } from '../message/message.ts'
import type { MessageData } from '../message/message-data.ts'
import { DONE } from '../provider/provider.ts'
import type { ProducerInfo } from '../provider/resources.ts'
import type { Producer, ProducerOptions, SendOptions } from './api.ts'
import { requireTarget } from './features.ts'
import { detachBody, OutgoingMessage } from './outgoing-message.ts'
import { checkBody } from './received-body.ts'
import { SendGroup } from './send-group.ts'
import { type ResolvedSendOptions, resolveSendOptions } from './send-options.ts'
import type { ClientSession } from './session.ts'
import { within } from './signals.ts'

/** A producer of the client. */
export class ClientProducer<T> implements Producer<T> {
  readonly destination: Destination<T> | undefined
  readonly info: ProducerInfo
  readonly #session: ClientSession
  readonly #options: ResolvedSendOptions
  readonly #group: SendGroup
  readonly #idPrefix: string
  #sent = 0
  #state: 'open' | 'closing' | 'closed' = 'open'
  #failure: Error | undefined
  #closed: Promise<void> | undefined
  /** Sends that wait for a schema to answer, so that the order is kept. Never rejects. */
  #checks: Promise<unknown> | undefined
  /** Sends from before the broker had this producer; undefined from then on. */
  #early: (() => void)[] | undefined

  constructor(
    session: ClientSession,
    info: ProducerInfo,
    destination: Destination<T> | undefined,
    options: ProducerOptions | undefined,
  ) {
    this.#session = session
    this.info = info
    this.destination = destination
    this.#options = resolveSendOptions(options)
    this.#group = session.transactions?.sends ?? new SendGroup()
    this.#idPrefix = `ID:${info.id}:`
    this.#requireFeatures(this.#options)
  }

  get state(): 'open' | 'closing' | 'closed' {
    return this.#state
  }

  /** Takes sends from now on, which go out in their order once {@link open} is through. */
  openLater(): void {
    this.#early = []
  }

  /** Creates it at the broker. */
  async open(): Promise<void> {
    if (this.destination !== undefined) checkSendTarget(this.destination)
    await this.#session.bounded(
      this.#session.provider.create(this.info),
      () =>
        `creating a producer${this.destination === undefined ? '' : ` for ${describeDestination(this.destination)}`}`,
    )
    this.#releaseEarly()
  }

  // Not an async function: its promise is the window's own, so that a send costs as few promises as can be.
  send(first: unknown, second?: unknown, third?: SendOptions): Promise<void> {
    try {
      if (this.destination !== undefined) return this.#send(this.destination, first, second as SendOptions | undefined)
      const destination = checkSendTarget(first as Destination)
      requireTarget(this.#session, destination)
      return this.#send(destination, second, third)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The broker closed it, or the connection is gone. */
  failed(error: Error): void {
    this.#failure ??= error
    this.#state = 'closed'
    this.#releaseEarly()
    this.#session.producerClosed(this)
  }

  #send(destination: Destination, sendable: unknown, given: SendOptions | undefined): Promise<void> {
    if (this.#state !== 'open') throw this.#closedError()
    this.#session.requireSendable()
    if (given?.signal?.aborted) throw abortedError(destination, given.signal)
    if (isTemporary(destination)) this.#session.connection.temporaries.requireLive(destination)
    const options = given === undefined ? this.#options : this.#resolve(given)
    const schema = destination.schema
    if (schema === undefined && this.#checks === undefined)
      return this.#dispatch(destination, sendable, options, given?.signal)
    return this.#checkThenDispatch(destination, sendable, options, given?.signal)
  }

  #resolve(given: SendOptions): ResolvedSendOptions {
    const options = resolveSendOptions(given, this.#options)
    this.#requireFeatures(options)
    return options
  }

  #dispatch(
    destination: Destination,
    sendable: unknown,
    options: ResolvedSendOptions,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.#sent += 1
    const message = new OutgoingMessage(sendable, destination, options, this.#idPrefix + this.#sent, Date.now())
    this.#requireFeaturesOf(message)
    const window = this.#session.connection.sends
    if (!window.open || this.#early !== undefined) {
      const detached = detachBody(message)
      return window.enqueue(() => this.#provide(detached), detached, this.#group, signal)
    }
    const confirmation = this.#provide(message)
    return confirmation === DONE ? DONE : window.track(confirmation, message, this.#group, signal)
  }

  #provide(message: MessageData): Promise<void> {
    const early = this.#early
    if (early === undefined) return this.#provideNow(message)
    return new Promise((resolve, reject) => {
      early.push(() => this.#provideNow(message).then(resolve, reject))
    })
  }

  #releaseEarly(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const provide of early) provide()
  }

  #provideNow(message: MessageData): Promise<void> {
    if (this.#state === 'closed') return Promise.reject(this.#closedError())
    const session = this.#session
    session.transactions?.used()
    return session.provider.send(this.info, message, session.transacted ? session.info : undefined)
  }

  /** A schema may answer later; sends after it wait, so that the order is kept. */
  #checkThenDispatch(
    destination: Destination,
    sendable: unknown,
    options: ResolvedSendOptions,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const checked = checkSendable(destination, sendable)
    const before = this.#checks
    if (!(checked instanceof Promise) && before === undefined) {
      return this.#dispatch(destination, checked, options, signal)
    }
    // Counted from here on, so that close() and commit() wait for it.
    this.#group.started()
    const body = checked instanceof Promise ? this.#inTime(checked, destination) : checked
    const dispatched = Promise.all([body, before]).then(([value]) => {
      if (this.#state === 'closed') throw this.#closedError()
      if (signal?.aborted) throw abortedError(destination, signal)
      return { confirmed: this.#dispatch(destination, value, options, signal) }
    })
    const done = Promise.allSettled([dispatched, before]).then(() => {
      this.#group.ended(undefined)
      if (this.#checks === done) this.#checks = undefined
    })
    this.#checks = done
    return dispatched.then(({ confirmed }) => confirmed)
  }

  #inTime(checked: Promise<unknown>, destination: Destination): Promise<unknown> {
    const ms = this.#session.connection.options.sendTimeout
    // Nothing is in doubt: only the schema has seen it.
    const late = (): TimeoutError =>
      new TimeoutError(
        `the schema of ${describeDestination(destination)} has not answered within sendTimeout (${ms} ms); nothing was sent`,
      )
    return within(ms, checked, late)
  }

  #requireFeatures(options: ResolvedSendOptions): void {
    if (options.priority !== 4) this.#session.require('priority')
    if (options.timeToLive > 0) this.#session.require('timeToLive')
    if (options.deliveryDelay > 0) this.#session.require('deliveryDelay')
  }

  #requireFeaturesOf(message: MessageData): void {
    const session = this.#session
    const { capabilities } = session.connection
    if (message.groupId !== undefined) session.require('messageGroups')
    if (message.replyTo !== undefined) session.require('replyTo')
    if (message.deliveryMode === 'persistent') session.require('publishConfirm')
    if (capabilities.properties !== 'unsupported' && capabilities.typedProperties !== 'unsupported') return
    for (const value of Object.values(message.properties)) {
      if (typeof value !== 'string') session.require('typedProperties')
      session.require('properties')
    }
  }

  async #close(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    // In a transaction the sends belong to the session, whose commit waits for them; but they have to go out.
    await this.#unconfirmedSends(this.#session.transacted ? (this.#checks ?? DONE) : this.#group.settled())
    try {
      await this.#session.bounded(this.#session.provider.destroy(this.info), () => `closing ${this.#name()}`)
    } finally {
      this.#state = 'closed'
      this.#session.producerClosed(this)
    }
  }

  /** What the broker takes too long to confirm does not hold up the close; it is settled when the connection ends. */
  async #unconfirmedSends(settled: Promise<unknown>): Promise<void> {
    if (settled === DONE) return
    await within(this.#session.closeTimeout, settled, () => '').catch(() => {
      this.#session.logger.warn?.(`${this.#name()} closes with unconfirmed sends after closeTimeout`)
    })
  }

  #closedError(): Error {
    return this.#failure ?? new IllegalStateError(`send(): ${this.#name()} is closed`)
  }

  #name(): string {
    return this.destination === undefined ? 'the producer' : `the producer for ${describeDestination(this.destination)}`
  }
}

/** The value as its destination's schema makes it, or as it is. */
function checkSendable(destination: Destination, sendable: unknown): unknown {
  if (destination.schema === undefined) return sendable
  const where = describeDestination(destination)
  if (!isMessage(sendable)) return checkBody(destination.schema, sendable, where)
  const checked = checkBody(destination.schema, sendable.body, where)
  return checked instanceof Promise ? checked.then((body) => withBody(sendable, body)) : withBody(sendable, checked)
}

function checkSendTarget(destination: Destination): Destination {
  if (typeof destination !== 'object' || destination === null || typeof destination.name !== 'string') {
    throw new InvalidDestinationError(
      'send() on a producer made without a destination needs one first: send(queue("orders"), body)',
    )
  }
  if (destination.kind === 'topic' && hasWildcard(destination.name)) {
    throw new InvalidDestinationError(
      `${describeDestination(destination)} holds a wildcard; messages are sent to one topic, wildcards are for consumers`,
    )
  }
  return destination
}

function abortedError(destination: Destination, signal: AbortSignal): AbortedError {
  return new AbortedError(`the send to ${describeDestination(destination)} was aborted before it was sent`, {
    cause: signal.reason,
  })
}
