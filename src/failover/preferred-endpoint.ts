import type { ResolvedFailoverOptions } from '../options/failover-options.ts'
import type { Connected } from './broker-link.ts'
import type { Connector, NamedEndpoint } from './connector.ts'
import { pause } from './pause.ts'

/** With `priorityBackup`: looks whether a preferred endpoint is there again while another one is in use. */
export class PreferredEndpoint<Endpoint extends NamedEndpoint> {
  readonly #connector: Connector<Endpoint>
  readonly #options: ResolvedFailoverOptions
  readonly #found: (connected: Connected<Endpoint>) => Promise<void>
  #watching: AbortController | undefined

  /** @param found - goes on at this one; stops the search unless that is lost before it is in use */
  constructor(
    connector: Connector<Endpoint>,
    options: ResolvedFailoverOptions,
    found: (connected: Connected<Endpoint>) => Promise<void>,
  ) {
    this.#connector = connector
    this.#options = options
    this.#found = found
  }

  /** Begins to look, unless the endpoint in use is preferred. */
  watch(inUse: Endpoint): void {
    this.stop()
    if (!this.#options.priorityBackup || this.#connector.schedule.isPreferred(inUse)) return
    this.#watching = new AbortController()
    void this.#look(this.#watching.signal)
  }

  stop(): void {
    this.#watching?.abort()
    this.#watching = undefined
  }

  async #look(signal: AbortSignal): Promise<void> {
    const delayBefore = this.#connector.delays()
    for (let round = 1; !signal.aborted; round += 1) {
      await pause(delayBefore(round), signal).catch(() => {})
      const connected = await this.#firstToAnswer(signal)
      if (connected === undefined) continue
      if (signal.aborted) await connected.link.close()
      else await this.#found(connected)
    }
  }

  async #firstToAnswer(signal: AbortSignal): Promise<Connected<Endpoint> | undefined> {
    for (const endpoint of this.#connector.schedule.preferred) {
      if (signal.aborted) return undefined
      const connected = await this.#connector.dial(endpoint, signal).catch(() => undefined)
      if (connected !== undefined) return connected
    }
    return undefined
  }
}
