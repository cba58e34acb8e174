import { InvalidOptionError } from '../../errors.ts'
import type { PeerCertificate } from '../../options/tls-options.ts'
import { OtherVersionError } from '../../provider/other-version.ts'
import { openTransport } from '../../transport/open-transport.ts'
import type { ProtocolLevel } from './codec/packets.ts'
import { MqttConnection } from './connection.ts'
import { WEB_SOCKET } from './endpoint.ts'
import type { ConnectionSettings } from './handshake.ts'

/** An open connection, and the certificate of the peer where there is one. */
export interface OpenedConnection {
  readonly connection: MqttConnection
  readonly certificate: PeerCertificate | undefined
}

/** Endpoints that speak MQTT 3.1.1 only; forgotten once they speak 5. */
const older = new Set<string>()
/** A process that meets more of them asks some again. */
const MOST_REMEMBERED = 1_000

/**
 * Opens a connection in MQTT 5, and in 3.1.1 where the broker does not speak that and the URI leaves it open. Who hangs up on
 * MQTT 5 and then speaks 3.1.1 is asked for 5 once more: it may have started just then, and would be spoken to in the wrong
 * version for as long as the process lives.
 */
export async function openNegotiated(
  settings: Omit<ConnectionSettings, 'level'>,
  signal: AbortSignal,
): Promise<OpenedConnection> {
  const { name, level } = settings.endpoint
  if (level !== undefined) return openConnection({ ...settings, level }, signal)
  const first = older.has(name) ? 4 : 5
  const open = (one: ProtocolLevel) => openConnection({ ...settings, level: one }, signal)
  const opened = await unlessOther(open(first))
  if (!(opened instanceof OtherVersionError)) return opened
  const other = await open(first === 5 ? 4 : 5)
  const certain = opened.isGuess ? await confirmed(other, open, settings.info.closeTimeout) : other
  remember(name, certain.connection.level)
  return certain
}

/** The connection in MQTT 5 after all, or one in 3.1.1 again. */
async function confirmed(
  { connection }: OpenedConnection,
  open: (level: ProtocolLevel) => Promise<OpenedConnection>,
  closeTimeout: number,
): Promise<OpenedConnection> {
  await connection.close(closeTimeout)
  const newer = await unlessOther(open(5))
  return newer instanceof OtherVersionError ? open(4) : newer
}

async function unlessOther(opening: Promise<OpenedConnection>): Promise<OpenedConnection | OtherVersionError> {
  try {
    return await opening
  } catch (error) {
    if (error instanceof OtherVersionError) return error
    throw error
  }
}

/** Opens a connection in one version. */
export async function openConnection(settings: ConnectionSettings, signal: AbortSignal): Promise<OpenedConnection> {
  const { endpoint, info } = settings
  const transport = await openTransport(endpoint, info, WEB_SOCKET, signal)
  const { certificate } = transport
  const connection = await MqttConnection.open(transport, settings, signal)
  const { maximumQos = 2 } = connection.limits
  if (endpoint.qos > Math.max(1, maximumQos)) {
    await connection.close(info.closeTimeout)
    throw new InvalidOptionError(
      'mqtt.qos',
      `${endpoint.name} has no quality of service above ${maximumQos}, and mqtt.qos asks for ${endpoint.qos}; leave it out`,
    )
  }
  return { connection, certificate }
}

function remember(endpoint: string, level: ProtocolLevel): void {
  older.delete(endpoint)
  if (older.size >= MOST_REMEMBERED) older.clear()
  if (level === 4) older.add(endpoint)
}
