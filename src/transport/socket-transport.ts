import type { Socket } from 'node:net'
import type { PeerCertificate } from '../options/tls-options.ts'
import type { ReadBuffer } from './read-buffer.ts'
import type { Transport, TransportHandler } from './transport.ts'
import { WriteGatherer } from './write-gatherer.ts'

/** What a {@link SocketTransport} is told besides its socket. */
export interface SocketDetails {
  /** Of the peer; given for a socket with TLS. */
  readonly certificate?: PeerCertificate | undefined
  /** What the socket reads into, where that is always the same. */
  readonly reused?: ReadBuffer | undefined
}

/** A {@link Transport} over a connected Node socket, plain or TLS. */
export class SocketTransport implements Transport {
  readonly secure: boolean
  readonly certificate: PeerCertificate | undefined
  readonly #socket: Socket
  readonly #reused: ReadBuffer | undefined
  private readonly gatherer: WriteGatherer
  private handler: TransportHandler | undefined
  private failure: Error | undefined
  private state: 'open' | 'ending' | 'closed' = 'open'
  private waiting = false

  constructor(socket: Socket, secure: boolean, { certificate, reused }: SocketDetails) {
    this.#socket = socket
    this.#reused = reused
    this.secure = secure
    this.certificate = certificate
    this.gatherer = new WriteGatherer((chunks) => this.flush(chunks))
    socket.setNoDelay(true)
    socket.pause()
    // Listened to at once: an error between connecting and `start` has to wait for the handler, not end the process.
    socket.on('error', (error) => {
      this.failure ??= error
    })
    socket.on('close', () => this.finish())
  }

  get bufferedBytes(): number {
    return this.gatherer.bytes + this.#socket.writableLength
  }

  start(handler: TransportHandler): void {
    this.handler = handler
    const take = (bytes: Uint8Array): void => {
      if (this.state !== 'closed') handler.data(bytes)
    }
    if (this.#reused === undefined) this.#socket.on('data', take)
    else this.#reused.handOverTo(take)
    this.#socket.on('drain', () => {
      this.waiting = false
      if (this.state === 'open') handler.drained()
    })
    if (this.#socket.destroyed) queueMicrotask(() => this.finish())
    else this.#socket.resume()
  }

  write(data: Uint8Array | string): boolean {
    if (this.state !== 'open') return true
    this.gatherer.push(typeof data === 'string' ? Buffer.from(data) : data)
    return !this.waiting
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    if (this.state !== 'open') return
    this.gatherer.flush()
    this.state = 'ending'
    this.#socket.end()
  }

  destroy(): void {
    this.state = 'closed'
    this.handler = undefined
    this.gatherer.clear()
    this.#socket.destroy()
  }

  private flush(chunks: readonly Uint8Array[]): void {
    if (this.state !== 'open') return
    if (chunks.length === 1 && chunks[0] !== undefined) {
      this.waiting = !this.#socket.write(chunks[0])
      return
    }
    this.#socket.cork()
    for (const chunk of chunks) this.waiting = !this.#socket.write(chunk)
    this.#socket.uncork()
  }

  private finish(): void {
    if (this.state === 'closed' || this.handler === undefined) return
    this.state = 'closed'
    this.handler.closed(this.failure)
  }
}
