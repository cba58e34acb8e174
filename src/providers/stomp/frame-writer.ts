import type { Transport } from '../../transport/transport.ts'
import type { OutgoingFrame } from './frame-encoder.ts'

/** Characters that are encoded together. */
const LARGEST_TEXT = 64 * 1024

const encoder = new TextEncoder()

/** Writes whole frames. */
export interface FrameWriter {
  write(frame: OutgoingFrame): void
  /** Nothing that was written waits any more. */
  flush(): void
}

/** Over a WebSocket, each frame is a message of its own. */
export function frameWriter(transport: Transport, isWebSocket: boolean): FrameWriter {
  return isWebSocket ? { write: (frame) => void transport.write(frame), flush() {} } : new GatheringWriter(transport)
}

/** Text of one turn is encoded together. */
class GatheringWriter implements FrameWriter {
  readonly #transport: Transport
  /** Frames of this turn. */
  #text = ''

  constructor(transport: Transport) {
    this.#transport = transport
  }

  write(frame: OutgoingFrame): void {
    if (typeof frame === 'string') {
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
