import { activemqDialect } from './activemq-dialect.ts'
import { ActivemqTopology } from './activemq-topology.ts'
import type { BrokerProfile, RecognisedBroker } from './broker-profile.ts'
import { TemporaryAliases } from './temporary-aliases.ts'

/** ActiveMQ Classic. */
export function activemqProfile(broker: RecognisedBroker): BrokerProfile {
  const { connection, clientId } = broker
  // It names each request that it refuses.
  connection.suspectedBy = () => 'none'
  const aliases = new TemporaryAliases()
  const dialect = activemqDialect(broker, aliases)
  return { dialect, topology: new ActivemqTopology(connection, clientId, aliases) }
}
