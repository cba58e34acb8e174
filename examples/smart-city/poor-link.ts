import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Weather {
  /** ms that bytes need, each way. */
  readonly latency: number
  /** ms that they may need more. */
  readonly jitter: number
  /** Mean ms between two outages; 0 for none. */
  readonly outageEvery: number
  /** Longest ms for which nothing goes through before the connection breaks. */
  readonly longestOutage: number
}

/** From when nothing went through until there was a connection again, ms since the epoch. */
export interface Outage {
  readonly from: number
  readonly until: number
}

/**
 * The mobile network before one MQTT connection. TCP sends again what the network loses, so loss is delay there until a
 * connection breaks: here nothing goes through for a while, which neither end is told, and then the connection is reset.
 */
export class PoorLink {
  readonly outages: Outage[] = []
  readonly #weather: Weather
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isSilent = false
  /** Since when there is an outage. */
  #awaySince: number | undefined
  #timer: NodeJS.Timeout | undefined

  private constructor(server: Server, host: string, port: number, weather: Weather) {
    this.#server = server
    this.#weather = weather
    server.on('connection', (client) => this.#join(client, dial({ host, port, noDelay: true })))
  }

  /** Listens on a free port of 127.0.0.1. Outages begin with {@link roughen}. */
  static async to(host: string, port: number, weather: Weather): Promise<PoorLink> {
    const server = createServer({ noDelay: true })
    const link = new PoorLink(server, host, port, weather)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return link
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on there are outages. */
  roughen(): void {
    const { outageEvery } = this.#weather
    if (outageEvery > 0) this.#timer = setTimeout(() => this.#fallSilent(), -Math.log(1 - Math.random()) * outageEvery)
  }

  /** There are no more outages; one that goes on ends now. */
  calm(): void {
    clearTimeout(this.#timer)
    if (this.#isSilent) this.#break()
  }

  /** Who uses the link has a connection again. */
  resumed(): void {
    if (this.#isSilent || this.#awaySince === undefined) return
    this.outages.push({ from: this.#awaySince, until: Date.now() })
    this.#awaySince = undefined
  }

  async close(): Promise<void> {
    this.calm()
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #fallSilent(): void {
    this.#isSilent = true
    this.#awaySince ??= Date.now()
    this.#timer = setTimeout(() => {
      this.#break()
      this.roughen()
    }, Math.random() * this.#weather.longestOutage)
  }

  #break(): void {
    this.#isSilent = false
    for (const socket of this.#sockets) reset(socket)
  }

  #join(client: Socket, server: Socket): void {
    this.#carry(client, server)
    this.#carry(server, client)
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket)
      // An error is followed by the event close.
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        // What was sent before an end in order is on its way still.
        if (!socket.readableEnded) other.destroy()
      })
    }
  }

  #carry(from: Socket, to: Socket): void {
    let last: Promise<void> = Promise.resolve()
    from.on('data', (chunk) => {
      const { latency, jitter } = this.#weather
      const due = performance.now() + latency + Math.random() * jitter
      last = last.then(async () => {
        const early = due - performance.now()
        if (early > 0) await sleep(early)
        if (!this.#isSilent && !to.destroyed) to.write(chunk)
      })
    })
    from.on('end', () => {
      last = last.then(() => {
        if (!this.#isSilent) to.end()
      })
    })
  }
}

/** A socket that is connecting, or that has been ended, cannot be reset: Node 24 would leak it and hang at its exit. */
function reset(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
