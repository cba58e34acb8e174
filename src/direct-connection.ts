import { ClientConnection } from './client/connection.ts'
import type { RequireFeature } from './client/features.ts'
import type { Connected } from './failover/broker-link.ts'
import type { ResolvedConnectOptions } from './options/connect-options.ts'

/**
 * A connection without failover: it ends with the broker that was reached.
 *
 * @param requireFeature - left out for the embedded broker, which has every feature
 */
export function directConnection<Endpoint>(
  id: string,
  { link, peer }: Connected<Endpoint>,
  options: ResolvedConnectOptions,
  requireFeature?: RequireFeature,
): ClientConnection {
  const connection = new ClientConnection(id, link.provider, options, requireFeature)
  connection.opened(peer)
  link.attach(connection)
  return connection
}
