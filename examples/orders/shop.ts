import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, type Destination, objectMessage, type Producer, queue, textMessage } from 'polymq'
import { type Answer, type Order, orderSchema, readOrder } from './order.ts'

/** Orders on their way to the broker at the same time. */
const IN_FLIGHT = 150

/** The shop: sends what the file holds, and collects the answers. */
export class Shop {
  /** By correlation id. */
  readonly answers: Map<string, Answer> = new Map()
  /** Answers that came once more. */
  repeated = 0
  sent = 0
  readonly #orders: Producer<Order>
  readonly #scraps: Producer
  readonly #replyTo: Destination

  private constructor(orders: Producer<Order>, scraps: Producer, replyTo: Destination) {
    this.#orders = orders
    this.#scraps = scraps
    this.#replyTo = replyTo
  }

  /** @param name of the queue of orders */
  static async open(connection: Connection, name: string): Promise<Shop> {
    const session = await connection.createSession()
    // Not a temporary queue: that would go with its broker, and the answers in it.
    const replyTo = queue(`${name}-answers`)
    const orders = await session.createProducer(queue(name, { schema: orderSchema }))
    const shop = new Shop(orders, await session.createProducer(queue(name)), replyTo)
    const consumer = await session.createConsumer(replyTo)
    consumer.listen(({ correlationId, body }) => shop.#collect(correlationId ?? '', body as Answer))
    return shop
  }

  /**
   * Sends each line under its own correlation id. Resolves when the broker has them all.
   *
   * @param rate lines a second at most
   */
  async place(lines: ReadonlyMap<string, string>, rate: number): Promise<void> {
    const entries = lines.entries()
    const turn = (1_000 * IN_FLIGHT) / rate
    const sendSome = async (): Promise<void> => {
      for (const [correlationId, line] of entries) {
        await Promise.all([this.#send(line, correlationId), turn >= 1 && sleep(turn)])
        this.sent += 1
      }
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, sendSome))
  }

  /** What is no order goes as the text it is: the inventory decides what becomes of it. */
  async #send(line: string, correlationId: string): Promise<void> {
    const fields = { correlationId, replyTo: this.#replyTo }
    const reading = readOrder(line)
    await ('order' in reading
      ? this.#orders.send(objectMessage(reading.order, fields))
      : this.#scraps.send(textMessage(line, fields)))
  }

  #collect(correlationId: string, answer: Answer): void {
    if (this.answers.has(correlationId)) this.repeated += 1
    else this.answers.set(correlationId, answer)
  }
}
