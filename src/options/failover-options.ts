import { InvalidUriError } from '../errors.ts'
import { endpointName } from './endpoint-uri.ts'
import { suggestName } from './nearest.ts'
import { duration, fraction, limit, parseOptions, tries } from './parse-options.ts'
import { array, boolean, Mismatch, number, object, type Schema, string, withDefault } from './schema.ts'
import { splitUris } from './uri-list.ts'

/**
 * How a connection is made again after it was lost. Names and meanings are those of ActiveMQ's `failover:` transport,
 * `jitter` excepted; the same names may stand in the query of a `failover:` URI, and take precedence there.
 *
 * Endpoints are tried in rounds: one round tries each of them once.
 */
export interface FailoverOptions {
  /**
   * ms between the first round and the second; 100 by default. (ActiveMQ's default is 10.) The first round after a loss
   * starts at once when it begins with another endpoint, else after a random part of this, unless `jitter` is 0. With 0
   * the second starts at once too, and delays count from 10 ms from the third on.
   */
  readonly initialReconnectDelay?: number
  /** ms that no delay between rounds exceeds; 30,000 by default, 1 at least. */
  readonly maxReconnectDelay?: number
  /** Whether delays grow from round to round; true by default. False keeps them at `initialReconnectDelay`. */
  readonly useExponentialBackOff?: boolean
  /** Factor from each delay to the next; 2 by default, 1 at least. */
  readonly reconnectDelayExponent?: number
  /** Rounds after a loss before the connection gives up and closes; −1 by default, for no limit. 0 never reconnects. */
  readonly maxReconnectAttempts?: number
  /**
   * Rounds that `connect()` makes after its first one before it rejects; 0 by default. −1 for no limit. The first
   * round is always made: with 2, each endpoint is tried three times.
   */
  readonly startupMaxReconnectAttempts?: number
  /**
   * Whether each round has the endpoints of a group in another, random order; false by default, which keeps the order
   * given. (ActiveMQ's default is true.) Spreads the clients of a network of brokers; for an active/standby pair it
   * only adds failed attempts.
   */
  readonly randomize?: boolean
  /** Whether a connection to another endpoint returns to a preferred one as soon as that answers; false by default. */
  readonly priorityBackup?: boolean
  /**
   * The preferred endpoints of `priorityBackup`, as they stand in the target (credentials, path and options do not
   * matter). By default the first endpoint, or the whole first group when there are several groups.
   */
  readonly priorityURIs?: readonly string[]
  /**
   * Whether brokers are tried, too, that the one in use tells of, after those of the target; true by default. ActiveMQ tells
   * of its network over OpenWire (`updateClusterClients`).
   */
  readonly updateURIsSupported?: boolean
  /** Whether a connection moves to another broker when the one in use asks for that; true by default. */
  readonly reconnectSupported?: boolean
  /** ms that a send waits while there is no connection; 0, the default, or −1 for `sendTimeout` alone. */
  readonly timeout?: number
  /** Rounds without success after which a warning is logged, and again after as many; 10 by default, 0 or −1 for never. */
  readonly warnAfterReconnectAttempts?: number
  /**
   * Largest part of a delay that is taken off at random, 0 to 1; 0.25 by default. Unless it is 0, delays also grow
   * for the first time by a random part of `reconnectDelayExponent` only. Both keep the clients of a broker that restarts
   * from coming back all at once, or in waves.
   */
  readonly jitter?: number
}

/** Failover options with nothing left open. `timeout` and `warnAfterReconnectAttempts` are 0 for none. */
export type ResolvedFailoverOptions = Required<FailoverOptions>

/** Options that stood in `failover:` URIs. */
export type UriFailoverOptions = Partial<ResolvedFailoverOptions>

/** What each has to be, and its default. */
const fields: {
  readonly [Name in keyof FailoverOptions]-?: readonly [Schema<unknown>, ResolvedFailoverOptions[Name]]
} = {
  initialReconnectDelay: [duration, 100],
  maxReconnectDelay: [limit, 30_000],
  useExponentialBackOff: [boolean, true],
  reconnectDelayExponent: [number({ min: 1 }), 2],
  maxReconnectAttempts: [tries, -1],
  startupMaxReconnectAttempts: [tries, 0],
  randomize: [boolean, false],
  priorityBackup: [boolean, false],
  priorityURIs: [array(string({ min: 1 })), []],
  updateURIsSupported: [boolean, true],
  reconnectSupported: [boolean, true],
  timeout: [tries, 0],
  warnAfterReconnectAttempts: [tries, 10],
  jitter: [fraction, 0.25],
}

const failoverOptions = object(
  Object.fromEntries(
    Object.entries(fields).map(([name, [schema, otherwise]]) => [name, withDefault(schema, otherwise)]),
  ),
) as Schema<unknown> as Schema<ResolvedFailoverOptions>

/** All defaults. */
export const DEFAULT_FAILOVER_OPTIONS: ResolvedFailoverOptions = Object.freeze(failoverOptions({}))

/**
 * Checks `connect()`'s option `failover`.
 *
 * @throws InvalidOptionError naming the option, for example `failover.jitter`
 */
export function parseFailoverOptions(options: unknown): ResolvedFailoverOptions | false {
  if (options === false) return false
  return normalized(parseOptions('connect', failoverOptions, options === undefined ? {} : options, ['failover']))
}

/**
 * The options of a connection: those of its URI where it has some, else those given to `connect()`. Without failover they
 * hold for the first connect alone.
 */
export function withUriOptions(
  options: ResolvedFailoverOptions | false,
  fromUri: UriFailoverOptions,
): ResolvedFailoverOptions {
  return Object.freeze({ ...(options === false ? DEFAULT_FAILOVER_OPTIONS : options), ...fromUri })
}

/** −1 and 0 mean the same for some; URIs become names of endpoints, without credentials. */
function normalized<Options extends UriFailoverOptions>(options: Options): Options {
  return Object.freeze({
    ...options,
    ...(options.timeout === -1 && { timeout: 0 }),
    ...(options.warnAfterReconnectAttempts === -1 && { warnAfterReconnectAttempts: 0 }),
    ...(options.priorityURIs && { priorityURIs: Object.freeze(options.priorityURIs.map(endpointName)) }),
  })
}

/** What ActiveMQ's client calls otherwise, or has and polymq has not. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  backOffMultiplier: 'write reconnectDelayExponent',
  reconnectDelay: 'write initialReconnectDelay',
  ...Object.fromEntries(
    [
      'backup',
      'backupPoolSize',
      'trackMessages',
      'maxCacheSize',
      'trackTransactionProducers',
      'updateURIsURL',
      'rebalanceUpdateURIs',
    ].map((name) => [name, 'ActiveMQ has it, polymq has no counterpart; leave it out']),
  ),
}

/** Whether a name is one of the options of a `failover:` URI. */
export function isFailoverOption(name: string): boolean {
  return Object.hasOwn(fields, name)
}

/**
 * Reads the options of a `failover:` URI, those that begin with `nested.` excepted.
 *
 * @param isNestable - whether an option is one of the URIs inside, and only needs `nested.` before it
 * @param nested - what is beside them for the URIs inside
 * @throws InvalidUriError for an option that is not known, wrong, or given twice
 */
export function parseFailoverQuery(
  query: Iterable<readonly [string, string]>,
  isNestable: (name: string) => boolean,
  nested: Iterable<readonly [string, string]>,
): UriFailoverOptions {
  const options: Record<string, unknown> = {}
  for (const [name, text] of query) {
    if (!isFailoverOption(name)) throw unknownFailoverOption(name, isNestable, nested)
    if (Object.hasOwn(options, name)) throw new InvalidUriError(`the option ${name} stands twice in the failover: URI`)
    try {
      options[name] = fields[name as keyof FailoverOptions][0](readText(name, text))
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error
      throw new InvalidUriError(`the option ${name} of the failover: URI is wrong: ${error.message}`)
    }
  }
  return normalized(options as UriFailoverOptions)
}

function unknownFailoverOption(
  name: string,
  isNestable: (name: string) => boolean,
  nested: Iterable<readonly [string, string]>,
): InvalidUriError {
  const hint = isNestable(name)
    ? `it is one of the URIs inside; write nested.${name}`
    : ((Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined) ?? suggestName(name, Object.keys(fields)))
  return new InvalidUriError(`unknown option ${optionForError(name, nested)} in the failover: URI; ${hint}`)
}

/**
 * The name of an option for an error: what does not look like one may be part of a password, and so may any that stands beside
 * a password.
 *
 * @param beside - the options in the same query
 */
export function optionForError(name: string, beside: Iterable<readonly [string, string]>): string {
  const isSafe = name.startsWith('jms.') || ![...beside].some(([other]) => other === 'jms.password')
  return isSafe && /^[\w.-]{1,64}$/.test(name) ? name : '(not a name)'
}

/** What the text of an option in a URI stands for; text that makes no sense is left for the schema to refuse. */
function readText(name: string, text: string): unknown {
  if (name === 'priorityURIs') return splitUris(text, () => true)
  const word = text.trim().toLowerCase()
  if (word === 'true' || word === 'false') return word === 'true'
  return /^-?\d+(\.\d+)?$/.test(word) ? Number(word) : text
}
