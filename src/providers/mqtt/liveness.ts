import { HeartBeats } from '../../transport/heart-beats.ts'

/** ms for which a WebSocket, or a page that is hidden, is given time at least: browsers slow down its timers to once a minute. */
const LONGEST_THROTTLE = 90_000

/** Seconds that CONNECT gives as keep-alive: the broker misses a client that has sent nothing for one and a half times as long. */
export function keepAliveOf(heartbeat: number, overWebSocket: boolean): number {
  if (heartbeat === 0) return 0
  const wanted = overWebSocket ? Math.max(heartbeat, LONGEST_THROTTLE) : heartbeat
  return Math.min(65_535, Math.max(1, Math.ceil(wanted / 1000)))
}

/** Asks the broker whether it is there, and finds out that it is not. */
export class Liveness {
  readonly #beats: HeartBeats
  readonly #timer: ReturnType<typeof setInterval> | undefined

  /**
   * @param heartbeat - ms; a broker that is silent for two of them is dead; 0 for never
   * @param keepAlive - seconds within which the broker wants something sent; 0 for no limit
   * @param ping - asks the broker for an answer
   */
  constructor(heartbeat: number, keepAlive: number, ping: () => void, onSilence: (period: number) => void) {
    this.#beats = new HeartBeats({ outgoing: 0, incoming: heartbeat }, () => {}, onSilence)
    // A broker says nothing unless it is asked, so it is asked also when other packets go out.
    const periods = [heartbeat, keepAlive * 1000].filter((period) => period > 0)
    if (periods.length > 0) this.#timer = setInterval(ping, Math.max(1, Math.min(...periods) >> 1))
  }

  received(): void {
    this.#beats.received()
  }

  stop(): void {
    this.#beats.stop()
    clearInterval(this.#timer)
  }
}
