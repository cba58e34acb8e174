import type { Buffer } from 'node:buffer'
import type { Transport } from '../../transport/transport.ts'

/**
 * What rhea takes for its socket: our connected transport behind the few members of a Node socket that it uses.
 * Ends and failures do not go through it; the connection handles them itself.
 */
export class RheaSocket {
  readonly #transport: Transport
  private readonly onEnd: () => void
  private data: ((bytes: Buffer) => void) | undefined

  /** @param onEnd rhea wants the stream ended: after its close, or after an error it met */
  constructor(transport: Transport, onEnd: () => void) {
    this.#transport = transport
    this.onEnd = onEnd
  }

  /** Hands whole frames to rhea. */
  receive(frames: Buffer): void {
    this.data?.(frames)
  }

  on(event: string, listener: (bytes: Buffer) => void): this {
    if (event === 'data') this.data = listener
    return this
  }

  write(bytes: Uint8Array): boolean {
    return this.#transport.write(bytes)
  }

  end(): void {
    this.onEnd()
  }

  destroy(): void {
    this.onEnd()
  }

  removeAllListeners(): void {
    this.data = undefined
  }

  /** For rhea's debug log. */
  get_id_string(): string {
    return 'polymq'
  }
}
