import type { Buffer } from 'node:buffer'
import { type MessagingError, UnsupportedFeatureError } from '../../errors.ts'
import { describeDestination, isTopic } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import { type Delivery, DONE, type Outcome, type OutcomeDetail } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import { encodeOutcome } from './delivery-states.ts'
import type { LinkContext } from './link-context.ts'
import { type DecodedMessage, decodeMessage } from './mapping.ts'
import { ReceiverLink } from './receiver-link.ts'
import type { AmqpSession } from './session.ts'
import { missingFilters } from './terminus-topology.ts'
import type { Attachment } from './topology.ts'
import type { TransactionCoordinator } from './transactions.ts'

/** A message with the number that settles it. */
export class AmqpDelivery implements Delivery {
  readonly message: MessageData
  readonly redelivered: boolean
  readonly deliveryCount: number
  readonly deliveryId: number

  constructor(decoded: DecodedMessage, deliveryId: number) {
    this.message = decoded.message
    this.redelivered = decoded.redelivered
    this.deliveryCount = decoded.deliveryCount
    this.deliveryId = deliveryId
  }
}

/** What a consumer hands on. */
export interface ConsumerListener {
  message(delivery: AmqpDelivery): void
  closed(error: MessagingError): void
}

/** A consumer: a receiving link in a session of its own. */
export class AmqpConsumer {
  readonly info: ConsumerInfo
  private readonly context: LinkContext
  private readonly session: AmqpSession
  private readonly attachment: Attachment
  private readonly link: ReceiverLink
  /** Ids of deliveries without an outcome, oldest first. */
  private readonly unsettled = new Set<number>()
  /** Deliveries are accepted in a transaction that is still open: the link has to outlive it. */
  private isEnlisted = false
  private isClosing = false
  /** Outcomes that wait for the delay of a release. */
  private readonly delayed = new Set<ReturnType<typeof setTimeout>>()

  private constructor(
    context: LinkContext,
    info: ConsumerInfo,
    session: AmqpSession,
    attachment: Attachment,
    link: ReceiverLink,
  ) {
    this.context = context
    this.info = info
    this.session = session
    this.attachment = attachment
    this.link = link
  }

  /**
   * Attaches a consumer; nothing comes before {@link grant}.
   *
   * @throws the mapped error when the broker refuses
   * @throws UnsupportedFeatureError when it does not take a selector or noLocal over
   */
  static async create(context: LinkContext, info: ConsumerInfo, listener: ConsumerListener): Promise<AmqpConsumer> {
    const { connection, topology, timeout } = context
    const attachment = await topology.attach(info)
    const session = connection.createSession()
    let consumer: AmqpConsumer | undefined
    try {
      const verb = info.browser ? 'browsing' : 'consuming from'
      const link = await ReceiverLink.attach(
        session,
        {
          name: attachment.linkName,
          source: attachment.source,
          presettled: info.browser,
          desiredCapabilities: attachment.desiredCapabilities,
          subject: {
            action: `${verb} ${describeDestination(info.destination)}`,
            endpoint: connection.endpoint,
            selector: info.selector,
          },
        },
        {
          message: (deliveryId, payload, settled) => {
            if (!settled) consumer?.unsettled.add(deliveryId)
            listener.message(new AmqpDelivery(decode(payload, context, info), deliveryId))
          },
          closed: (error) => {
            // The session that ends with it ends by our will.
            if (consumer?.isClosing !== true) listener.closed(error)
          },
        },
        timeout,
      )
      consumer = new AmqpConsumer(context, info, session, attachment, link)
      consumer.checkFilters()
      return consumer
    } catch (error) {
      if (consumer === undefined) {
        session.release()
        await attachment.release()
      } else {
        await consumer.close()
      }
      throw error
    }
  }

  grant(credit: number): void {
    this.link.grant(credit)
  }

  drain(): Promise<void> {
    return this.link.drain()
  }

  /** Settles deliveries, oldest first: neighbours with one frame. */
  settle(deliveries: readonly Delivery[], outcome: Outcome, detail: OutcomeDetail | undefined): Promise<void> {
    if (outcome === 'rejected' && !this.attachment.deadLetters) return Promise.reject(this.noDeadLetters())
    const state = encodeOutcome(outcome, detail?.reason)
    const delay = detail?.delay ?? 0
    if (delay > 0) this.settleAfter(delay, deliveries, state)
    else this.settleWith(deliveries, state)
    return DONE
  }

  /** Accepts deliveries in a transaction. */
  settleIn(transaction: TransactionCoordinator, deliveries: readonly Delivery[]): void {
    this.settleWith(deliveries, transaction.current.accepted)
    // The transaction may be discharged next.
    this.link.flushSettled()
    this.isEnlisted = true
    transaction.whenEnded(() => {
      this.isEnlisted = false
      if (this.isClosing) this.closeUnwatched()
    })
  }

  /** Ends it; what has no outcome goes back to the broker, as failed. */
  async close(): Promise<void> {
    this.isClosing = true
    this.link.flushSettled()
    for (const timer of this.delayed) clearTimeout(timer)
    this.delayed.clear()
    if (this.isEnlisted) return
    const { countsModified } = this.context.profile
    if (this.unsettled.size === 0 || countsModified) {
      this.giveBack()
      await this.link.detach(this.attachment.ending, this.context.timeout)
      this.session.release()
    } else {
      await this.session.end(this.context.timeout)
    }
    await this.attachment.release()
  }

  private giveBack(): void {
    const failed = encodeOutcome('modified', undefined)
    for (const id of this.unsettled) this.link.settle(id, id, failed)
    this.unsettled.clear()
  }

  private settleWith(deliveries: readonly Delivery[], state: Uint8Array): void {
    let first = -1
    let last = -1
    for (const delivery of deliveries as readonly AmqpDelivery[]) {
      const id = delivery.deliveryId
      if (!this.unsettled.delete(id)) continue
      if (first >= 0 && id === (last + 1) >>> 0) {
        last = id
        continue
      }
      if (first >= 0) this.link.settle(first, last, state)
      first = id
      last = id
    }
    if (first >= 0) this.link.settle(first, last, state)
  }

  /** The broker has ended it. */
  ended(): void {
    this.closeUnwatched()
  }

  private closeUnwatched(): void {
    this.close().catch((error) => this.context.logger.debug?.('a consumer was not freed in order', { error }))
  }

  /** No broker takes a delay with an outcome: the message is kept here meanwhile, and goes back earlier if this consumer closes. */
  private settleAfter(delay: number, deliveries: readonly Delivery[], state: Uint8Array): void {
    const kept = [...deliveries]
    const timer = setTimeout(() => {
      this.delayed.delete(timer)
      this.settleWith(kept, state)
    }, delay)
    this.delayed.add(timer)
  }

  /** A broker may drop a filter without a word, and everything would come. */
  private checkFilters(): void {
    const [missing] = missingFilters(this.info, this.link.source.filter)
    if (missing === undefined) return
    const alternative =
      missing === 'selectors'
        ? 'use one destination for each kind of message, or filter in the application'
        : 'mark your own messages with a property and skip them'
    throw this.unsupported(missing, alternative)
  }

  private noDeadLetters(): UnsupportedFeatureError {
    const { destination } = this.info
    const alternative = isTopic(destination)
      ? 'subscribe durably, or send the message to a queue of your own for failures and acknowledge it'
      : `give ${describeDestination(destination)} a dead-letter exchange at the broker, or send the message to a queue of your own for failures and acknowledge it`
    return this.unsupported('deadLetter', alternative)
  }

  private unsupported(feature: string, alternative: string): UnsupportedFeatureError {
    const { connection, profile } = this.context
    const product = [profile.product, profile.version].filter((part) => part !== undefined).join(' ')
    return new UnsupportedFeatureError({
      feature,
      protocol: 'amqp10',
      peer: product === '' ? connection.endpoint : `${product} at ${connection.endpoint}`,
      alternative,
    })
  }
}

function decode(payload: Buffer, { profile, logger }: LinkContext, info: ConsumerInfo): DecodedMessage {
  try {
    return decodeMessage(payload, profile.mapping, info.destination)
  } catch (error) {
    logger.warn?.('a message that is not encoded as AMQP has it is handed over as its bytes', { error })
    return { message: opaque(payload, info), redelivered: false, deliveryCount: 1 }
  }
}

/** A message that cannot be read is not lost: the application gets its bytes, and decides. */
function opaque(payload: Buffer, info: ConsumerInfo): MessageData {
  return {
    kind: 'bytes',
    body: new Uint8Array(payload),
    messageId: undefined,
    correlationId: undefined,
    destination: info.destination,
    replyTo: undefined,
    type: undefined,
    timestamp: undefined,
    expiration: undefined,
    deliveryTime: undefined,
    deliveryMode: 'non-persistent',
    priority: 4,
    userId: undefined,
    groupId: undefined,
    groupSequence: undefined,
    properties: {},
    propertyTypes: undefined,
  }
}
