/**
 * How many more messages the broker may deliver to one consumer.
 *
 * The credit out at the broker plus the messages held here never exceed the prefetch, save for messages that the
 * application asked for one by one while all of its credit was held up (`demand`).
 */
export class CreditWindow {
  readonly #prefetch: number
  readonly #grant: (credit: number) => void
  /** Returned credit is granted in batches of this size, so that the broker is not told of every message. */
  readonly #batch: number
  /** Granted, and not used yet. */
  #outstanding = 0
  /** Given back by the application, and not granted again yet. */
  #returned = 0
  /** Granted beyond the prefetch. */
  #extra = 0
  #state: 'new' | 'open' | 'closed' = 'new'

  constructor(prefetch: number, grant: (credit: number) => void) {
    this.#prefetch = prefetch
    this.#grant = grant
    this.#batch = Math.max(1, prefetch >> 1)
  }

  open(): void {
    if (this.#state === 'closed') return
    this.#state = 'open'
    this.#issue(this.#prefetch)
  }

  /** Another broker knows of no credit, and the messages of the one before are void. */
  reopen(): void {
    this.#outstanding = 0
    this.#returned = 0
    this.#extra = 0
    if (this.#state === 'open') this.#issue(this.#prefetch)
  }

  /** The consumer closes: grants nothing any more. */
  close(): void {
    this.#state = 'closed'
  }

  /** Whether the broker may still deliver. */
  get isOut(): boolean {
    return this.#outstanding > 0
  }

  /** A message came in. */
  arrived(): void {
    if (this.#outstanding > 0) this.#outstanding -= 1
  }

  /** The application is through with messages. */
  giveBack(count: number): void {
    const repaid = Math.min(this.#extra, count)
    this.#extra -= repaid
    this.#returned += count - repaid
    if (this.#returned >= this.#batch || (this.#outstanding === 0 && this.#returned > 0)) {
      const credit = this.#returned
      this.#returned = 0
      this.#issue(credit)
    }
  }

  /** The application waits for a message: makes sure that one can come. */
  demand(): void {
    if (this.#outstanding > 0) return
    this.#extra += 1
    this.#issue(1)
  }

  /** Unused credit was taken back at the broker; grants anew what belongs to the prefetch. */
  drained(): void {
    const lost = this.#outstanding
    this.#outstanding = 0
    const repaid = Math.min(this.#extra, lost)
    this.#extra -= repaid
    this.#issue(lost - repaid)
  }

  #issue(credit: number): void {
    if (credit === 0 || this.#state === 'closed') return
    this.#outstanding += credit
    this.#grant(credit)
  }
}
