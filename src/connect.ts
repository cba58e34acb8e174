import type { Connection } from './client/api.ts'
import { directConnection } from './direct-connection.ts'
import { endpointDial } from './endpoint-dial.ts'
import { openLink } from './failover/broker-link.ts'
import { type ConnectOptions, parseConnectOptions, type ResolvedConnectOptions } from './options/connect-options.ts'
import type { ConnectTarget, Endpoint } from './options/target.ts'
import { part } from './part.ts'
import { loadMemory } from './providers/load-memory.ts'

/** All that the embedded broker of a plain name does without. */
const targets = part('connections over a network', () => import('./connect-target.ts'))

/**
 * Connects to a broker. The URI's scheme chooses the protocol, whose code is loaded then. Of several URIs the first
 * one that answers is taken, in their order. When its broker is lost, the connection moves to the next that answers,
 * unless the option `failover` is false.
 *
 * @example
 * await using connection = await connect('amqps://broker.example.com', { username: 'app', password })
 * await connection.send(queue('orders'), { id: 7 })
 *
 * @throws InvalidUriError, InvalidOptionError at once, before anything is sent
 * @throws ConnectionError, ConnectTimeoutError, TlsError, AuthenticationError, InvalidClientIdError
 */
export async function connect(target: ConnectTarget, options: ConnectOptions = {}): Promise<Connection> {
  const resolved = parseConnectOptions(options)
  const { failover, rabbitmq } = options
  lastConnection += 1
  const id = `polymq-${PROCESS_ID}-${lastConnection}`
  if (failover === undefined && rabbitmq === undefined && isPlainMemoryUri(target))
    return connectEmbedded(id, target, resolved)
  return targets(({ connectTarget }) => connectTarget(id, target, resolved, options))
}

let lastConnection = 0
const PROCESS_ID = Math.random().toString(36).slice(2, 10) + Date.now().toString(36)

/** `memory:NAME` without options, and with nothing in the name that would have to be decoded. */
function isPlainMemoryUri(target: ConnectTarget): target is string {
  return typeof target === 'string' && /^memory:[\w.~-]+$/.test(target)
}

async function connectEmbedded(id: string, name: string, options: ResolvedConnectOptions): Promise<Connection> {
  const endpoint: Endpoint = {
    uri: new URL(name),
    scheme: 'memory',
    credentials: {},
    name,
    encrypted: false,
    loopback: true,
  }
  const dial = endpointDial(id, options, loadMemory)
  return directConnection(id, await openLink(endpoint, dial, options.signal), options)
}
