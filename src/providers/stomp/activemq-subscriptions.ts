import type { StompConnection } from './connection.ts'

/** Deletes a durable subscription of ActiveMQ Classic. */
export function deleteSubscription(connection: StompConnection, clientId: string, name: string): Promise<void> {
  return connection.request(
    'UNSUBSCRIBE',
    [
      ['destination', '/topic/unused'],
      ['id', `unsubscribe-${name}`],
      ['activemq.subscriptionName', name],
      ['client-id', clientId],
    ],
    { action: `deleting the durable subscription ${name}`, name },
  )
}
