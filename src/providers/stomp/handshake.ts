import { ConnectionError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import { isWebSocket } from '../../transport/endpoint.ts'
import type { HeartBeatPeriods } from '../../transport/heart-beats.ts'
import type { HeaderList } from './dialect.ts'
import type { Endpoint } from './endpoint.ts'
import { errorFrameOf, mapConnectError } from './error-mapping.ts'
import { type Frame, StompProtocolError, type StompVersion } from './frame.ts'
import { keepAlive, negotiate } from './heart-beats.ts'

/** What a connection is opened with. */
export interface ConnectionSettings {
  readonly connection: ConnectionInfo
  readonly endpoint: Endpoint
  /** Whether the broker is promised heart-beats. */
  readonly promisesHeartBeats: boolean
}

/** What both sides agreed on. */
export interface Agreement {
  /** How headers are escaped. */
  readonly version: StompVersion
  /** Whether each message of the WebSocket is a whole frame. */
  readonly isWhole: boolean
  readonly heartBeats: HeartBeatPeriods
}

/** The headers of CONNECT. */
export function connectHeaders({ endpoint, connection, promisesHeartBeats }: ConnectionSettings): HeaderList {
  const { credentials, clientId, heartbeat } = connection
  // Over a WebSocket the broker's heart-beats are answered, so they have to come more often than ours are due.
  const wanted = isWebSocket(endpoint) ? heartbeat >> 1 : heartbeat
  const headers: HeaderList = [
    ['accept-version', endpoint.versions.join(',')],
    ['host', endpoint.vhost],
    ['heart-beat', `${promisesHeartBeats ? heartbeat : 0},${wanted}`],
  ]
  if (credentials.username !== undefined) headers.push(['login', credentials.username])
  if (credentials.password !== undefined) headers.push(['passcode', credentials.password])
  if (clientId !== undefined) headers.push(['client-id', clientId])
  return headers
}

/**
 * What the answer to CONNECT says.
 *
 * @throws AuthenticationError, InvalidClientIdError, MessagingError when the broker refuses
 * @throws ConnectionError for a version that was not asked for
 * @throws StompProtocolError for a frame that answers nothing
 */
export function agreementOf(frame: Frame, { connection, endpoint }: ConnectionSettings): Agreement {
  if (frame.command === 'ERROR') {
    const { clientId, credentials } = connection
    throw mapConnectError(errorFrameOf(frame), endpoint.name, credentials.username, clientId)
  }
  if (frame.command !== 'CONNECTED') throw new StompProtocolError(`CONNECT was answered by ${frame.command}`)
  const version = frame.headers.get('version') ?? '1.0'
  if (!endpoint.versions.includes(version as StompVersion)) {
    throw new ConnectionError(
      `${endpoint.name} chose STOMP ${version}, which was not asked for; set stomp.version to one that it speaks`,
    )
  }
  const isMessages = isWebSocket(endpoint)
  const server = frame.headers.get('server') ?? ''
  const periods = negotiate(connection.heartbeat, frame.headers.get('heart-beat'))
  return {
    // RabbitMQ escapes headers in every version.
    version: version === '1.0' && server.startsWith('RabbitMQ') ? '1.1' : (version as StompVersion),
    isWhole: isMessages && server.startsWith('ActiveMQ/'),
    heartBeats: isMessages || version === '1.0' ? keepAlive(periods) : periods,
  }
}
