import { type MessagingError, TlsError } from '../../errors.ts'
import { OtherVersionError } from '../../provider/other-version.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import { isWebSocket } from '../../transport/endpoint.ts'
import { neverOpened } from '../../transport/losses.ts'
import { encodeConnect, type OutgoingPublish } from './codec/encode.ts'
import { type Connack, PACKET, type ProtocolLevel } from './codec/packets.ts'
import { NO_PROPERTIES, type PacketProperties } from './codec/properties.ts'
import { type Endpoint, NEVER } from './endpoint.ts'
import { connectReason, isOtherVersion, mapConnectRefusal } from './error-mapping.ts'
import { keepAliveOf } from './liveness.ts'
import type { Window } from './window.ts'

/** What a connection is opened with. */
export interface ConnectionSettings {
  readonly info: ConnectionInfo
  readonly endpoint: Endpoint
  readonly level: ProtocolLevel
  readonly clientId: string
  /** Whether the broker forgets the session that there may be. */
  readonly cleanStart: boolean
  /** Seconds for which the broker keeps the session when the connection has ended; 0 for not. */
  readonly sessionExpiry: number
  readonly window: Window
  readonly will: OutgoingPublish | undefined
}

/** Seconds within which the broker is promised something, unless it says otherwise. */
export function keepAliveWanted({ info, endpoint }: ConnectionSettings): number {
  return keepAliveOf(info.heartbeat, isWebSocket(endpoint))
}

/** @throws MessageFormatError for a client id or a password that is too long */
export function connectPacket(settings: ConnectionSettings): Uint8Array {
  const { info, endpoint, level, clientId, cleanStart, will, sessionExpiry, window } = settings
  const { receiveMaximum } = window
  return encodeConnect({
    level,
    clientId,
    cleanStart,
    will,
    keepAlive: keepAliveWanted(settings),
    username: info.credentials.username,
    password: info.credentials.password,
    properties: {
      ...(sessionExpiry > 0 && { sessionExpiry }),
      ...(receiveMaximum !== undefined && { receiveMaximum }),
      maximumPacketSize: endpoint.largestPacket,
    },
  })
}

/**
 * Whether a packet may come first. Artemis lets what it sends to a session that it has kept overtake the CONNACK (against
 * MQTT 5 §3.2), and says DISCONNECT when it fails over CONNECT. That it is a broker is known by then: who comes for a session
 * has a connection already.
 */
export function mayAnswer(firstByte: number, { cleanStart }: ConnectionSettings): boolean {
  const type = firstByte >> 4
  if (firstByte === PACKET.connack << 4 || firstByte === PACKET.disconnect << 4) return true
  return !cleanStart && (type === PACKET.publish || type === PACKET.pubrel)
}

/** Why a broker that has answered does not take the connection; undefined when it does. */
export function refusalOf(packet: Connack, settings: ConnectionSettings): MessagingError | undefined {
  const { level, info, clientId, endpoint } = settings
  const reason = connectReason(packet.reasonCode)
  if (isOtherVersion(reason) || (level === 5 && packet.properties === undefined && reason === 0)) {
    const [own, other] = level === 5 ? (['5', '3.1.1'] as const) : (['3.1.1', '5'] as const)
    return new OtherVersionError(other, `${endpoint.name} does not speak MQTT ${own}; use mqtt.version=${other}`)
  }
  if (reason === 0) return undefined
  const { username } = info.credentials
  return mapConnectRefusal(reason, packet.properties ?? NO_PROPERTIES, { endpoint: endpoint.name, username, clientId })
}

/** Why a connection was ended before it was answered: ActiveMQ Classic does that to who comes with MQTT 5. */
export function unanswered({ level, endpoint }: ConnectionSettings, error: Error | undefined): MessagingError {
  const failure = neverOpened(endpoint.name, 'MQTT', error)
  if (level === 4 || failure instanceof TlsError) return failure
  return new OtherVersionError('3.1.1', failure.message, { isGuess: true, cause: error })
}

/** Tells of durable subscriptions that will not last as long as was asked for. */
export function warnOfExpiry({ sessionExpiry }: PacketProperties, settings: ConnectionSettings): void {
  const { sessionExpiry: wanted, info, endpoint } = settings
  if (sessionExpiry === undefined || sessionExpiry >= wanted) return
  const asked = wanted === NEVER ? 'for ever' : `for ${wanted} s`
  info.logger.warn?.(
    `the broker keeps a durable subscription for ${sessionExpiry} s without a consumer, and not ${asked}`,
    { endpoint: endpoint.name },
  )
}
