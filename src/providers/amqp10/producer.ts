import { IllegalStateError, InvalidDestinationError, MessagingError, ResourceLimitError } from '../../errors.ts'
import { type Destination, describeDestination, isTopic } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { ProducerInfo } from '../../provider/resources.ts'
import type { DeliveryState } from './delivery-states.ts'
import { mapError } from './error-mapping.ts'
import type { LinkContext } from './link-context.ts'
import { encodeMessage } from './mapping.ts'
import { SenderLink } from './sender-link.ts'
import type { AmqpSession } from './session.ts'

/**
 * A producer: a sending link in a session of its own. One without a destination outlives its link: when the broker ends
 * that for what is wrong with one destination, the next message attaches another.
 */
export class AmqpProducer {
  private readonly context: LinkContext
  private readonly info: ProducerInfo
  private readonly closed: (error: MessagingError) => void
  private link: SenderLink | undefined
  private session: AmqpSession | undefined
  private attaching: Promise<void> | undefined
  private isClosed = false
  /** While a destination is being made, later messages wait behind it, to keep their order. */
  private gate: Promise<void> | undefined

  private constructor(context: LinkContext, info: ProducerInfo, closed: (error: MessagingError) => void) {
    this.context = context
    this.info = info
    this.closed = closed
  }

  /** @param closed called when the broker has ended the producer */
  static async create(
    context: LinkContext,
    info: ProducerInfo,
    closed: (error: MessagingError) => void,
  ): Promise<AmqpProducer> {
    const producer = new AmqpProducer(context, info, closed)
    if (info.destination !== undefined) await context.topology.prepare(info.destination)
    await producer.attach()
    return producer
  }

  /** Sends a message; resolves when the broker has accepted it. The message is read before this returns. */
  send(message: MessageData, transactional: Uint8Array | undefined): Promise<void> {
    const { link } = this
    const payload = encodeMessage(message, this.context.profile.mapping, Date.now())
    const preparation = this.prepare(message.destination)
    if (preparation === undefined && this.gate === undefined && link !== undefined) {
      return link.send(payload, transactional, message.destination)
    }
    return this.sendAfter(preparation, payload, transactional, message.destination)
  }

  async close(): Promise<void> {
    this.isClosed = true
    await this.link?.close(this.context.timeout)
    this.session?.release()
  }

  private prepare(destination: Destination | undefined): Promise<void> | undefined {
    const made = destination === undefined ? undefined : this.context.topology.prepare(destination)
    if (this.link !== undefined) return made
    this.attaching ??= this.attach().finally(() => {
      this.attaching = undefined
    })
    return made === undefined ? this.attaching : Promise.all([this.attaching, made]).then(() => {})
  }

  private async attach(): Promise<void> {
    const { connection, topology, timeout } = this.context
    const { destination } = this.info
    if (this.isClosed) throw new IllegalStateError('the producer is closed; create another')
    const session = connection.createSession()
    let link: SenderLink | undefined
    const subject = {
      endpoint: connection.endpoint,
      get action(): string {
        return actionOf(destination ?? link?.oldestDestination)
      },
    }
    try {
      link = await SenderLink.attach(
        session,
        {
          name: this.info.id,
          target: destination === undefined ? {} : topology.targetOf(destination),
          subject,
          refusalOf: (state, to) => refusalOf(state, this.context, to ?? destination),
        },
        timeout,
      )
    } catch (error) {
      session.release()
      throw error
    }
    link.whenClosed((error) => this.onLinkClosed(session, error))
    this.link = link
    this.session = session
  }

  private onLinkClosed(session: AmqpSession, error: MessagingError): void {
    if (this.info.destination !== undefined || !this.context.connection.isOpen) {
      this.closed(error)
      return
    }
    this.link = undefined
    session.release()
  }

  private sendAfter(
    preparation: Promise<void> | undefined,
    payload: Uint8Array,
    transactional: Uint8Array | undefined,
    destination: Destination | undefined,
  ): Promise<void> {
    const ready = (this.gate ?? Promise.resolve()).then(() => preparation)
    // A destination that cannot be made fails its own messages, not those behind them.
    const gate = ready.catch(() => {})
    this.gate = gate
    gate.then(() => {
      if (this.gate === gate) this.gate = undefined
    })
    return ready.then(() => {
      if (this.link === undefined) return this.sendAfter(this.prepare(undefined), payload, transactional, destination)
      return this.link.send(payload, transactional, destination)
    })
  }
}

function actionOf(destination: Destination | undefined): string {
  return destination === undefined ? 'sending' : `sending to ${describeDestination(destination)}`
}

/** What an outcome other than accepted means to the sender. */
function refusalOf(
  state: DeliveryState,
  { connection, topology }: LinkContext,
  destination: Destination | undefined,
): MessagingError | undefined {
  const { endpoint } = connection
  const action = actionOf(destination)
  // RabbitMQ does not say why: a queue is full, or its leader cannot be reached.
  if (state.kind === 'rejected' && state.condition === undefined) {
    return new ResourceLimitError(
      `${action} on ${endpoint} was refused by the broker: the queue is full or not available; consume from it, or raise its limit`,
    )
  }
  if (state.kind === 'rejected') return mapError(state, { action, endpoint })
  if (state.kind !== 'released') {
    return new MessagingError('ERR_MESSAGING', `${action} on ${endpoint} ended with the outcome ${state.kind}`)
  }
  // RabbitMQ releases what it cannot route: on a topic that means no subscription, which is no failure in JMS.
  if (destination !== undefined && isTopic(destination)) return undefined
  if (destination !== undefined) topology.forget(destination)
  return new InvalidDestinationError(
    `${action} on ${endpoint}: nothing takes messages there; check the name, or create it at the broker`,
  )
}
