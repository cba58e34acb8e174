import { ConnectionError } from '../../errors.ts'
import { activemqDialect } from './activemq-dialect.ts'
import type { StompConnection } from './connection.ts'
import type { Dialect } from './dialect.ts'
import { otherDialect } from './other-dialect.ts'
import { ActivemqTopology, PlainTopology } from './plain-topology.ts'
import { rabbitmqDialect } from './rabbitmq-dialect.ts'
import { RabbitmqGiveBack } from './rabbitmq-give-back.ts'
import { RabbitmqTopology } from './rabbitmq-topology.ts'
import { TemporaryAliases } from './temporary-aliases.ts'
import type { Topology } from './topology.ts'

/** How the broker at the other end is spoken to. */
export interface BrokerProfile {
  readonly dialect: Dialect
  readonly topology: Topology
  readonly giveBack?: RabbitmqGiveBack
}

/**
 * Recognises the broker by the `server` header of CONNECTED, and makes itself known to it.
 *
 * @param connectAgain - opens another connection with the same settings
 */
export async function openProfile(
  connection: StompConnection,
  clientId: string | undefined,
  connectAgain: () => Promise<StompConnection>,
): Promise<BrokerProfile> {
  const [, product, version] = /^([^/]+)(?:\/(\S+))?/.exec(connection.remote.get('server') ?? '') ?? []
  if (product === 'ActiveMQ') {
    const aliases = new TemporaryAliases()
    const dialect = activemqDialect(product, version, aliases)
    return { dialect, topology: new ActivemqTopology(connection, clientId, aliases) }
  }
  if (product === 'ActiveMQ-Artemis') {
    throw new ConnectionError(
      `${connection.endpoint} is ActiveMQ Artemis, whose queues and topics polymq does not reach over STOMP; use AMQP (amqps:// or amqp+wss://) there`,
    )
  }
  if (product === 'RabbitMQ') {
    const dialect = rabbitmqDialect(product, version, clientId)
    const topology = new RabbitmqTopology(connection, clientId, connectAgain)
    if (clientId !== undefined) await topology.claimClientId(clientId)
    const giveBack = new RabbitmqGiveBack(connection)
    connection.isExpected = (text) => giveBack.isLateDelivery(text)
    return { dialect, topology, giveBack }
  }
  return { dialect: otherDialect(product, version), topology: new PlainTopology(connection, clientId) }
}
