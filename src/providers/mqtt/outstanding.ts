import { Fifo } from '../../collections/fifo.ts'
import { ResourceLimitError } from '../../errors.ts'
import type { Qos, SubscriptionAnswer } from './codec/packets.ts'
import type { RequestSubject } from './error-mapping.ts'

const MOST_IDS = 65_535

/** A PUBLISH that the broker has not confirmed. */
export interface PendingSend {
  readonly kind: 'send'
  readonly subject: RequestSubject
  readonly qos: Qos
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** A SUBSCRIBE or UNSUBSCRIBE that is not answered. */
export interface PendingRequest {
  readonly kind: 'request'
  readonly subject: RequestSubject
  readonly resolve: (answer: SubscriptionAnswer) => void
  readonly reject: (error: Error) => void
}

export type Pending = PendingSend | PendingRequest

/**
 * What the broker has not answered, by packet id, and the sends that wait for the broker's receive maximum
 * (MQTT 5 §4.9). An id is not given to another packet before its own is through.
 */
export class Outstanding {
  /** How many sends the broker takes before it has confirmed one. */
  receiveMaximum: number = MOST_IDS
  readonly #pending = new Map<number, Pending>()
  readonly #waiting = new Fifo<Uint8Array>()
  readonly #write: (packet: Uint8Array) => void
  #sends = 0
  #last = 0

  /** @param write - sends a packet */
  constructor(write: (packet: Uint8Array) => void) {
    this.#write = write
  }

  /** Whether the next send goes out at once. */
  get hasRoom(): boolean {
    return this.#sends < this.receiveMaximum
  }

  /** An id that no packet has. @throws ResourceLimitError when there is none left */
  nextId(): number {
    if (this.#pending.size >= MOST_IDS) {
      throw new ResourceLimitError(
        `${MOST_IDS} packets are not answered by the broker, as many as MQTT has ids for; lower maxPendingSends`,
      )
    }
    do this.#last = this.#last === MOST_IDS ? 1 : this.#last + 1
    while (this.#pending.has(this.#last))
    return this.#last
  }

  /** Sends a PUBLISH with this id, or has it wait its turn. */
  send(id: number, packet: Uint8Array, send: PendingSend): void {
    this.#pending.set(id, send)
    if (this.hasRoom) {
      this.#sends += 1
      this.#write(packet)
    } else {
      this.#waiting.push(packet)
    }
  }

  request(id: number, packet: Uint8Array, request: PendingRequest): void {
    this.#pending.set(id, request)
    this.#write(packet)
  }

  get(id: number): Pending | undefined {
    return this.#pending.get(id)
  }

  /** It is through: its id is free, and a send that waits goes out. */
  delete(id: number): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    if (pending.kind !== 'send') return
    const next = this.#waiting.shift()
    if (next === undefined) this.#sends -= 1
    else this.#write(next)
  }

  /** Rejects all: the connection has ended. */
  fail(error: Error): void {
    this.#waiting.takeAll()
    const all = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of all) reject(error)
  }
}
