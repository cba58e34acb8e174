import type { StompConnection } from './connection.ts'

/** ERROR for a delivery whose subscription has just ended. */
const NO_SUBSCRIPTION = /no current subscription with tag/

/**
 * RabbitMQ leaves what a subscription had unacknowledged with the connection when it ends, and refuses to hear of it any
 * more. An ack id is `TAG@@SESSION@@NUMBER`, though; the number alone tells the message, counted over the connection,
 * and the tag may be that of any subscription. So one subscription to nothing stays, to give messages back by.
 */
export class RabbitmqGiveBack {
  readonly #connection: StompConnection
  /** The number of the last delivery on the connection. */
  #last = 0
  #keeper: Promise<string> | undefined

  constructor(connection: StompConnection) {
    this.#connection = connection
  }

  /** A delivery came in, under this ack id. */
  received(ack: string): void {
    this.#last = Math.max(this.#last, numberOf(ack))
  }

  /** Gives back what a subscription that has ended left. */
  async giveBack(acks: Iterable<string>): Promise<void> {
    for (const ack of acks) await this.#release(numberOf(ack))
  }

  /** Whether an ERROR tells of a delivery that came too late; it is given back. */
  isLateDelivery(text: string): boolean {
    if (!NO_SUBSCRIPTION.test(text)) return false
    this.#last += 1
    this.#release(this.#last).catch(() => {})
    return true
  }

  async #release(number: number): Promise<void> {
    this.#keeper ??= this.#openKeeper()
    const keeper = await this.#keeper
    this.#connection.send('NACK', [
      ['id', `T_${keeper}@@${this.#connection.remote.get('session')}@@${number}`],
      ['requeue', 'true'],
    ])
  }

  async #openKeeper(): Promise<string> {
    const id = 'polymq-keeper'
    await this.#connection.request(
      'SUBSCRIBE',
      [
        ['id', id],
        ['destination', `/topic/polymq.keeper.${crypto.randomUUID()}`],
        ['ack', 'client-individual'],
        ['exclusive', 'true'],
      ],
      { action: 'giving messages back' },
    )
    return id
  }
}

function numberOf(ack: string): number {
  return Number(ack.slice(ack.lastIndexOf('@@') + 2))
}
