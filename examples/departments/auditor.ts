import type { Connection, Consumer, ReceivedMessage, Session, Topic } from 'polymq'
import { type Copy, copyOf } from './messages.ts'

const SUBSCRIPTION = 'everything'

/**
 * The auditor: a durable subscription to all topics of the departments. It gets a copy of each message, takes none away
 * from anybody, and neither department knows of it.
 */
export class Auditor {
  /** By number: of the topic that ends like this. */
  readonly invoices: Map<string, Copy> = new Map()
  readonly shipments: Map<string, Copy> = new Map()
  /** Messages that are neither. */
  readonly strays: string[] = []
  /** Messages that came once more. */
  repeated = 0
  readonly #session: Session
  readonly #consumer: Consumer

  private constructor(session: Session, consumer: Consumer) {
    this.#session = session
    this.#consumer = consumer
  }

  /**
   * @param connection with a client id, which a durable subscription needs
   * @param everything a topic with a wildcard
   */
  static async open(connection: Connection, everything: Topic): Promise<Auditor> {
    const session = await connection.createSession()
    const auditor = new Auditor(session, await session.createDurableConsumer(everything, SUBSCRIPTION))
    auditor.#consumer.listen((message) => auditor.#file(message))
    return auditor
  }

  async close(): Promise<void> {
    await this.#consumer.close()
    await this.#session.unsubscribe(SUBSCRIPTION)
  }

  #file(message: ReceivedMessage): void {
    const topic = message.destination?.name ?? ''
    const { number } = (message.body ?? {}) as { readonly number?: unknown }
    const file = topic.endsWith('.invoices') ? this.invoices : topic.endsWith('.shipments') ? this.shipments : undefined
    if (file === undefined || typeof number !== 'string') {
      this.strays.push(topic)
      return
    }
    if (file.has(number)) this.repeated += 1
    file.set(number, copyOf(message))
  }
}
