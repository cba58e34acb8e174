import { part } from '../../part.ts'
import type { ActivemqTemporaries } from './activemq-temporaries.ts'
import type { StompConnection } from './connection.ts'
import type { TemporaryAliases } from './temporary-aliases.ts'
import type { Topology } from './topology.ts'

const temporaries = part('temporary destinations', () => import('./activemq-temporaries.ts'))

/** ActiveMQ Classic makes queues, topics and durable subscriptions as they are used. */
export function activemqTopology(
  connection: StompConnection,
  clientId: string | undefined,
  aliases: TemporaryAliases,
): Topology {
  let own: ActivemqTemporaries | undefined
  return {
    createTemporary: async (info) =>
      temporaries(({ ActivemqTemporaries }) => {
        own ??= new ActivemqTemporaries(connection, aliases)
        return own.create(info)
      }),
    deleteTemporary: async (name) => aliases.delete(name),
    unsubscribe: (name) =>
      connection.request(
        'UNSUBSCRIBE',
        [
          ['destination', '/topic/unused'],
          ['id', `unsubscribe-${name}`],
          ['activemq.subscriptionName', name],
          ['client-id', clientId ?? ''],
        ],
        { action: `deleting the durable subscription ${name}`, name },
      ),
  }
}
