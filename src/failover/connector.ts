import { AuthenticationError, ConnectionError } from '../errors.ts'
import type { ResolvedFailoverOptions } from '../options/failover-options.ts'
import type { Logger } from '../options/logger.ts'
import type { ReconnectAttempt } from '../provider/reconnection.ts'
import { type Connected, openLink } from './broker-link.ts'
import type { Dial } from './dial.ts'
import type { EndpointSchedule } from './endpoint-schedule.ts'
import { pause } from './pause.ts'

/** What a failover needs to know of an endpoint. */
export interface NamedEndpoint {
  /** What errors and events call it; without credentials. */
  readonly name: string
}

export interface ConnectorSettings<Endpoint extends NamedEndpoint> {
  readonly dial: Dial<Endpoint>
  readonly schedule: EndpointSchedule<Endpoint>
  readonly options: ResolvedFailoverOptions
  readonly logger: Logger
}

/** What goes on while endpoints are tried one after the other. */
export interface Search<Endpoint, Result> {
  /** The endpoint whose connection was lost; undefined for the first connection. */
  readonly lost: Endpoint | undefined
  /** Told of each attempt, before its delay. */
  began(attempt: ReconnectAttempt): void
  /** An endpoint has answered. When this rejects, that was an attempt that failed, and the next endpoint is tried. */
  take(connected: Connected<Endpoint>): Promise<Result>
}

/** ms for which a connection has to hold, or the search for the next one begins with a delay: a broker may accept and close. */
const STEADY = 10_000

/** Goes round the endpoints until one of them answers. */
export class Connector<Endpoint extends NamedEndpoint> {
  readonly schedule: EndpointSchedule<Endpoint>
  readonly #settings: ConnectorSettings<Endpoint>
  /** Connections in a row that did not hold. */
  #brief = 0

  constructor(settings: ConnectorSettings<Endpoint>) {
    this.#settings = settings
    this.schedule = settings.schedule
  }

  /**
   * The first connection. What no other endpoint would mend, such as a client id in use, is thrown at once.
   *
   * @throws the reason of the one endpoint; of several, an error with the reason of each
   */
  connectFirst(signal: AbortSignal): Promise<Connected<Endpoint>> {
    const search = { lost: undefined, began: () => {}, take: async (connected: Connected<Endpoint>) => connected }
    return this.#connect(search, signal)
  }

  /**
   * After a loss: tries for as long as the options say.
   *
   * @param held - ms for which the connection was there
   * @throws AuthenticationError when every endpoint refuses the credentials; ConnectionError when the attempts are used up
   */
  reconnect(search: Search<Endpoint, void>, held: number, signal: AbortSignal): Promise<void> {
    this.#brief = held >= STEADY ? 0 : this.#brief + 1
    return this.#connect(search, signal)
  }

  /** One attempt. */
  dial(endpoint: Endpoint, signal: AbortSignal): Promise<Connected<Endpoint>> {
    return openLink(endpoint, this.#settings.dial, signal)
  }

  /** The delays of one search; those after connections that did not hold begin where these have led. */
  delays(lost?: Endpoint): (round: number) => number {
    const delayBefore = this.schedule.delays(lost)
    return (round) => delayBefore(round + Math.max(0, this.#brief - 1))
  }

  async #connect<Result>(search: Search<Endpoint, Result>, signal: AbortSignal): Promise<Result> {
    const { schedule, logger, options } = this.#settings
    const isAgain = search.lost !== undefined
    let attempt = 0
    let failures: Failure[] = []
    const delayBefore = this.delays(search.lost)
    for (let round = 0; schedule.mayTry(round, isAgain); round += 1) {
      let delay = delayBefore(round)
      failures = []
      for (const endpoint of schedule.round(search.lost)) {
        attempt += 1
        search.began({ attempt, endpoint: endpoint.name, delay })
        if (delay > 0) await pause(delay, signal)
        delay = 0
        try {
          return await search.take(await this.dial(endpoint, signal))
        } catch (error) {
          if (signal.aborted || !(isAgain || isTriedElsewhere(error))) throw error
          failures.push({ name: endpoint.name, error: error as Error })
          logger.debug?.(`${endpoint.name} could not be connected to`, { error })
        }
      }
      if (failures.every(({ error }) => error instanceof AuthenticationError)) break
      const { warnAfterReconnectAttempts: every } = options
      if (isAgain && every > 0 && (round + 1) % every === 0) {
        logger.warn?.(`still not connected after ${attempt} attempts`, { error: failureOf(failures) })
      }
    }
    throw failureOf(failures)
  }
}

interface Failure {
  readonly name: string
  readonly error: Error
}

function isTriedElsewhere(error: unknown): boolean {
  return error instanceof ConnectionError || error instanceof AuthenticationError
}

/** One endpoint: its own error. Several: one error that tells each one's reason. */
function failureOf(failures: readonly Failure[]): Error {
  const [first] = failures
  if (failures.length === 1 && first !== undefined) return first.error
  if (first === undefined) return new ConnectionError('maxReconnectAttempts allows no attempt to connect again')
  const reasons = failures.map(({ name, error }) => `${name}: ${error.message}`)
  const text = `none of ${failures.length} endpoints could be connected to: ${reasons.join('; ')}`
  const cause = new AggregateError(
    failures.map(({ error }) => error),
    text,
  )
  return failures.every(({ error }) => error instanceof AuthenticationError)
    ? new AuthenticationError(text, { cause })
    : new ConnectionError(text, { cause })
}
