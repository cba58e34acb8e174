import { InvalidOptionError, InvalidUriError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import type { TransportEndpoint } from '../../transport/open-transport.ts'
import { HIGHEST_VERSION, LOWEST_VERSION } from './codec/commands.ts'
import { URI_OPTIONS } from './uri-options.ts'

/** What the URI asks of consumers; undefined where it does not say. */
export interface PrefetchPolicy {
  readonly queue: number | undefined
  readonly topic: number | undefined
  readonly durableTopic: number | undefined
  readonly queueBrowser: number | undefined
}

/** A connection URI, taken apart. */
export interface Endpoint extends TransportEndpoint {
  /** Highest version to speak. */
  readonly version: number
  /** ms of silence; undefined leaves it to the heartbeat. */
  readonly maxInactivityDuration: number | undefined
  readonly initialDelay: number
  /** Bytes. */
  readonly largestFrame: number
  /** What the broker is told the host is. */
  readonly brokerHost: string
  readonly noDelay: boolean
  readonly useCompression: boolean
  readonly useAsyncSend: boolean
  readonly prefetch: PrefetchPolicy
  readonly exclusiveConsumer: boolean
  readonly retroactiveConsumer: boolean
  readonly dispatchAsync: boolean
}

const TRANSPORTS: Readonly<Record<string, { readonly transport: 'tcp' | 'tls'; readonly port: number }>> = {
  'tcp:': { transport: 'tcp', port: 61616 },
  'nio:': { transport: 'tcp', port: 61616 },
  'openwire:': { transport: 'tcp', port: 61616 },
  'ssl:': { transport: 'tls', port: 61617 },
  'nio+ssl:': { transport: 'tls', port: 61617 },
  'openwire+ssl:': { transport: 'tls', port: 61617 },
}

/** Options of Java's client that have one value here: what they turn on is not spoken. */
const ALWAYS_FALSE: Readonly<Record<string, string>> = {
  'wireFormat.cacheEnabled': 'polymq sends every id in full',
  'wireFormat.tightEncodingEnabled': 'polymq speaks the loose encoding, which every broker takes',
  'wireFormat.stackTraceEnabled': 'polymq has no use for the stack traces of the broker',
  'jms.watchTopicAdvisories': 'polymq does not watch the temporary destinations of others',
}
const IS_ELSEWHERE = ' is for that'
const LARGEST_FRAME = 256 * 1024 * 1024
const INITIAL_DELAY = 10_000
const LARGEST_INT = 2 ** 31 - 1

/**
 * Reads the connection's URI.
 *
 * @throws InvalidUriError for a scheme that is not OpenWire
 * @throws InvalidOptionError for an option without sense
 */
export function parseEndpoint({ uri }: ConnectionInfo): Endpoint {
  const scheme = TRANSPORTS[uri.protocol]
  if (scheme === undefined) {
    throw new InvalidUriError(
      `${uri.protocol}// is no OpenWire URI; use tcp, ssl, nio, nio+ssl, openwire or openwire+ssl`,
    )
  }
  const options = uri.searchParams
  checkFixed(options)
  const port = uri.port === '' ? scheme.port : Number(uri.port)
  // An IPv6 address stands in brackets in a URI only.
  const host = uri.hostname.replace(/^\[|\]$/g, '')
  const prefetch = (name: string): number | undefined =>
    number(options, `jms.prefetchPolicy.${name}`, 0, LARGEST_INT) ??
    number(options, 'jms.prefetchPolicy.all', 0, LARGEST_INT)
  return Object.freeze({
    name: `${uri.protocol}//${uri.hostname}:${port}`,
    transport: scheme.transport,
    host,
    port,
    path: '/',
    version: number(options, 'wireFormat.version', LOWEST_VERSION, HIGHEST_VERSION) ?? HIGHEST_VERSION,
    maxInactivityDuration: number(options, 'wireFormat.maxInactivityDuration', 0, LARGEST_INT),
    initialDelay: number(options, 'wireFormat.maxInactivityDurationInitalDelay', 0, LARGEST_INT) ?? INITIAL_DELAY,
    largestFrame: number(options, 'wireFormat.maxFrameSize', 1_024, LARGEST_INT) ?? LARGEST_FRAME,
    brokerHost: options.get('wireFormat.host') ?? host,
    noDelay: truth(options, 'wireFormat.tcpNoDelayEnabled', true),
    useCompression: truth(options, 'jms.useCompression', false),
    useAsyncSend: truth(options, 'jms.useAsyncSend', false),
    prefetch: {
      queue: prefetch('queuePrefetch'),
      topic: prefetch('topicPrefetch'),
      durableTopic: prefetch('durableTopicPrefetch'),
      queueBrowser: prefetch('queueBrowserPrefetch'),
    },
    exclusiveConsumer: truth(options, 'jms.exclusiveConsumer', false),
    retroactiveConsumer: truth(options, 'jms.useRetroactiveConsumer', false),
    dispatchAsync: truth(options, 'jms.dispatchAsync', true),
  })
}

/** @throws InvalidOptionError for an option that has one value here, or another place */
function checkFixed(options: URLSearchParams): void {
  for (const [name, why] of Object.entries(ALWAYS_FALSE)) {
    if (!truth(options, name, false)) continue
    throw new InvalidOptionError(name, `${name}=true is not possible: ${why}; leave it out`)
  }
  if (!truth(options, 'jms.alwaysSyncSend', true)) {
    throw new InvalidOptionError(
      'jms.alwaysSyncSend',
      'jms.alwaysSyncSend=false is not possible: every send is confirmed, which holds up no other; leave it out, or set jms.useAsyncSend=true to have none confirmed',
    )
  }
  for (const name of options.keys()) {
    const meaning = URI_OPTIONS[name] ?? ''
    if (meaning.endsWith(IS_ELSEWHERE)) {
      throw new InvalidOptionError(name, `${name} is no option of the URI here: ${meaning}`)
    }
  }
}

function number(options: URLSearchParams, name: string, least: number, most: number): number | undefined {
  const text = options.get(name)
  if (text === null) return undefined
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1
  if (value >= least && value <= most) return value
  throw new InvalidOptionError(name, `${name}=${text} is no number from ${least} to ${most}`)
}

function truth(options: URLSearchParams, name: string, otherwise: boolean): boolean {
  const text = options.get(name)
  if (text === null) return otherwise
  if (text === 'true' || text === 'false') return text === 'true'
  throw new InvalidOptionError(name, `${name}=${text} is neither true nor false`)
}
