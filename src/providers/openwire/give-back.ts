import { UnsupportedFeatureError } from '../../errors.ts'
import { type Destination, hasWildcard, isTopic } from '../../message/destination.ts'
import { DONE } from '../../provider/provider.ts'
import type { ConsumerInfo, ProducerInfo } from '../../provider/resources.ts'
import { TYPE } from './codec/types.ts'
import type { ConsumerAcks } from './consumer-acks.ts'
import type { OpenWireDelivery } from './delivery.ts'
import type { Sending } from './sending.ts'
import type { Transactions } from './transactions.ts'

/** What giving back has to do with. */
export interface GiveBackContext {
  readonly info: ConsumerInfo
  readonly acks: ConsumerAcks
  readonly sending: Sending
  readonly transactions: Transactions
  /** Product and endpoint. */
  readonly peer: string
  failed(error: Error): void
}

/**
 * Gives messages back to their queue while their consumer stays, which the broker cannot: each is taken and sent again in one
 * transaction, as it was, with its id and its count raised.
 */
export class GiveBack {
  readonly #context: GiveBackContext
  /** Who sends them. */
  readonly #producer: ProducerInfo
  /** Those that wait for their time. */
  readonly #delayed = new Set<ReturnType<typeof setTimeout>>()

  constructor(context: GiveBackContext) {
    this.#context = context
    const { id, session } = context.info
    this.#producer = { resource: 'producer', id: `${id}:give-back`, session, destination: undefined }
  }

  /**
   * @param delay - ms for which they are kept here before
   * @throws UnsupportedFeatureError for those of a topic, to which others listen
   */
  async giveBack(deliveries: readonly OpenWireDelivery[], delay: number): Promise<void> {
    if (isTopic(this.#context.info.destination)) throw this.#unsupported()
    if (delay === 0) return this.#sendAll(deliveries)
    const kept = [...deliveries]
    const timer = setTimeout(() => {
      this.#delayed.delete(timer)
      this.#sendAll(kept).catch((error: Error) => this.#context.failed(error))
    }, delay)
    this.#delayed.add(timer)
    return DONE
  }

  /** What waits goes back with its consumer. */
  close(): void {
    for (const timer of this.#delayed) clearTimeout(timer)
    this.#delayed.clear()
  }

  async #sendAll(deliveries: readonly OpenWireDelivery[]): Promise<void> {
    await Promise.all(deliveries.map((delivery) => this.#send(delivery)))
  }

  async #send(delivery: OpenWireDelivery): Promise<void> {
    const { acks, sending, transactions } = this.#context
    const { source } = delivery
    if (source === undefined || !acks.has(delivery)) return
    if (source.type === TYPE.BLOB_MESSAGE) throw this.#unsupported()
    const destination = this.#queueOf(delivery)
    const { messageId } = delivery.message
    const again = { destination, messageId, redeliveryCounter: delivery.deliveryCount }
    const transaction = transactions.start()
    try {
      await sending.sendAgain(this.#producer, source, again, transaction)
      await acks.accept([delivery], transaction, undefined)
      await transaction.commit()
    } catch (error) {
      await transaction.rollback().catch(() => {})
      throw error
    }
  }

  /** Where it was, which is one of several when their consumer has these. */
  #queueOf({ message }: OpenWireDelivery): Destination {
    const { destination } = this.#context.info
    const isOne = !destination.name.includes(',') && !hasWildcard(destination.name)
    return isOne ? destination : (message.destination ?? destination)
  }

  #unsupported(): UnsupportedFeatureError {
    return new UnsupportedFeatureError({
      feature: 'release',
      protocol: 'openwire',
      peer: this.#context.peer,
      alternative: 'a topic has nowhere to give it back to: throw from the listener to have it delivered again',
    })
  }
}
