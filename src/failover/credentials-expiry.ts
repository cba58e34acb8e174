import type { BrokerLink } from './broker-link.ts'

/** Part of the time until credentials expire after which new ones are asked for. */
const RENEWED_AFTER = 0.8
/** ms between looks at the clock: timers stand still while the machine sleeps. */
const LOOK = 60_000

/** Calls for new credentials before those of the connection in use expire. */
export class CredentialsExpiry<Endpoint> {
  readonly #due: (link: BrokerLink<Endpoint>) => void
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param due - the credentials of this connection expire soon */
  constructor(due: (link: BrokerLink<Endpoint>) => void) {
    this.#due = due
  }

  watch(link: BrokerLink<Endpoint>): void {
    this.stop()
    const { credentialsExpireAt } = link
    if (credentialsExpireAt === undefined) return
    const left = credentialsExpireAt - Date.now()
    // Credentials that have expired were taken all the same: only the broker knows for how long.
    if (left > 0) this.#wait(link, Date.now() + left * RENEWED_AFTER)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #wait(link: BrokerLink<Endpoint>, until: number): void {
    const rest = until - Date.now()
    if (rest <= 0) this.#due(link)
    else this.#timer = setTimeout(() => this.#wait(link, until), Math.min(rest, LOOK))
  }
}
