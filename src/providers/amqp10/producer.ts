import { InvalidDestinationError, MessagingError } from '../../errors.ts'
import { type Destination, describeDestination, isTopic } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { ProducerInfo } from '../../provider/resources.ts'
import type { DeliveryState } from './delivery-states.ts'
import { mapError } from './error-mapping.ts'
import type { LinkContext } from './link-context.ts'
import { encodeMessage } from './mapping.ts'
import { SenderLink } from './sender-link.ts'
import type { AmqpSession } from './session.ts'

/** A producer: a sending link in a session of its own. */
export class AmqpProducer {
  private readonly context: LinkContext
  private readonly session: AmqpSession
  private readonly link: SenderLink
  /** While a destination is being made, later messages wait behind it, to keep their order. */
  private gate: Promise<void> | undefined

  private constructor(context: LinkContext, session: AmqpSession, link: SenderLink) {
    this.context = context
    this.session = session
    this.link = link
  }

  static async create(
    context: LinkContext,
    info: ProducerInfo,
    closed: (error: MessagingError) => void,
  ): Promise<AmqpProducer> {
    const { connection, topology, timeout } = context
    const { destination } = info
    if (destination !== undefined) await topology.prepare(destination)
    const session = connection.createSession()
    try {
      const action = destination === undefined ? 'sending' : `sending to ${describeDestination(destination)}`
      const link = await SenderLink.attach(
        session,
        {
          name: info.id,
          target: destination === undefined ? {} : topology.targetOf(destination),
          subject: { action, endpoint: connection.endpoint },
          refusalOf: (state, to) => refusalOf(state, context, to ?? destination),
        },
        timeout,
      )
      link.whenClosed(closed)
      return new AmqpProducer(context, session, link)
    } catch (error) {
      await session.end(timeout)
      throw error
    }
  }

  /** Sends a message; resolves when the broker has accepted it. The message is read before this returns. */
  send(message: MessageData, transactional: Uint8Array | undefined): Promise<void> {
    const payload = encodeMessage(message, this.context.profile.mapping, Date.now())
    const { destination } = message
    if (destination === undefined) return this.link.send(payload, transactional)
    const preparation = this.context.topology.prepare(destination)
    if (preparation === undefined && this.gate === undefined) return this.link.send(payload, transactional, destination)
    return this.sendAfter(preparation, payload, transactional, destination)
  }

  async close(): Promise<void> {
    await this.link.close(this.context.timeout)
    await this.session.end(this.context.timeout)
  }

  private sendAfter(
    preparation: Promise<void> | undefined,
    payload: Uint8Array,
    transactional: Uint8Array | undefined,
    destination: Destination,
  ): Promise<void> {
    const ready = (this.gate ?? Promise.resolve()).then(() => preparation)
    // A destination that cannot be made fails its own messages, not those behind them.
    const gate = ready.catch(() => {})
    this.gate = gate
    gate.then(() => {
      if (this.gate === gate) this.gate = undefined
    })
    return ready.then(() => this.link.send(payload, transactional, destination))
  }
}

/** What an outcome other than accepted means to the sender. */
function refusalOf(
  state: DeliveryState,
  { connection, topology }: LinkContext,
  destination: Destination | undefined,
): MessagingError | undefined {
  const { endpoint } = connection
  const action = destination === undefined ? 'sending' : `sending to ${describeDestination(destination)}`
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
