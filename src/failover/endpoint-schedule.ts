import { InvalidOptionError } from '../errors.ts'
import { endpointName } from '../options/endpoint-uri.ts'
import type { ResolvedFailoverOptions } from '../options/failover-options.ts'

/** What a schedule has to know of an endpoint. */
export interface ScheduledEndpoint {
  /** `scheme://host:port`, or `scheme:name`. */
  readonly name: string
}

/** ms that delays count from when `initialReconnectDelay` is 0, so that they grow at all. */
const LEAST_DELAY = 10

/**
 * Which endpoint is tried next, and when. Rounds are counted from 0, from the first `connect()` and again from each
 * loss of the connection.
 */
export class EndpointSchedule<Endpoint extends ScheduledEndpoint> {
  /** The endpoints that `priorityBackup` returns to; empty without it. */
  readonly preferred: readonly Endpoint[]
  /** Endpoints that a broker told of: a group behind those that were given. */
  told: readonly Endpoint[] = []
  readonly #groups: readonly (readonly Endpoint[])[]
  readonly #options: ResolvedFailoverOptions
  readonly #random: () => number

  /**
   * @param groups - at least one endpoint in each
   * @param random - from 0 to 1, 1 excluded
   * @throws InvalidOptionError when one of `priorityURIs` is no endpoint of the groups
   */
  constructor(
    groups: readonly (readonly Endpoint[])[],
    options: ResolvedFailoverOptions,
    random: () => number = Math.random,
  ) {
    this.#groups = groups
    this.#options = options
    this.#random = random
    this.preferred = options.priorityBackup ? preferredOf(groups, options.priorityURIs) : []
  }

  /**
   * The endpoints of one round, in the order in which to try them: preferred ones, then group by group. The one that
   * was lost comes last in its group, because the others may have taken over.
   */
  round(lost?: Endpoint): readonly Endpoint[] {
    const all = [...this.#groups, this.told].flatMap((group) => lastInGroup(this.#ordered(group), lost))
    if (this.preferred.length === 0) return all
    const first = (endpoint: Endpoint): boolean => endpoint !== lost && this.isPreferred(endpoint)
    return [...all.filter(first), ...all.filter((endpoint) => !first(endpoint))]
  }

  /**
   * The delays of one search for a broker: ms to wait before each round, growing, less a random part, at most
   * `maxReconnectDelay`. None before round 0, unless that begins with the endpoint that was lost, as it does when there is
   * no other one: then a random part of `initialReconnectDelay`, so that those who lost a broker together do not all come
   * back in the same moment.
   */
  delays(lost?: Endpoint): (round: number) => number {
    const { initialReconnectDelay, jitter, maxReconnectDelay } = this.#options
    // For the same reason delays differ in their phase, too: they would come in waves otherwise.
    const lag = jitter > 0 ? this.#random() : 0
    const first = jitter > 0 && this.#isFirst(lost) ? Math.min(initialReconnectDelay, maxReconnectDelay) : 0
    return (round) => {
      if (round <= 0) return Math.round(first * this.#random())
      const delay = Math.min(this.#fullDelay(round, lag), maxReconnectDelay)
      return Math.round(delay * (1 - jitter * this.#random()))
    }
  }

  /** Whether a round may be made: round 0 of the first connect always, others by the two limits of attempts. */
  mayTry(round: number, everConnected: boolean): boolean {
    const { maxReconnectAttempts, startupMaxReconnectAttempts } = this.#options
    if (everConnected) return maxReconnectAttempts < 0 || round < maxReconnectAttempts
    return startupMaxReconnectAttempts < 0 || round <= startupMaxReconnectAttempts
  }

  /** The endpoint of this name, of those that were given and those that a broker told of. */
  named(name: string): Endpoint | undefined {
    return [...this.#groups, this.told].flat().find((endpoint) => endpoint.name === name)
  }

  /** Whether `priorityBackup` returns to this endpoint. False for all without that option. */
  isPreferred(endpoint: Endpoint): boolean {
    return this.preferred.includes(endpoint)
  }

  /**
   * The delay before jitter and limit.
   *
   * @param lag - part of a step, from 0 to 1, by which delays are behind from the second one on
   */
  #fullDelay(round: number, lag: number): number {
    const { initialReconnectDelay, useExponentialBackOff, reconnectDelayExponent } = this.#options
    if (round === 1) return initialReconnectDelay
    const [base, steps] = initialReconnectDelay === 0 ? [LEAST_DELAY, round - 2] : [initialReconnectDelay, round - 1]
    return useExponentialBackOff ? base * reconnectDelayExponent ** Math.max(0, steps - lag) : base
  }

  #isFirst(lost: Endpoint | undefined): boolean {
    return lost !== undefined && this.round(lost)[0] === lost
  }

  #ordered(group: readonly Endpoint[]): readonly Endpoint[] {
    return this.#options.randomize ? shuffled(group, this.#random) : group
  }
}

function preferredOf<Endpoint extends ScheduledEndpoint>(
  groups: readonly (readonly Endpoint[])[],
  priorityURIs: readonly string[],
): readonly Endpoint[] {
  if (priorityURIs.length === 0) return groups.length > 1 ? (groups[0] ?? []) : (groups[0] ?? []).slice(0, 1)
  const endpoints = groups.flat()
  return priorityURIs.flatMap((uri) => {
    const name = endpointName(uri)
    const matches = endpoints.filter((endpoint) => endpointName(endpoint.name) === name)
    if (matches.length > 0) return matches
    // What was given is not repeated: it need not be a URI, and may hold a password.
    throw new InvalidOptionError(
      'failover.priorityURIs',
      `URI ${priorityURIs.indexOf(uri) + 1} of failover.priorityURIs is no endpoint of the target; these are: ${endpoints.map((endpoint) => endpoint.name).join(', ')}`,
    )
  })
}

function lastInGroup<Endpoint>(group: readonly Endpoint[], lost: Endpoint | undefined): readonly Endpoint[] {
  if (lost === undefined || !group.includes(lost)) return group
  return [...group.filter((endpoint) => endpoint !== lost), lost]
}

/** Fisher and Yates. */
function shuffled<Value>(values: readonly Value[], random: () => number): readonly Value[] {
  const order = [...values]
  for (let index = order.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1))
    const [a, b] = [order[index], order[other]] as [Value, Value]
    order[index] = b
    order[other] = a
  }
  return order
}
