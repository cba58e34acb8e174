import { ConnectionError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import type { HeartBeatPeriods } from '../../transport/heart-beats.ts'
import { VERSION } from '../../version.ts'
import { LOWEST_VERSION } from './codec/commands.ts'
import { encodeWireFormat, type WireFormat } from './codec/wire-format.ts'
import type { Endpoint } from './endpoint.ts'

/** What both sides agreed on. */
export interface Agreement {
  readonly version: number
  /** Bytes of a frame that the broker takes. */
  readonly largestFrame: number
  readonly heartBeats: HeartBeatPeriods
  readonly product: string | undefined
  readonly productVersion: string | undefined
}

/** The frame that this side begins with. What it turns off is off: either side decides (OpenWireFormat.renegotiateWireFormat). */
export function ownWireFormat(endpoint: Endpoint, info: ConnectionInfo): Uint8Array {
  return encodeWireFormat(
    {
      TcpNoDelayEnabled: endpoint.noDelay,
      SizePrefixDisabled: false,
      CacheEnabled: false,
      CacheSize: 0,
      TightEncodingEnabled: false,
      StackTraceEnabled: false,
      MaxInactivityDuration: BigInt(ownInactivity(endpoint, info)),
      MaxInactivityDurationInitalDelay: BigInt(endpoint.initialDelay),
      MaxFrameSize: BigInt(endpoint.largestFrame),
      Host: endpoint.brokerHost,
      ProviderName: 'polymq',
      ProviderVersion: VERSION,
      PlatformDetails: 'JavaScript',
    },
    endpoint.version,
  )
}

/** @throws ConnectionError for a broker that is older than OpenWire 10 */
export function agreementOf({ version, properties }: WireFormat, endpoint: Endpoint, info: ConnectionInfo): Agreement {
  if (version < LOWEST_VERSION) {
    throw new ConnectionError(
      `${endpoint.name} speaks OpenWire ${version}, and polymq ${LOWEST_VERSION} and later; ActiveMQ does from 5.9 on: upgrade the broker, or use AMQP or STOMP`,
    )
  }
  const limit = Number(properties.MaxFrameSize ?? 0)
  const inactivity = Math.min(ownInactivity(endpoint, info), Number(properties.MaxInactivityDuration ?? 0))
  return {
    version: Math.min(version, endpoint.version),
    largestFrame: limit > 0 ? limit : Number.POSITIVE_INFINITY,
    // The broker writes and wants to read three times in the time of silence that ends a connection.
    heartBeats: { outgoing: Math.floor(inactivity / 3), incoming: inactivity >> 1 },
    product: textOf(properties.ProviderName),
    productVersion: textOf(properties.ProviderVersion),
  }
}

/** ms; a peer is dead that is silent for two heartbeats. */
function ownInactivity({ maxInactivityDuration }: Endpoint, { heartbeat }: ConnectionInfo): number {
  return maxInactivityDuration ?? 2 * heartbeat
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
