import { Fifo } from '../../collections/fifo.ts'
import type { MqttConsumer } from './consumer.ts'
import { type Incoming, MqttDelivery } from './incoming.ts'
import type { Lane, Subscriber } from './lane.ts'

/** A message that waits for a consumer. */
interface Waiting {
  readonly incoming: Incoming
  readonly again: boolean
}

/**
 * A temporary queue: a topic that nobody else has, subscribed to over a connection of its own, so that answers come also
 * while the consumers of others are held up. Its consumers share what comes. The broker's window bounds what waits.
 */
export class TemporaryQueue implements Subscriber {
  readonly name: string
  readonly lane: Lane
  readonly #consumers = new Set<MqttConsumer>()
  readonly #waiting = new Fifo<Waiting>()

  constructor(name: string, lane: Lane) {
    this.name = name
    this.lane = lane
  }

  arrived(incoming: Incoming): void {
    this.#waiting.push({ incoming, again: false })
    this.distribute()
  }

  add(consumer: MqttConsumer): void {
    this.#consumers.add(consumer)
  }

  /** What a consumer leaves goes to the others, before what came later. */
  remove(consumer: MqttConsumer): void {
    this.#consumers.delete(consumer)
    for (const incoming of consumer.close().reverse()) this.#waiting.unshift({ incoming, again: true })
    this.distribute()
  }

  /** Hands out what waits, to each consumer with credit in turn. */
  distribute(): void {
    while (this.#waiting.length > 0) {
      const consumer = [...this.#consumers].find(({ credit }) => credit > 0)
      const next = consumer && this.#waiting.shift()
      if (consumer === undefined || next === undefined) return
      // To the end of the line.
      this.#consumers.delete(consumer)
      this.#consumers.add(consumer)
      consumer.take(new MqttDelivery(next.incoming, next.again))
    }
  }
}
