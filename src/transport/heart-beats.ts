/** Periods of the heart-beats of a connection in ms, 0 for none. */
export interface HeartBeatPeriods {
  readonly outgoing: number
  readonly incoming: number
}

/** Looks in a period at what has come: silence is noticed as much later than after two periods as lies between two of them. */
const LOOKS = 8

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
        // Counted, and not timed: a process that thaws reads first what has come while it was frozen.
        if (this.#silent >= 2 * LOOKS) onSilence(incoming)
      }
      this.#timers.push(setInterval(look, Math.max(1, Math.round(incoming / LOOKS))))
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
