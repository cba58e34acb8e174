import type { Transport } from '../../transport/transport.ts'
import type { OutgoingFrame } from './frame-encoder.ts'

/** Characters that are encoded together. */
const LARGEST_TEXT = 64 * 1024

const encoder = new TextEncoder()

/** Writes whole frames. Text of one turn is encoded together; over a WebSocket, each frame is a message of its own. */
export class FrameWriter {
  readonly #transport: Transport
  readonly #isWebSocket: boolean
  /** Frames of this turn. */
  #text = ''

  constructor(transport: Transport, isWebSocket: boolean) {
    this.#transport = transport
    this.#isWebSocket = isWebSocket
  }

  write(frame: OutgoingFrame): void {
    if (this.#isWebSocket) {
      this.#transport.write(frame)
    } else if (typeof frame === 'string') {
      if (this.#text === '') queueMicrotask(this.flush)
      this.#text += frame
      if (this.#text.length > LARGEST_TEXT) this.flush()
    } else {
      this.flush()
      this.#transport.write(frame)
    }
  }

  readonly flush = (): void => {
    const text = this.#text
    this.#text = ''
    if (text !== '') this.#transport.write(encoder.encode(text))
  }
}
