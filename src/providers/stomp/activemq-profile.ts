import { activemqDialect } from './activemq-dialect.ts'
import { activemqTopology } from './activemq-topology.ts'
import type { BrokerProfile, RecognisedBroker } from './broker-profile.ts'
import { TemporaryAliases } from './temporary-aliases.ts'

/** ActiveMQ Classic. */
export function activemqProfile(broker: RecognisedBroker): BrokerProfile {
  const { connection, clientId } = broker
  const aliases = new TemporaryAliases()
  return {
    dialect: activemqDialect(broker, aliases),
    topology: activemqTopology(connection, clientId, aliases),
  }
}
