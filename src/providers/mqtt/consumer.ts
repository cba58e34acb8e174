import { Fifo } from '../../collections/fifo.ts'
import type { MessageSelector } from '../../interop/message-selector.ts'
import { describeDestination } from '../../message/destination.ts'
import { dispatched } from '../../provider/dispatch-time.ts'
import { DONE, type Outcome } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import type { MqttConnection } from './connection.ts'
import { type Incoming, MqttDelivery } from './incoming.ts'
import type { Subscriber } from './lane.ts'

/** Messages at QoS 0 that may wait for credit: nothing holds back whoever sends them, and they may be lost. */
const MOST_UNCONFIRMED = 10_000

/** What a consumer has to do with. */
export interface ConsumerContext {
  /** The connection that its messages come over. */
  readonly connection: MqttConnection
  readonly selector: MessageSelector | undefined
  message(delivery: MqttDelivery): void
  /** A message at QoS 0 was dropped, the first one since some could be kept. */
  dropping(): void
  /** There is credit for messages that wait elsewhere. */
  pull?(): void
}

/** A consumer: what comes without credit waits here, and is acknowledged once the application is done with it. */
export class MqttConsumer implements Subscriber {
  readonly info: ConsumerInfo
  readonly #context: ConsumerContext
  readonly #waiting = new Fifo<MqttDelivery>()
  readonly #unsettled = new Set<MqttDelivery>()
  #credit = 0
  #unconfirmed = 0
  #isDropping = false
  /** Resolves what waits for a message. */
  #arrived: (() => void) | undefined
  #isClosed = false

  constructor(info: ConsumerInfo, context: ConsumerContext) {
    this.info = info
    this.#context = context
  }

  get credit(): number {
    return this.#credit
  }

  arrived(incoming: Incoming): void {
    this.take(new MqttDelivery(incoming, false))
  }

  take(delivery: MqttDelivery): void {
    const { selector } = this.#context
    const { qos } = delivery.incoming.publish
    if (this.#isClosed || selector?.matches(delivery.message, delivery.deliveryCount) === false) {
      delivery.incoming.settled()
    } else if (this.#credit > 0) {
      this.#handOver(delivery)
    } else if (qos > 0 || this.#unconfirmed < MOST_UNCONFIRMED) {
      if (qos === 0) this.#unconfirmed += 1
      this.#waiting.push(delivery)
    } else {
      if (!this.#isDropping) this.#context.dropping()
      this.#isDropping = true
    }
  }

  grant(credit: number): void {
    this.#credit += credit
    while (this.#credit > 0) {
      const delivery = this.#waiting.shift()
      if (delivery === undefined) break
      if (delivery.incoming.publish.qos === 0) this.#unconfirmed -= 1
      this.#isDropping = false
      this.#handOver(delivery)
    }
    if (this.#credit > 0) this.#context.pull?.()
  }

  async drain(isLast = false): Promise<void> {
    if (this.#credit > 0 && !this.#isClosed) {
      const arrival = new Promise<void>((resolve) => (this.#arrived = resolve))
      await dispatched(this.#context.connection.roundTrip(), arrival, isLast)
    }
    this.#credit = 0
  }

  /** What is given back stays unacknowledged, and goes back when the subscription ends. */
  settle(deliveries: readonly MqttDelivery[], outcome: Outcome): Promise<void> {
    if (outcome !== 'accepted') return DONE
    for (const delivery of deliveries) if (this.#unsettled.delete(delivery)) delivery.incoming.settled()
    return DONE
  }

  /** Takes nothing more, and gives what it has not settled, oldest first. */
  close(): Incoming[] {
    this.#isClosed = true
    this.#credit = 0
    this.#arrived?.()
    const left = [...this.#unsettled, ...this.#waiting.takeAll()].map(({ incoming }) => incoming)
    this.#unsettled.clear()
    return left
  }

  get name(): string {
    return describeDestination(this.info.destination)
  }

  #handOver(delivery: MqttDelivery): void {
    this.#credit -= 1
    this.#arrived?.()
    this.#unsettled.add(delivery)
    this.#context.message(delivery)
  }
}
