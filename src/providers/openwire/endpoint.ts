import { InvalidOptionError, InvalidUriError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import type { TransportEndpoint } from '../../transport/endpoint.ts'
import { HIGHEST_VERSION, LOWEST_VERSION } from './codec/commands.ts'
import { FIXED, REFUSED } from './uri-options.ts'
import { LARGEST_INT, number, truth } from './uri-values.ts'

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
  /** Messages that the broker keeps for a slow consumer of a topic beyond the prefetch; 0 leaves it to the broker. */
  readonly pendingLimit: number
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

const LARGEST_FRAME = 256 * 1024 * 1024
const INITIAL_DELAY = 10_000

/**
 * Reads the connection's URI.
 *
 * @throws InvalidUriError for a scheme that is not OpenWire
 * @throws InvalidOptionError for an option without sense
 */
export function parseEndpoint({ uri }: Pick<ConnectionInfo, 'uri'>): Endpoint {
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
    pendingLimit: number(options, 'jms.prefetchPolicy.maximumPendingMessageLimit', 0, LARGEST_INT) ?? 0,
    exclusiveConsumer: truth(options, 'jms.exclusiveConsumer', false),
    retroactiveConsumer: truth(options, 'jms.useRetroactiveConsumer', false),
    dispatchAsync: truth(options, 'jms.dispatchAsync', true),
  })
}

/** @throws InvalidOptionError for an option with another value than the one that it has here, or without a counterpart */
function checkFixed(options: URLSearchParams): void {
  for (const [name, text] of options) {
    const [value, otherwise] = FIXED[name] ?? [text, '']
    if (text !== value) throw new InvalidOptionError(name, `${name}=${text} is not possible: ${otherwise}`)
    const instead = REFUSED[name]
    if (instead !== undefined) throw new InvalidOptionError(name, `${name} has no counterpart here: ${instead}`)
  }
}
