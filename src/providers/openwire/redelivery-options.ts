import type { RedeliveryPolicy, ResolvedRedeliveryPolicy } from '../../options/connect-options.ts'
import { LONGEST_DURATION } from '../../options/parse-options.ts'
import { decimal, LARGEST_INT, number, truth } from './uri-values.ts'

const PREFIX = 'jms.redeliveryPolicy.'

/** The delays of a policy of the Java client. */
interface JavaDelays {
  readonly initial: number
  /** Before each redelivery but the first, unless delays grow. */
  readonly later: number
  /** 1 where delays do not grow. */
  readonly factor: number
  /** No delay grows beyond it. */
  readonly longest: number
  /** Part of a delay that it varies by in either direction. */
  readonly variance: number
}

/**
 * The redelivery policy of a connection: what was given to `connect()`, else that of the Java client where the URIs have one.
 * What that leaves open is as in Java then.
 *
 * @param given - to `connect()`, checked by now
 * @throws InvalidOptionError for an option of the URIs that is wrong
 */
export function redeliveryOf(
  options: URLSearchParams,
  resolved: ResolvedRedeliveryPolicy,
  given: RedeliveryPolicy = {},
): ResolvedRedeliveryPolicy {
  if (![...options.keys()].some((name) => name.startsWith(PREFIX))) return resolved
  const ofUris = number(options, `${PREFIX}maximumRedeliveries`, -1, LARGEST_INT)
  const delays = javaDelays(options)
  const maximumRedeliveries = given.maximumRedeliveries ?? ofUris ?? resolved.maximumRedeliveries
  const jitter = given.jitter ?? delays.variance * 2
  const { initialDelay, backOffMultiplier, maximumDelay } = given
  // The delays of one policy belong together.
  const hasDelays = [initialDelay, backOffMultiplier, maximumDelay].some((value) => value !== undefined)
  return Object.freeze({
    ...resolved,
    maximumRedeliveries,
    jitter,
    ...(hasDelays ? {} : schedule(delays, maximumRedeliveries, jitter)),
  })
}

/** Names and defaults are those of the Java client's RedeliveryPolicy. */
function javaDelays(options: URLSearchParams): JavaDelays {
  const ms = (name: string, least: number, otherwise: number): number =>
    number(options, `${PREFIX}${name}`, least, LARGEST_INT) ?? otherwise
  const later = ms('redeliveryDelay', 0, 1_000)
  const growsTo = ms('maximumRedeliveryDelay', -1, -1)
  const grows = truth(options, `${PREFIX}useExponentialBackOff`, false)
  const factor = decimal(options, `${PREFIX}backOffMultiplier`, 5)
  const varies = truth(options, `${PREFIX}useCollisionAvoidance`, false)
  const percent = number(options, `${PREFIX}collisionAvoidancePercent`, 0, 100) ?? 15
  return {
    initial: ms('initialRedeliveryDelay', 0, 1_000),
    later,
    factor: grows ? Math.max(1, factor) : 1,
    longest: growsTo < 0 ? Number.POSITIVE_INFINITY : Math.max(growsTo, later),
    variance: varies ? percent / 100 : 0,
  }
}

/** In Java the second delay follows from the first only where delays grow and the first is not 0. */
function schedule(
  { initial, later, factor, longest }: JavaDelays,
  maximumRedeliveries: number,
  jitter: number,
): Omit<ResolvedRedeliveryPolicy, 'maximumRedeliveries' | 'jitter'> {
  const second = factor > 1 && initial > 0 ? Math.min(initial * factor, longest) : later
  const multiplier = second > 0 && second < longest ? factor : 1
  const growths = maximumRedeliveries < 0 ? Number.POSITIVE_INFINITY : Math.max(0, maximumRedeliveries - 2)
  const last = multiplier === 1 ? second : second * multiplier ** growths
  // Only where the limit is one that was asked for, it is also one for what varies at random.
  const most = last >= longest ? longest : last * (1 + jitter / 2)
  return {
    firstDelay: initial,
    initialDelay: second / multiplier,
    backOffMultiplier: multiplier,
    maximumDelay: Math.min(LONGEST_DURATION, Math.ceil(Math.max(initial * (1 + jitter / 2), most))),
  }
}
