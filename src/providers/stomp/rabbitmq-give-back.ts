import type { StompConnection } from './connection.ts'

const SUBJECT = { action: 'giving messages back' }
/** ERROR for a delivery whose subscription has just ended. */
const NO_SUBSCRIPTION = /no current subscription with tag/

/**
 * RabbitMQ leaves what a subscription had unacknowledged with the connection when it ends, and refuses to hear of it any
 * more. An ack id is `TAG@@SESSION@@NUMBER`, though; the number alone tells the message, counted over the connection,
 * and the tag may be that of any subscription. So messages are given back, and acknowledged, by a subscription to nothing.
 */
export class RabbitmqGiveBack {
  readonly #connection: StompConnection
  /** The number of the last delivery on the connection. */
  #last = 0
  /** Numbers of deliveries that came too late. */
  #late: number[] = []
  #keepers = 0
  /** The subscription to nothing that messages are acknowledged by. */
  #standIn: Promise<string> | undefined

  constructor(connection: StompConnection) {
    this.#connection = connection
  }

  /**
   * Lets messages be settled whose own subscription has ended.
   *
   * @returns the ack id of one then, by its own
   */
  async begin(): Promise<(ack: string) => string> {
    this.#standIn ??= this.#subscribeToNothing()
    try {
      const tag = await this.#standIn
      return (ack) => this.#ackId(tag, numberOf(ack))
    } catch (error) {
      this.#standIn = undefined
      throw error
    }
  }

  /** A delivery came in, under this ack id. */
  received(ack: string): void {
    this.#last = Math.max(this.#last, numberOf(ack))
  }

  /** Gives back what a subscription that has ended left; resolves when the queue has it, so that others get it in its order. */
  async giveBack(acks: Iterable<string>): Promise<void> {
    const left = [...acks].map(numberOf)
    // Of what was under way the broker tells behind its answer to UNSUBSCRIBE, and before its next one.
    if (left.length === 0) await this.#connection.roundTrip()
    if (left.length > 0 || this.#late.length > 0) await this.#release(left)
  }

  /** Whether an ERROR tells of a delivery that came too late; it is given back with the others. */
  isLateDelivery(text: string): boolean {
    if (!NO_SUBSCRIPTION.test(text)) return false
    this.#last += 1
    this.#late.push(this.#last)
    return true
  }

  async #release(left: readonly number[]): Promise<void> {
    const keeper = await this.#subscribeToNothing()
    const late = this.#late
    this.#late = []
    for (const number of [...left, ...late]) {
      this.#connection.send('NACK', [
        [this.#connection.version === '1.2' ? 'id' : 'message-id', this.#ackId(keeper, number)],
        ['requeue', 'true'],
      ])
    }
    // This goes the whole way to the queues, behind the messages.
    await this.#connection.request('UNSUBSCRIBE', [['id', keeper]], SUBJECT)
  }

  async #subscribeToNothing(): Promise<string> {
    this.#keepers += 1
    const keeper = `polymq-keeper-${this.#keepers}`
    await this.#connection.subscribe(
      keeper,
      [
        ['destination', `/topic/polymq.keeper.${crypto.randomUUID()}`],
        ['ack', 'client-individual'],
        ['exclusive', 'true'],
      ],
      SUBJECT,
    )
    return keeper
  }

  #ackId(keeper: string, number: number): string {
    return `T_${keeper}@@${this.#connection.remote.get('session')}@@${number}`
  }
}

function numberOf(ack: string): number {
  return Number(ack.slice(ack.lastIndexOf('@@') + 2))
}
