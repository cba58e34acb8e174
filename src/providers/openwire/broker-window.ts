/**
 * How many messages a broker sends to one consumer. It counts those that it has sent and that are not acknowledged, and
 * stops at the prefetch; what is said to be delivered lets it go on by as much (PrefetchSubscription.acknowledge).
 */
export class BrokerWindow {
  /** Messages that the broker may have sent in all. */
  #allowed: number
  /** Messages that the client wants in all. */
  #wanted: number
  /** Of those that are not acknowledged, how many do not count. */
  #extension = 0

  /**
   * @param size - what the broker was told
   * @param intended - the credit that the client begins with
   */
  constructor(size: number, intended: number) {
    this.#allowed = size
    this.#wanted = Math.min(0, size - intended)
  }

  /** The client wants more. */
  granted(credit: number): void {
    this.#wanted += credit
  }

  /** Messages are acknowledged. */
  acknowledged(count: number): void {
    const covered = Math.min(this.#extension, count)
    this.#extension -= covered
    this.#allowed += count - covered
  }

  /** How many of the oldest messages have to be said to be delivered, so that the broker goes on. 0 for none. */
  get lacking(): number {
    const deficit = this.#wanted - this.#allowed
    return deficit <= 0 ? 0 : this.#extension + deficit
  }

  /** So many of the oldest are said to be delivered. Gives how many more than before that are. */
  extended(count: number): number {
    const more = Math.max(0, count - this.#extension)
    this.#extension += more
    this.#allowed += more
    return more
  }
}
