import { Fifo } from '../../collections/fifo.ts'

/** Bytes: about what the socket of a broker takes in while nobody reads it (TcpTransport, `socketBufferSize`). */
const WINDOW = 65_536

/**
 * What one producer has on its way. A thread of the broker reads a connection and writes what it answers: where both sides have
 * filled what their networks hold, each waits for the other one to read. That the broker can always take what is written
 * keeps it from that. A producer whose queue is full fills its own window only.
 */
export class ProducerWindow {
  readonly #write: (frame: Uint8Array) => void
  readonly #held = new Fifo<Uint8Array>()
  #unanswered = 0

  constructor(write: (frame: Uint8Array) => void) {
    this.#write = write
  }

  /** Writes a message that will be answered, or keeps a copy until there is room. */
  write(frame: Uint8Array): void {
    if (this.#unanswered >= WINDOW || this.#held.length > 0) this.#held.push(new Uint8Array(frame))
    else this.#writeNow(frame)
  }

  /** The broker has answered a message of this size. */
  answered(size: number): void {
    this.#unanswered -= size
    while (this.#unanswered < WINDOW) {
      const frame = this.#held.shift()
      if (frame === undefined) return
      this.#writeNow(frame)
    }
  }

  #writeNow(frame: Uint8Array): void {
    this.#unanswered += frame.length
    this.#write(frame)
  }
}
