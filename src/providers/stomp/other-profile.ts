import type { BrokerProfile, RecognisedBroker } from './broker-profile.ts'
import { otherDialect } from './other-dialect.ts'
import { PlainTopology } from './plain-topology.ts'

/** A broker that nothing is known of. */
export function otherProfile({ connection, clientId, product, version }: RecognisedBroker): BrokerProfile {
  return { dialect: otherDialect(product, version), topology: new PlainTopology(connection, clientId) }
}
