/** Gathers what goes out until the present call is over; what stands one behind the other in memory goes out as one piece, uncopied. */
export class Outgoing {
  readonly #send: (bytes: Uint8Array) => void
  #bytes: Uint8Array | undefined
  #start = 0
  #end = 0
  #isScheduled = false

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send
  }

  push(bytes: Uint8Array, start: number, end: number): void {
    if (bytes === this.#bytes && start === this.#end) {
      this.#end = end
      return
    }
    this.flush()
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(this.#flushScheduled)
  }

  /** Sends what is there now. */
  flush(): void {
    const bytes = this.#bytes
    if (bytes === undefined) return
    this.#bytes = undefined
    this.#send(bytes.subarray(this.#start, this.#end))
  }

  readonly #flushScheduled = (): void => {
    this.#isScheduled = false
    this.flush()
  }
}
