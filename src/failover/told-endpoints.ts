import type { ResolvedFailoverOptions } from '../options/failover-options.ts'
import type { BrokerAdvice } from '../provider/provider.ts'
import type { NamedEndpoint } from './connector.ts'
import type { EndpointSchedule } from './endpoint-schedule.ts'

/**
 * The endpoint behind a URI that a broker told of, reached as the one in use is; undefined for one that is not to be
 * connected to.
 */
export type EndpointOf<Endpoint> = (uri: string, inUse: Endpoint) => Endpoint | undefined

/** Heeds what brokers say of others: they are tried after those that were given, and one may be moved to. */
export class ToldEndpoints<Endpoint extends NamedEndpoint> {
  readonly #schedule: EndpointSchedule<Endpoint>
  readonly #options: ResolvedFailoverOptions
  readonly #endpointOf: EndpointOf<Endpoint>
  /** Names of all that the last advice told of. */
  #known: ReadonlySet<string> = new Set()

  constructor(
    schedule: EndpointSchedule<Endpoint>,
    options: ResolvedFailoverOptions,
    endpointOf: EndpointOf<Endpoint>,
  ) {
    this.#schedule = schedule
    this.#options = options
    this.#endpointOf = endpointOf
  }

  /** @returns the endpoint to move to; undefined to stay at the one in use */
  heed({ brokers, isRebalancing, moveTo }: BrokerAdvice, inUse: Endpoint): Endpoint | undefined {
    const { updateURIsSupported, reconnectSupported } = this.#options
    const isNews = updateURIsSupported && this.#learn(brokers, inUse)
    const wanted = moveTo ?? (isNews && isRebalancing ? brokers[0] : undefined)
    if (wanted === undefined || !reconnectSupported) return undefined
    const next = this.#endpoint(wanted, inUse)
    return next?.name === inUse.name ? undefined : next
  }

  /** Whether others are told of than before: each broker names them in an order of its own, which would send clients round. */
  #learn(brokers: readonly string[], inUse: Endpoint): boolean {
    if (brokers.length === 0) return false
    const endpoints = new Map<string, Endpoint>()
    for (const uri of brokers) {
      const endpoint = this.#endpoint(uri, inUse)
      if (endpoint !== undefined) endpoints.set(endpoint.name, endpoint)
    }
    const known = this.#known
    this.#known = new Set(endpoints.keys())
    const told = new Set(this.#schedule.told)
    this.#schedule.told = [...endpoints.values()].filter((one) => told.has(one) || !this.#schedule.named(one.name))
    return known.size !== this.#known.size || [...this.#known].some((name) => !known.has(name))
  }

  #endpoint(uri: string, inUse: Endpoint): Endpoint | undefined {
    const endpoint = this.#endpointOf(uri, inUse)
    return endpoint && (this.#schedule.named(endpoint.name) ?? endpoint)
  }
}
