/** ms that a broker takes to end, at most, from what it confirms too early on. */
const LONGEST_END = 30_000

/** The last send of those that are confirmed, by the order of the calls: the only one that a broker may have confirmed too early. */
export class LastConfirmation<Send extends { readonly number: number }> {
  #send: Send | undefined
  #at = 0

  /** Keeps a send that is confirmed now. Gives the one that is in no doubt any more, which may be this one. */
  keep(send: Send): Send | undefined {
    const former = this.#send
    if (former !== undefined && former.number > send.number) return send
    this.#send = send
    this.#at = performance.now()
    return former
  }

  /** Lets go of it: the broker has ended. Undefined when it was confirmed so long before that the broker has it. */
  take(): Send | undefined {
    const send = this.#send
    this.#send = undefined
    return performance.now() - this.#at < LONGEST_END ? send : undefined
  }
}
