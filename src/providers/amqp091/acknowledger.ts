import { Fifo } from '../../collections/fifo.ts'
import type { Channel } from './channel.ts'
import * as methods from './codec/methods.ts'

const MULTIPLE = 1
const REQUEUE = 2

/**
 * Settles the deliveries of one channel. What is accepted in one turn goes out together: as far as nothing before it is
 * unsettled in one frame, and each of the rest in its own.
 */
export class Acknowledger {
  readonly #channel: Channel
  /** In the order of the deliveries, which count up. */
  readonly #unsettled = new Fifo<number>()
  #accepted: number[] = []
  #isScheduled = false

  constructor(channel: Channel) {
    this.#channel = channel
  }

  /** A delivery came in. */
  add(tag: number): void {
    this.#unsettled.push(tag)
  }

  accept(tags: readonly number[]): void {
    for (const tag of tags) if (this.#unsettled.remove(tag)) this.#accepted.push(tag)
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => this.flush())
  }

  /** Gives a message back to its queue, or to the dead letters. */
  giveBack(tag: number, isRequeued: boolean): void {
    this.flush()
    if (!this.#unsettled.remove(tag)) return
    this.#channel.send(methods.BASIC_NACK, (writer) => {
      writer.uint64(tag)
      writer.uint8(isRequeued ? REQUEUE : 0)
    })
  }

  /** Gives all back that is not settled. */
  giveBackAll(): void {
    this.flush()
    const last = this.#unsettled.takeAll().at(-1)
    if (last === undefined) return
    this.#channel.send(methods.BASIC_NACK, (writer) => {
      writer.uint64(last)
      writer.uint8(MULTIPLE | REQUEUE)
    })
  }

  /** Sends what was accepted. */
  flush(): void {
    this.#isScheduled = false
    const accepted = this.#accepted
    if (accepted.length === 0) return
    this.#accepted = []
    const oldest = this.#unsettled.peek() ?? Number.POSITIVE_INFINITY
    let last = 0
    let together = 0
    for (const tag of accepted) {
      if (tag >= oldest) continue
      together += 1
      if (tag > last) last = tag
    }
    if (last > 0) this.#acknowledge(last, together > 1)
    if (together === accepted.length) return
    for (const tag of accepted) if (tag >= oldest) this.#acknowledge(tag, false)
  }

  #acknowledge(tag: number, isMultiple: boolean): void {
    this.#channel.send(methods.BASIC_ACK, (writer) => {
      writer.uint64(tag)
      writer.uint8(isMultiple ? MULTIPLE : 0)
    })
  }
}
