import { AbortedError, MessagingError } from '../errors.ts'
import { type Complaint, isClosed, isForeign, isSilent, neverOpened, wasBroken, wasLost } from './losses.ts'
import type { Transport } from './transport.ts'

/** `opening` until the peer has let the connection in, `closing` since it was told goodbye. */
export type Phase = 'opening' | 'open' | 'closing' | 'closed'

/** Whose life it is. */
export interface Mortal {
  readonly endpoint: string
  /** As users write it: `STOMP`. */
  readonly protocol: string
  readonly transport: Transport
  /** The connection has ended: nothing is waited for any more. Called once. */
  release(error: MessagingError): void
  /** Why the stream ended before the handshake was over; left out where there is no more to say than for any protocol. */
  neverOpened?(error: Error | undefined): MessagingError
}

/** The life of one connection over a transport: how it opens, or does not, and which ways it ends. */
export class ConnectionLife {
  readonly #owner: Mortal
  #phase: Phase = 'opening'
  /** What came first, until the peer has shown that it speaks the protocol. */
  #firstBytes: Uint8Array | undefined
  #isRecognised = false
  #complaint: Complaint | undefined
  #failure: MessagingError | undefined
  #onLost: ((error: Error) => void) | undefined
  #opening: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  #ended: (() => void) | undefined

  constructor(owner: Mortal) {
    this.#owner = owner
  }

  get phase(): Phase {
    return this.#phase
  }

  get isOpen(): boolean {
    return this.#phase === 'open'
  }

  /** Why the connection is no longer there. */
  get lossReason(): MessagingError {
    return this.#failure ?? isClosed(this.#owner.endpoint)
  }

  /** Calls `listener` once when the connection ends otherwise than by {@link close}. */
  whenLost(listener: (error: Error) => void): void {
    this.#onLost = listener
  }

  // --- opening ---------------------------------------------------------------------------------------------------

  /**
   * Settles when the peer has let the connection in, or it has ended.
   *
   * @param start - begins the handshake
   * @throws AbortedError when `signal` aborts first; the transport is cut then
   */
  async open(start: () => void, signal: AbortSignal): Promise<void> {
    const abort = (): void => this.abort(signal.reason)
    signal.addEventListener('abort', abort)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#opening = { resolve, reject }
        if (signal.aborted) abort()
        else start()
      })
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /** Bytes came. */
  heard(bytes: Uint8Array): void {
    if (!this.#isRecognised) this.#firstBytes ??= bytes
  }

  /** The first byte that came; undefined once the peer has shown that it speaks the protocol. */
  get firstByte(): number | undefined {
    return this.#firstBytes?.[0]
  }

  /** The peer speaks the protocol. */
  recognised(): void {
    this.#isRecognised = true
    this.#firstBytes = undefined
  }

  /** The handshake is over. */
  opened(): void {
    if (this.#phase !== 'opening') return
    this.recognised()
    this.#phase = 'open'
    this.#opening?.resolve()
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  /**
   * Ends in order. Never rejects, and takes `timeout` ms at most.
   *
   * @param farewell - says goodbye; settles when the broker has answered. The end of the stream answers it, too.
   */
  async close(timeout: number, farewell: () => Promise<unknown>): Promise<void> {
    if (this.#phase === 'open') {
      const ended = new Promise<void>((resolve) => {
        this.#ended = resolve
      })
      const answered = farewell().catch(() => {})
      this.#phase = 'closing'
      this.#onLost = undefined
      const timer = setTimeout(() => this.#ended?.(), timeout)
      await Promise.race([answered, ended])
      clearTimeout(timer)
    }
    this.fail(this.lossReason)
  }

  /** Ends at once: nobody waits for it any more. */
  abort(cause: unknown): void {
    this.fail(new AbortedError(`connecting to ${this.#owner.endpoint} was aborted`, { cause }))
  }

  /** The broker says what is wrong, and most likely ends the connection over it. */
  complained(error: Error): void {
    this.#complaint = { error, at: performance.now() }
  }

  /** What came was not of the protocol, or more than is taken. */
  broken(error: Error): void {
    const { endpoint, protocol } = this.#owner
    if (this.#isRecognised || this.#firstBytes === undefined) this.fail(wasBroken(endpoint, error))
    else if (error instanceof MessagingError) this.fail(error)
    else this.fail(isForeign(endpoint, protocol, this.#firstBytes, error))
  }

  /** The peer has said nothing for two of these periods (ms). */
  silent(period: number): void {
    this.fail(isSilent(this.#owner.endpoint, period))
  }

  /** The stream has ended. */
  lost(error: Error | undefined): void {
    const owner = this.#owner
    if (this.#phase !== 'opening') this.fail(wasLost(owner.endpoint, this.#complaint, error))
    else this.fail(owner.neverOpened?.(error) ?? neverOpened(owner.endpoint, owner.protocol, error))
  }

  /** Ends with this error; does nothing to what has ended. */
  fail(error: MessagingError): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#failure = error
    this.#owner.transport.destroy()
    this.#opening?.reject(error)
    this.#ended?.()
    this.#onLost?.(error)
    this.#owner.release(error)
  }
}
