import { InvalidOptionError } from '../errors.ts'
import type { Credentials, CredentialsFunction, TemporaryCredentials } from './credentials.ts'
import type { FailoverOptions } from './failover-options.ts'
import { type Logger, SILENT_LOGGER } from './logger.ts'
import { duration, fraction, limit, parseOptions, tries } from './parse-options.ts'
import type { RabbitMqOptions, ResolvedRabbitMqOptions } from './rabbitmq-options.ts'
import {
  array,
  boolean,
  either,
  integer,
  kind,
  looseObject,
  number,
  type Output,
  object,
  oneOf,
  optional,
  string,
  unknown,
  withDefault,
} from './schema.ts'
import type { TlsOptions } from './tls-options.ts'

/** How often, and how far apart, a message that an application failed to handle is delivered again. */
export interface RedeliveryPolicy {
  /** Deliveries after the first one before the message goes to the dead-letter destination; 6 by default, −1 for no limit. */
  readonly maximumRedeliveries?: number
  /** ms before the first redelivery; 1,000 by default. */
  readonly initialDelay?: number
  /** Factor from each delay to the next; 2 by default, 1 for a constant delay. */
  readonly backOffMultiplier?: number
  /** ms that no delay exceeds; 60,000 by default. */
  readonly maximumDelay?: number
  /** Part of a delay that is varied at random, 0 to 1; 0.15 by default. */
  readonly jitter?: number
}

/** Options of {@link connect}. */
export interface ConnectOptions {
  /** Instead of `credentials`, for a name that does not change; takes precedence over one in the URI. */
  readonly username?: string
  /** The password of `username`. */
  readonly password?: string
  /** Credentials, or a function that is asked for them each time a connection is made. */
  readonly credentials?: Credentials | CredentialsFunction
  /** JMS client identifier; durable subscriptions that are not shared belong to it. */
  readonly clientId?: string
  /** Certificates and how the broker's is verified; by default the platform's authorities, TLS 1.2 or later. */
  readonly tls?: TlsOptions
  /** Permits plaintext to a host that is not loopback; false by default. */
  readonly allowPlaintext?: boolean
  /** How a lost connection is made again; each field has its own default. False closes the connection when it is lost. */
  readonly failover?: FailoverOptions | false
  /** ms for one endpoint to finish its handshake; 15,000 by default. */
  readonly connectTimeout?: number
  /** ms for a request to the broker other than a send; 15,000 by default. */
  readonly requestTimeout?: number
  /** ms for the broker to confirm a send; 30,000 by default. */
  readonly sendTimeout?: number
  /** ms for an orderly close before the transport is cut; 10,000 by default. */
  readonly closeTimeout?: number
  /**
   * ms between liveness checks; a peer silent for two of them is dead. 30,000 by default, 0 for none. RabbitMQ counts in
   * seconds: with less than 1,000 there, it is taken for dead without being so.
   */
  readonly heartbeat?: number
  /** Messages a consumer may hold ahead of the application; 100 by default. 0 fetches each message as it is asked for. */
  readonly prefetch?: number
  /** Unconfirmed sends of the connection before `send()` waits; 1,000 by default. */
  readonly maxPendingSends?: number
  /** Bytes in the bodies of unconfirmed sends of the connection before `send()` waits; 67,108,864 (64 MiB) by default. */
  readonly maxPendingSendBytes?: number
  /** What happens to messages that a listener failed to handle; each field has its own default. */
  readonly redelivery?: RedeliveryPolicy
  /** Whether messages flow at once; true by default. False gives JMS's stopped connection until `start()`. */
  readonly autoStart?: boolean
  /** What queues are like that are made on RabbitMQ, and how answers come there; over AMQP, and without an effect on other brokers. */
  readonly rabbitmq?: RabbitMqOptions
  /** Receives warnings and the like; nothing is logged by default. */
  readonly logger?: Logger
  /** Aborts the attempt to connect. */
  readonly signal?: AbortSignal
}

/** A redelivery policy with nothing left open. */
export interface ResolvedRedeliveryPolicy extends Required<RedeliveryPolicy> {
  /** ms before the first redelivery, where the others do not follow from it. */
  readonly firstDelay?: number
}

/** Connect options with nothing left open that has a default; `failover` and `rabbitmq` are checked where they are first needed. */
export interface ResolvedConnectOptions {
  // Both are functions: who prints the options prints no password and no key.
  readonly credentials: CredentialsFunction
  readonly tls: () => TlsOptions
  readonly clientId: string | undefined
  readonly allowPlaintext: boolean
  readonly connectTimeout: number
  readonly requestTimeout: number
  readonly sendTimeout: number
  readonly closeTimeout: number
  readonly heartbeat: number
  readonly prefetch: number
  readonly maxPendingSends: number
  readonly maxPendingSendBytes: number
  readonly redelivery: ResolvedRedeliveryPolicy
  readonly autoStart: boolean
  readonly rabbitmq?: ResolvedRabbitMqOptions | undefined
  readonly logger: Logger
  /** Never aborts when none was given. */
  readonly signal: AbortSignal
}

/** Most messages a consumer may hold ahead of the application. */
export const MAXIMUM_PREFETCH = 50_000

const bytes = kind<Uint8Array>('a Uint8Array', (value) => value instanceof Uint8Array)
const pem = either('a string or a Uint8Array', string(), bytes)

const redelivery = object({
  maximumRedeliveries: withDefault(tries, 6),
  initialDelay: withDefault(duration, 1_000),
  backOffMultiplier: withDefault(number({ min: 1 }), 2),
  maximumDelay: withDefault(duration, 60_000),
  jitter: withDefault(fraction, 0.15),
})

const tlsOptions = object({
  ca: optional(either('a string, a Uint8Array or an array of them', pem, array(pem))),
  cert: optional(pem),
  key: optional(pem),
  pfx: optional(bytes),
  passphrase: optional(string()),
  servername: optional(string()),
  minVersion: optional(oneOf('TLSv1.2', 'TLSv1.3')),
  ciphers: optional(string({ min: 1 })),
  ALPNProtocols: optional(array(string({ min: 1, max: 255 }), { min: 1 })),
  rejectUnauthorized: optional(boolean),
})

const credentials = object({ username: optional(string()), password: optional(string()) })
/** Not strict: what a store of secrets answers often has more in it. */
const temporaryCredentials = looseObject({
  username: optional(string()),
  password: optional(string()),
  expiresAt: optional(number()),
})
const aFunction = kind<CredentialsFunction>('a function', (value) => typeof value === 'function')
const instance = (what: string) => kind<object>(what, (value) => typeof value === 'object' && value !== null)

const connectOptions = object({
  username: optional(string()),
  password: optional(string()),
  credentials: optional(either('credentials or a function', aFunction, credentials)),
  clientId: optional(string({ min: 1 })),
  tls: withDefault(tlsOptions, {} as Output<typeof tlsOptions>),
  allowPlaintext: withDefault(boolean, false),
  failover: unknown,
  connectTimeout: withDefault(limit, 15_000),
  requestTimeout: withDefault(limit, 15_000),
  sendTimeout: withDefault(limit, 30_000),
  closeTimeout: withDefault(limit, 10_000),
  heartbeat: withDefault(duration, 30_000),
  prefetch: withDefault(integer({ min: 0, max: MAXIMUM_PREFETCH }), 100),
  maxPendingSends: withDefault(limit, 1_000),
  maxPendingSendBytes: withDefault(integer({ min: 1 }), 64 * 1024 * 1024),
  redelivery: withDefault(redelivery, redelivery({})),
  autoStart: withDefault(boolean, true),
  rabbitmq: unknown,
  logger: optional(instance('a logger object')),
  signal: optional(instance('an AbortSignal')),
})

const NEVER = new AbortController().signal

/**
 * Checks the options of {@link connect} once, at the edge.
 *
 * @throws InvalidOptionError naming the option, what is wrong with it, and the nearest known one when its name is unknown
 */
export function parseConnectOptions(options: ConnectOptions): ResolvedConnectOptions {
  const parsed = parseOptions('connect', connectOptions, options)
  if (parsed.credentials !== undefined && (parsed.username !== undefined || parsed.password !== undefined)) {
    throw new InvalidOptionError('credentials', 'give either credentials, or username and password, not both')
  }
  // What holds secrets, and what is checked where it is first needed.
  const { username, password, credentials, failover, rabbitmq, ...others } = parsed
  const tls = Object.freeze(parsed.tls as TlsOptions)
  return Object.freeze({
    ...others,
    credentials: credentialsFunction(parsed),
    tls: () => tls,
    redelivery: Object.freeze(parsed.redelivery),
    logger: (parsed.logger as Logger | undefined) ?? SILENT_LOGGER,
    signal: (parsed.signal as AbortSignal | undefined) ?? NEVER,
  })
}

function credentialsFunction(parsed: {
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly credentials?: unknown
}): ResolvedConnectOptions['credentials'] {
  const given = parsed.credentials
  if (typeof given === 'function') return checked(given as CredentialsFunction)
  const fixed = (given ?? {
    ...(parsed.username !== undefined && { username: parsed.username }),
    ...(parsed.password !== undefined && { password: parsed.password }),
  }) as Credentials
  return () => fixed
}

/** @throws InvalidOptionError from the function, when what it gives are no credentials */
function checked(ask: CredentialsFunction): CredentialsFunction {
  return async () => parseOptions('connect', temporaryCredentials, await ask(), ['credentials']) as TemporaryCredentials
}
