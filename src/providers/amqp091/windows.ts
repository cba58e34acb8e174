import { describeDestination } from '../../message/destination.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import type { Channel } from './channel.ts'
import * as methods from './codec/methods.ts'

/** Messages that a consumer may have unacknowledged at most: the protocol has 16 bits for it, and 0 is no limit. */
const LARGEST_WINDOW = 0xffff

/** One consumer at the broker, which has at most so many messages unacknowledged. */
export interface Window {
  readonly tag: string
  readonly size: number
  /** Deliveries that are not settled. */
  unsettled: number
}

/** The consumers at the broker, on one channel, that one consumer of the client has: the first, and further ones as it needs them. */
export class Windows {
  readonly #channel: Channel
  readonly #info: ConsumerInfo
  readonly #queue: string
  readonly #windows = new Map<string, Window>()
  #opened = 0

  constructor(channel: Channel, info: ConsumerInfo, queue: string) {
    this.#channel = channel
    this.#info = info
    this.#queue = queue
  }

  get(tag: string): Window | undefined {
    return this.#windows.get(tag)
  }

  /** Whether one of them has room for a message. */
  get mayReceive(): boolean {
    for (const { size, unsettled } of this.#windows.values()) if (unsettled < size) return true
    return false
  }

  async open(): Promise<void> {
    const { id } = this.#info
    this.#opened += 1
    const tag = this.#opened === 1 ? id : `${id}/${this.#opened}`
    const window: Window = { tag, size: this.#size, unsettled: 0 }
    const action = `consuming from ${this.#name}`
    const limited = this.limit(action)
    const consuming = this.#channel.call(methods.BASIC_CONSUME, methods.BASIC_CONSUME_OK, action, (writer) => {
      writer.uint16(0)
      writer.shortstr(this.#queue)
      writer.shortstr(tag)
      writer.uint8(0)
      writer.uint32(0)
    })
    // Messages may follow the answer at once.
    this.#windows.set(tag, window)
    await Promise.all([limited, consuming])
  }

  /** Says how many messages the next one may have unacknowledged. The answer comes behind all that the channel was handed before. */
  async limit(action: string): Promise<void> {
    await this.#channel.call(methods.BASIC_QOS, methods.BASIC_QOS_OK, action, (writer) => {
      writer.uint32(0)
      writer.uint16(this.#size)
      writer.uint8(0)
    })
  }

  /** Nothing more comes, until one is opened again. */
  async stop(): Promise<void> {
    await Promise.all([...this.#windows.values()].map((window) => this.#cancel(window).catch(() => {})))
  }

  /**
   * Those of a consumer without prefetch end as soon as nothing is asked for by them. Where there is a prefetch they stay: to
   * end one while messages are on their way to it would bring these behind later ones.
   */
  cancelUnused(): void {
    if (this.#info.prefetch > 0) return
    for (const window of this.#windows.values()) {
      if (window.unsettled === 0) this.#cancel(window).catch(() => {})
    }
  }

  /** The broker has ended it; false when it was gone before. */
  end(tag: string): boolean {
    return this.#windows.delete(tag)
  }

  /** Their channel is gone. */
  clear(): void {
    this.#windows.clear()
  }

  async #cancel({ tag }: Window): Promise<void> {
    this.#windows.delete(tag)
    await this.#channel.call(
      methods.BASIC_CANCEL,
      methods.BASIC_CANCEL_OK,
      `closing the consumer of ${this.#name}`,
      (writer) => {
        writer.shortstr(tag)
        writer.uint8(0)
      },
    )
  }

  get #name(): string {
    return describeDestination(this.#info.destination)
  }

  get #size(): number {
    return Math.min(Math.max(1, this.#info.prefetch), LARGEST_WINDOW)
  }
}
