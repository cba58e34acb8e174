import { InvalidOptionError } from '../errors.ts'
import { part } from '../part.ts'
import { OtherVersionError } from '../provider/other-version.ts'
import type { Provider } from '../provider/provider.ts'
import { type AmqpVersion, askedVersion } from './amqp-version.ts'
import { loadAmqp10 } from './load-amqp10.ts'

const amqp091 = part('AMQP 0-9-1', () => import('./amqp091/index.ts'))
const foreignBodies = part('bodies of AMQP 1.0', () => import('./amqp10/foreign-body.ts'))

/** What brokers answered last that spoke another version than 1.0; forgotten once they speak that. */
const spoken = new Map<string, AmqpVersion>()
/** A process that meets more of them asks some again. */
const MOST_REMEMBERED = 1_000

/**
 * Loads the version of AMQP that the URI asks for, else the one that the broker spoke last, else 1.0: every broker answers
 * in the version that it speaks, and RabbitMQ 4 speaks both.
 *
 * @throws InvalidOptionError for a version that is not known, and for 0-9-1 over a WebSocket
 */
export async function loadAmqp(uri: URL): Promise<Provider> {
  const asked = askedVersion(uri)
  if (asked === '0-9-1' && isWebSocket(uri)) {
    throw new InvalidOptionError(
      'amqp.version',
      'amqp.version=0-9-1 is not possible over a WebSocket: no RabbitMQ takes it there; use amqps://, or stomp+wss:// over a WebSocket',
    )
  }
  return load(asked ?? spoken.get(uri.host) ?? '1.0')
}

/** After a connection has failed: the other version, when the broker answered in that and the URI leaves it open. */
export function loadOtherAmqp(uri: URL, failure: unknown): Promise<Provider> | undefined {
  if (!(failure instanceof OtherVersionError) || askedVersion(uri) !== undefined || isWebSocket(uri)) return undefined
  const version = failure.version === '0-9-1' ? failure.version : '1.0'
  spoken.delete(uri.host)
  if (spoken.size >= MOST_REMEMBERED) spoken.clear()
  if (version !== '1.0') spoken.set(uri.host, version)
  return load(version)
}

async function load(version: AmqpVersion): Promise<Provider> {
  if (version === '1.0') return loadAmqp10()
  return amqp091(({ createProvider }) =>
    createProvider(async () => foreignBodies(({ decodeForeignBody }) => decodeForeignBody)),
  )
}

function isWebSocket({ protocol }: URL): boolean {
  return protocol.startsWith('amqp+ws')
}
