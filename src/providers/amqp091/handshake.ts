import type { Buffer } from 'node:buffer'
import type { ConnectionInfo } from '../../provider/resources.ts'
import { VERSION } from '../../version.ts'
import * as methods from './codec/methods.ts'
import type { FieldTable, PayloadReader } from './codec/reader.ts'
import { methodFrame } from './codec/writer.ts'
import type { Endpoint } from './endpoint.ts'
import { initialResponse, type MechanismName } from './sasl.ts'

/** What both sides say before a connection is open, and at its end (AMQP 0-9-1 §1.4.2). */

/** `AMQP`, 0, and the version (AMQP 0-9-1 §4.2.2). */
export const PROTOCOL_HEADER: Uint8Array = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1)

/** Where the broker sets no limit. */
export const MOST_CHANNELS = 2_047
const CAPABILITIES: FieldTable = {
  publisher_confirms: true,
  consumer_cancel_notify: true,
  'basic.nack': true,
  'connection.blocked': true,
  authentication_failure_close: true,
  per_consumer_qos: true,
}

/** What both sides hold to. */
export interface Limits {
  readonly mostChannels: number
  readonly largestFrame: number
  /** Seconds; 0 for none. */
  readonly heartbeat: number
}

/** Who this client is, and who logs in. */
export function startOk(mechanism: MechanismName, connection: ConnectionInfo): Buffer {
  const properties: FieldTable = {
    product: 'polymq',
    version: VERSION,
    platform: `Node ${process.versions.node}`,
    connection_name: connection.clientId ?? connection.id,
    capabilities: CAPABILITIES,
  }
  return methodFrame(0, methods.CONNECTION_START_OK, (writer) => {
    writer.table(properties)
    writer.shortstr(mechanism)
    writer.longBytes(initialResponse(mechanism, connection))
    writer.shortstr('en_US')
  })
}

/** No mechanism that is used here has more to say. */
export function secureOk(): Buffer {
  return methodFrame(0, methods.CONNECTION_SECURE_OK, (writer) => writer.uint32(0))
}

/** What comes of the broker's proposal in connection.tune. */
export function limitsOf(proposal: PayloadReader, endpoint: Endpoint): Limits {
  const mostChannels = lower(proposal.uint16(), endpoint.mostChannels) || MOST_CHANNELS
  const largestFrame = lower(proposal.uint32(), endpoint.largestFrame)
  const proposed = proposal.uint16()
  // What the broker proposes is what it would like; ours decides, and nothing at all turns them off.
  const heartbeat = endpoint.heartbeat === 0 ? 0 : lower(proposed, endpoint.heartbeat)
  return { mostChannels, largestFrame, heartbeat }
}

export function tuneOk({ mostChannels, largestFrame, heartbeat }: Limits): Buffer {
  return methodFrame(0, methods.CONNECTION_TUNE_OK, (writer) => {
    writer.uint16(mostChannels)
    writer.uint32(largestFrame)
    writer.uint16(heartbeat)
  })
}

export function openVirtualHost(name: string): Buffer {
  return methodFrame(0, methods.CONNECTION_OPEN, (writer) => {
    writer.shortstr(name)
    writer.uint16(0)
  })
}

export function updateSecret(secret: string): Buffer {
  return methodFrame(0, methods.CONNECTION_UPDATE_SECRET, (writer) => {
    writer.longstr(secret)
    writer.shortstr('the former one expires')
  })
}

export function closeConnection(): Buffer {
  return methodFrame(0, methods.CONNECTION_CLOSE, (writer) => {
    writer.uint16(200)
    writer.shortstr('')
    writer.uint32(0)
  })
}

/** The lower of two limits, where 0 is none. */
function lower(a: number, b: number): number {
  return a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b)
}
