import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Bytes that wait in one direction of a connection before the proxy reads no more. */
const MOST_WAITING = 1 << 20
/** Bytes that go out at once on a slow line. */
const SLICE = 1_024

/** A TCP proxy that does to its connections what networks do. */
export class FaultyProxy {
  /** ms by which bytes come later, in each direction. */
  delay = 0
  /** In each direction of a connection. */
  bytesPerSecond: number = Number.POSITIVE_INFINITY
  /** Bytes after which a connection breaks in the middle of what it carries; counts down. */
  cutAfter: number = Number.POSITIVE_INFINITY
  readonly #server: Server
  readonly #links = new Set<Link>()

  private constructor(server: Server, host: string, port: number) {
    this.#server = server
    server.on('connection', (client) => {
      const link = new Link(this, client, dial({ host, port, noDelay: true, allowHalfOpen: true }), () =>
        this.#links.delete(link),
      )
      this.#links.add(link)
    })
  }

  /** Listens on a free port of 127.0.0.1. */
  static async to(host: string, port: number): Promise<FaultyProxy> {
    const server = createServer({ noDelay: true, allowHalfOpen: true })
    const proxy = new FaultyProxy(server, host, port)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get connections(): number {
    return this.#links.size
  }

  /** Both ends of each connection learn of it at once. */
  reset(): void {
    for (const link of this.#links) link.reset()
  }

  /** The connections of now carry nothing any more, and neither end is told until {@link heal}; not even when the other one closes. */
  fallSilent(): void {
    for (const link of this.#links) link.isSilent = true
  }

  /** What is sent from now on goes through again; connections that fell silent break. */
  heal(): void {
    for (const link of this.#links) if (link.isSilent) link.reset()
    this.delay = 0
    this.bytesPerSecond = Number.POSITIVE_INFINITY
    this.cutAfter = Number.POSITIVE_INFINITY
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.reset()
    await closed
  }
}

/** One connection: that of the client, and the one to the server. */
class Link {
  isSilent = false
  #isCut = false
  readonly #proxy: FaultyProxy
  readonly #sockets: readonly Socket[]

  constructor(proxy: FaultyProxy, client: Socket, server: Socket, closed: () => void) {
    this.#proxy = proxy
    this.#sockets = [client, server]
    this.#carry(client, server)
    this.#carry(server, client)
    for (const socket of this.#sockets) {
      // An error is followed by the event close.
      socket.on('error', () => {})
      socket.on('close', () => {
        // One that was not ended in order takes the other one with it.
        if (!this.isSilent && !this.#isCut && !socket.readableEnded) this.reset()
        if (this.#sockets.every(({ destroyed }) => destroyed)) closed()
      })
    }
  }

  reset(): void {
    for (const socket of this.#sockets) resetSocket(socket)
  }

  #carry(from: Socket, to: Socket): void {
    let waiting = 0
    let last: Promise<void> = Promise.resolve()
    from.on('data', (chunk) => {
      const due = performance.now() + this.#proxy.delay
      waiting += chunk.length
      if (waiting > MOST_WAITING) from.pause()
      last = last.then(async () => {
        if (!to.destroyed && !this.isSilent) await this.#pass(chunk, from, to, due)
        waiting -= chunk.length
        if (waiting <= MOST_WAITING) from.resume()
      })
    })
    from.on('end', () => {
      last = last.then(() => {
        if (!this.isSilent) to.end()
      })
    })
  }

  async #pass(chunk: Uint8Array, from: Socket, to: Socket, due: number): Promise<void> {
    const proxy = this.#proxy
    const early = due - performance.now()
    if (early > 0) await sleep(early)
    for (let start = 0; start < chunk.length; ) {
      const isSlow = Number.isFinite(proxy.bytesPerSecond)
      const length = Math.min(chunk.length - start, isSlow ? SLICE : chunk.length, proxy.cutAfter)
      const isAllowed = to.write(chunk.subarray(start, start + length))
      start += length
      proxy.cutAfter -= length
      if (proxy.cutAfter <= 0) {
        proxy.cutAfter = Number.POSITIVE_INFINITY
        // What came before the cut arrives, so that the peer is in the middle of a frame.
        this.#isCut = true
        to.end(() => to.destroySoon())
        resetSocket(from)
        return
      }
      if (!isAllowed && !to.destroyed) await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => {})
      if (isSlow) await sleep((length / proxy.bytesPerSecond) * 1_000)
      if (to.destroyed || this.isSilent) return
    }
  }
}

/** A socket that is connecting, or that has been ended, cannot be reset: Node 24 would leak it and hang at its exit. */
function resetSocket(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
