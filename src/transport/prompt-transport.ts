import type { PeerCertificate } from '../options/tls-options.ts'
import type { Transport, TransportHandler } from './transport.ts'

/** @param answer - bytes that mean nothing in the protocol */
export function promptTransport(inner: Transport, answer: Uint8Array): PromptTransport {
  return new PromptTransport(inner, answer)
}

/**
 * For a peer that leaves Nagle's algorithm on, as ActiveMQ Classic does unless its connector says `tcpNoDelay=true`:
 * it holds back a packet until the one before is acknowledged, and a system with nothing to send acknowledges 40 ms
 * late. A reply that follows the confirmation of its request would take that long. So once {@link isPrompt}, what
 * arrives and is not answered in the same turn is answered with something that means nothing, and carries the
 * acknowledgement.
 */
export class PromptTransport implements Transport {
  isPrompt = false
  readonly #inner: Transport
  private readonly answer: Uint8Array
  private unanswered = false
  private scheduled = false

  /** @param answer - bytes that mean nothing in the protocol */
  constructor(inner: Transport, answer: Uint8Array) {
    this.#inner = inner
    this.answer = answer
  }

  get secure(): boolean {
    return this.#inner.secure
  }

  get certificate(): PeerCertificate | undefined {
    return this.#inner.certificate
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes
  }

  start(handler: TransportHandler): void {
    this.#inner.start({
      data: (bytes) => {
        this.unanswered = true
        handler.data(bytes)
        if (this.isPrompt && this.unanswered && !this.scheduled) this.schedule()
      },
      drained: () => handler.drained(),
      closed: (error) => handler.closed(error),
    })
  }

  write(data: Uint8Array | string): boolean {
    this.unanswered = false
    return this.#inner.write(data)
  }

  pause(): void {
    this.#inner.pause()
  }

  resume(): void {
    this.#inner.resume()
  }

  end(): void {
    this.isPrompt = false
    this.#inner.end()
  }

  destroy(): void {
    this.isPrompt = false
    this.#inner.destroy()
  }

  private schedule(): void {
    this.scheduled = true
    setImmediate(() => {
      this.scheduled = false
      if (this.isPrompt && this.unanswered) this.write(this.answer)
    })
  }
}
