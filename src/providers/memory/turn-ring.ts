import type { StoreConsumer } from './store-consumer.ts'

/**
 * The consumers of a store that have credit, in the order of their turns. Those without credit are not in it, so they
 * cost a send nothing, however many they are.
 */
export class TurnRing {
  /** Whose turn it is. */
  current: StoreConsumer | undefined

  /** The newcomer's turn comes after everybody else's. */
  join(consumer: StoreConsumer): void {
    if (consumer.nextTurn !== undefined) return
    const { current } = this
    if (current === undefined) {
      consumer.nextTurn = consumer
      consumer.previousTurn = consumer
      this.current = consumer
      return
    }
    const last = current.previousTurn ?? current
    consumer.nextTurn = current
    consumer.previousTurn = last
    last.nextTurn = consumer
    current.previousTurn = consumer
  }

  leave(consumer: StoreConsumer): void {
    const { nextTurn, previousTurn } = consumer
    if (nextTurn === undefined || previousTurn === undefined) return
    if (this.current === consumer) this.current = nextTurn === consumer ? undefined : nextTurn
    previousTurn.nextTurn = nextTurn
    nextTurn.previousTurn = previousTurn
    consumer.nextTurn = undefined
    consumer.previousTurn = undefined
  }
}
