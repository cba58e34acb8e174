import type { Delivery } from '../../provider/provider.ts'
import { DONE } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import type { Dispatchable, DispatchLoop } from './dispatch-loop.ts'
import type { Entry } from './entry.ts'
import { decode } from './mapping.ts'
import type { Hand, Receiver } from './store-consumer.ts'

/** Shows what was on a queue when it was made, as far as credit goes; it takes nothing and nothing of it is settled. */
export class QueueBrowserFeed implements Receiver, Dispatchable {
  readonly info: ConsumerInfo
  scheduled = false
  readonly #loop: DispatchLoop
  readonly #hand: Hand
  #entries: readonly Entry[]
  #position = 0
  #credit = 0
  readonly #whenShown: (() => void)[] = []

  constructor(info: ConsumerInfo, entries: readonly Entry[], loop: DispatchLoop, hand: Hand) {
    this.info = info
    this.#entries = entries
    this.#loop = loop
    this.#hand = hand
  }

  grant(credit: number): void {
    this.#credit += Math.max(0, credit)
    this.#loop.schedule(this)
    this.#loop.run()
  }

  drain(): Promise<void> {
    if (this.#credit === 0 || this.#peek() === undefined) {
      this.#credit = 0
      return DONE
    }
    return new Promise((resolve) => {
      this.#whenShown.push(resolve)
    })
  }

  close(): void {
    this.#entries = []
    this.dispatch()
  }

  dispatch(): void {
    for (let entry = this.#peek(); entry !== undefined && this.#credit > 0; entry = this.#peek()) {
      this.#position += 1
      this.#credit -= 1
      this.#hand(this.info.id, showing(entry))
    }
    if (this.#peek() !== undefined && this.#credit > 0) return
    for (const resolve of this.#whenShown.splice(0)) resolve()
  }

  /** What has expired since is passed over. */
  #peek(): Entry | undefined {
    while (this.#entries[this.#position]?.hasExpired) this.#position += 1
    return this.#entries[this.#position]
  }
}

function showing(entry: Entry): Delivery {
  return { message: decode(entry.message), redelivered: entry.failures > 0, deliveryCount: entry.failures + 1 }
}
