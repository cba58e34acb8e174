import { AbortedError, ConnectionError } from '../errors.ts'
import type { Logger } from '../options/logger.ts'
import type { PeerCertificate, TlsOptions } from '../options/tls-options.ts'
import { warnBeforeExpiry } from './peer-certificate.ts'
import { createSocket, describeFailure } from './platform-socket.ts'
import type { Transport, TransportHandler } from './transport.ts'
import { WriteGatherer } from './write-gatherer.ts'

/** Above this many bytes not yet taken by the network, `write` asks to wait. */
const HIGH_WATER_MARK = 256 * 1024
/** A WebSocket has no event for an emptied buffer: it is looked at again after so many ms. */
const DRAIN_CHECK = 10
const encoder = new TextEncoder()

/** The part of the platform's WebSocket, and of `ws`, that is used. */
export interface WebSocketLike {
  binaryType: string
  readonly bufferedAmount: number
  readonly protocol: string
  readonly extensions: string
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onerror: ((event: { readonly error?: unknown; readonly message?: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null
  send(data: Uint8Array | string): void
  close(): void
  /** Only `ws` has it. */
  terminate?(): void
}

/** A WebSocket that connects, and what its peer has shown so far. */
export interface ConnectingSocket {
  readonly socket: WebSocketLike
  readonly certificate: () => PeerCertificate | undefined
}

/** What a WebSocket that failed tells: `ws` everything, a browser nothing. */
export interface SocketFailure {
  readonly error?: unknown
  readonly message?: unknown
}

/** Where a WebSocket connects to. */
export interface WebSocketTarget {
  /** Full address with scheme `ws:` or `wss:`, without credentials. */
  readonly url: string
  readonly host: string
  /** `scheme://host:port` for errors. */
  readonly endpoint: string
  /** Counted from 0; which one of several addresses of the host is tried first goes by it, except in browsers. */
  readonly attempt: number
  /** Subprotocols to offer, the preferred one first. */
  readonly subprotocols: readonly string[]
  /** Whether each write is one message, and text is taken as well. False by default. */
  readonly isPerWrite?: boolean
  /** Bytes of a WebSocket message; more are sent as several ones. Undefined for no limit. */
  readonly largestMessage?: number
  readonly tls: TlsOptions
}

/**
 * Connects over a WebSocket: with `ws` in Node, with the platform's own in a browser, where TLS is the browser's affair.
 *
 * @throws ConnectionError or TlsError that says why the endpoint cannot be reached
 * @throws AbortedError when `signal` aborts first
 */
export async function connectWebSocket(
  target: WebSocketTarget,
  logger: Logger,
  signal: AbortSignal,
): Promise<Transport> {
  const connecting = await createSocket(target, logger)
  const { socket } = connecting
  socket.binaryType = 'arraybuffer'
  const transport = await opened(connecting, target, signal)
  warnBeforeExpiry(transport.certificate, target.endpoint, logger)
  if (socket.protocol === '') {
    logger.warn?.('the server chose no WebSocket subprotocol; it may speak another protocol', {
      endpoint: target.endpoint,
    })
  }
  return transport
}

function opened(
  { socket, certificate }: ConnectingSocket,
  target: WebSocketTarget,
  signal: AbortSignal,
): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const abandon = (error: Error): void => {
      signal.removeEventListener('abort', abort)
      socket.onopen = null
      socket.onmessage = null
      socket.onclose = null
      // Kept, with nothing to do: unheard, an error of `ws` would end the process.
      socket.onerror = () => {}
      cut(socket)
      reject(error)
    }
    const abort = (): void => {
      abandon(new AbortedError(`connecting to ${target.endpoint} was aborted`, { cause: signal.reason }))
    }
    if (signal.aborted) {
      abort()
      return
    }
    signal.addEventListener('abort', abort)
    socket.onopen = () => {
      signal.removeEventListener('abort', abort)
      // Made here and not by the one who waits: the first message may come before it gets its turn.
      resolve(new WebSocketTransport(socket, target, certificate()))
    }
    socket.onerror = (event) => abandon(describeFailure(event, target, certificate()))
    socket.onclose = (event) => {
      abandon(new ConnectionError(`cannot connect to ${target.endpoint}: the WebSocket was closed with ${event.code}`))
    }
  })
}

function cut(socket: WebSocketLike): void {
  if (socket.terminate === undefined) socket.close()
  else socket.terminate()
}

class WebSocketTransport implements Transport {
  readonly secure: boolean
  readonly certificate: PeerCertificate | undefined
  readonly compressed: boolean
  readonly #socket: WebSocketLike
  private readonly largestMessage: number
  private readonly gatherer: WriteGatherer
  private handler: TransportHandler | undefined
  private early: Uint8Array[] = []
  private state: 'open' | 'ending' | 'closed' = 'open'
  private readonly isPerWrite: boolean
  private failure: Error | undefined
  private paused = false
  private drainTimer: ReturnType<typeof setTimeout> | undefined

  constructor(socket: WebSocketLike, target: WebSocketTarget, certificate: PeerCertificate | undefined) {
    this.#socket = socket
    this.secure = target.url.startsWith('wss:')
    this.compressed = socket.extensions.includes('permessage-deflate')
    this.isPerWrite = target.isPerWrite ?? false
    this.largestMessage = target.largestMessage ?? Number.POSITIVE_INFINITY
    this.certificate = certificate
    this.gatherer = new WriteGatherer((chunks) => this.flush(chunks))
    socket.onmessage = (event) => this.receive(event.data)
    socket.onerror = (event) => {
      this.failure ??= event.error instanceof Error ? event.error : new Error('the WebSocket failed')
    }
    socket.onclose = (event) => this.finish(event.code, event.reason)
  }

  get bufferedBytes(): number {
    return this.gatherer.bytes + this.#socket.bufferedAmount
  }

  start(handler: TransportHandler): void {
    this.handler = handler
    if (this.state === 'closed') queueMicrotask(() => handler.closed(this.failure))
    else this.release()
  }

  write(data: Uint8Array | string): boolean {
    if (this.state !== 'open') return true
    if (this.isPerWrite) this.flush([data])
    else this.gatherer.push(typeof data === 'string' ? encoder.encode(data) : data)
    return this.drainTimer === undefined
  }

  /** A WebSocket cannot be told to stop reading: what arrives meanwhile is kept. */
  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.release()
  }

  end(): void {
    if (this.state !== 'open') return
    this.gatherer.flush()
    this.state = 'ending'
    this.#socket.close()
  }

  destroy(): void {
    this.state = 'closed'
    this.handler = undefined
    this.early = []
    this.gatherer.clear()
    clearTimeout(this.drainTimer)
    cut(this.#socket)
  }

  private receive(data: unknown): void {
    if (this.state === 'closed') return
    const bytes = this.bytesOf(data)
    if (bytes === undefined) {
      this.failure = new Error('the server sent a text message over a binary WebSocket')
      cut(this.#socket)
      return
    }
    if (this.handler === undefined || this.paused) this.early.push(bytes)
    else this.handler.data(bytes)
  }

  private bytesOf(data: unknown): Uint8Array | undefined {
    if (data instanceof ArrayBuffer) return new Uint8Array(data)
    return this.isPerWrite && typeof data === 'string' ? encoder.encode(data) : undefined
  }

  private release(): void {
    while (!this.paused && this.handler !== undefined) {
      const bytes = this.early.shift()
      if (bytes === undefined) return
      this.handler.data(bytes)
    }
  }

  private flush(chunks: readonly (Uint8Array | string)[]): void {
    if (this.state !== 'open') return
    for (const chunk of chunks) this.send(chunk)
    if (this.#socket.bufferedAmount > HIGH_WATER_MARK) this.drainTimer ??= setTimeout(this.checkDrained, DRAIN_CHECK)
  }

  private send(bytes: Uint8Array | string): void {
    if (typeof bytes === 'string') {
      this.#socket.send(bytes)
      return
    }
    for (let start = 0; start < bytes.length; start += this.largestMessage) {
      this.#socket.send(
        start === 0 && bytes.length <= this.largestMessage ? bytes : bytes.subarray(start, start + this.largestMessage),
      )
    }
  }

  private readonly checkDrained = (): void => {
    this.drainTimer = undefined
    if (this.state !== 'open') return
    if (this.#socket.bufferedAmount > HIGH_WATER_MARK) this.drainTimer = setTimeout(this.checkDrained, DRAIN_CHECK)
    else this.handler?.drained()
  }

  private finish(code: number, reason: string): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    clearTimeout(this.drainTimer)
    // 1000 and 1001 are orderly ends, 1005 one without a status (RFC 6455 §7.4.1).
    if (code !== 1000 && code !== 1001 && code !== 1005) {
      this.failure ??= new Error(`the WebSocket was closed with ${code}${reason === '' ? '' : ` ${reason}`}`)
    }
    this.handler?.closed(this.failure)
  }
}
