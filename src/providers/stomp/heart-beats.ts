/** Periods of the heart-beats of a connection in ms, 0 for none (STOMP 1.2, "Heart-beating"). */
export interface HeartBeatPeriods {
  readonly outgoing: number
  readonly incoming: number
}

/**
 * What both sides want.
 *
 * @param own - ms between our heart-beats, and between those of the broker at most
 * @param announced - the `heart-beat` header of CONNECTED
 */
export function negotiate(own: number, announced: string | undefined): HeartBeatPeriods {
  const [sends = 0, wants = 0] = /^\d{1,9},\d{1,9}$/.test(announced ?? '')
    ? (announced ?? '').split(',').map(Number)
    : []
  if (own === 0) return { outgoing: wants, incoming: 0 }
  return { outgoing: wants === 0 ? 0 : Math.max(own, wants), incoming: sends === 0 ? 0 : Math.max(own, sends) }
}

/** RabbitMQ, and most proxies, close a WebSocket over which nothing has come for a minute; ms. */
const LONGEST_SILENCE = 50_000

/** Over a WebSocket something is sent often enough, also when the broker does not want it. */
export function keepAlive({ outgoing, incoming }: HeartBeatPeriods): HeartBeatPeriods {
  return { outgoing: outgoing === 0 ? LONGEST_SILENCE : Math.min(outgoing, LONGEST_SILENCE), incoming }
}

/** Sends heart-beats where nothing else was sent, and finds out that the peer is silent. */
export class HeartBeats {
  readonly #timers: ReturnType<typeof setInterval>[] = []
  readonly #outgoing: number
  readonly #beat: () => void
  #hasWritten = false
  /** When something was sent last. */
  #writtenAt = Date.now()
  #hasReceived = false
  /** Looks in a row that found nothing received. */
  #silent = 0

  /**
   * @param beat - sends one
   * @param onSilence - the peer has said nothing for two periods
   */
  constructor({ outgoing, incoming }: HeartBeatPeriods, beat: () => void, onSilence: (period: number) => void) {
    this.#outgoing = outgoing
    this.#beat = beat
    if (outgoing > 0) {
      const look = (): void => {
        if (!this.#hasWritten) beat()
        this.#hasWritten = false
      }
      // Twice as often: what was written right after a look leaves almost two periods until the next but one.
      this.#timers.push(setInterval(look, Math.max(1, outgoing >> 1)))
    }
    if (incoming > 0) {
      const look = (): void => {
        this.#silent = this.#hasReceived ? 0 : this.#silent + 1
        this.#hasReceived = false
        if (this.#silent >= 2) onSilence(incoming)
      }
      this.#timers.push(setInterval(look, incoming))
    }
  }

  written(): void {
    this.#hasWritten = true
    this.#writtenAt = Date.now()
  }

  /** Answers the peer's heart-beat: browsers slow down the timers of hidden pages, and not what arrives. */
  received(): void {
    this.#hasReceived = true
    if (this.#outgoing > 0 && Date.now() - this.#writtenAt >= this.#outgoing >> 1) this.#beat()
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
  }
}
