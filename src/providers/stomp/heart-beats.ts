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

/** Sends heart-beats where nothing else was sent, and finds out that the peer is silent. */
export class HeartBeats {
  readonly #timers: ReturnType<typeof setInterval>[] = []
  #hasWritten = false
  #hasReceived = false
  /** Looks in a row that found nothing received. */
  #silent = 0

  /**
   * @param beat - sends one
   * @param onSilence - the peer has said nothing for two periods
   */
  constructor({ outgoing, incoming }: HeartBeatPeriods, beat: () => void, onSilence: (period: number) => void) {
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
  }

  received(): void {
    this.#hasReceived = true
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
  }
}
