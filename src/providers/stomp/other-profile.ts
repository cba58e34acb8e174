import { IllegalStateError, InvalidDestinationError } from '../../errors.ts'
import type { BrokerProfile, RecognisedBroker } from './broker-profile.ts'
import { otherDialect } from './other-dialect.ts'
import { suspicionUnless } from './suspicion.ts'
import type { Topology } from './topology.ts'

/** ERROR texts about a message that was acknowledged. */
const ABOUT_ACKNOWLEDGING = /subscription not found|has no subscription|no current subscription|delivery tag|N?ACK\b/i

/** A broker that nothing is known of. */
export function otherProfile({ connection, product, version }: RecognisedBroker): BrokerProfile {
  connection.suspicion = suspicionUnless(ABOUT_ACKNOWLEDGING)
  return { dialect: otherDialect(product, version), topology: otherTopology(connection.endpoint) }
}

/** Queues and topics are made as they are used, and there is nothing else. */
function otherTopology(endpoint: string): Topology {
  return {
    async createTemporary({ kind }) {
      throw new IllegalStateError(`${endpoint} has no ${kind}`)
    },
    async deleteTemporary() {},
    async unsubscribe(name) {
      throw new InvalidDestinationError(`there is no durable subscription ${name} at ${endpoint}`)
    },
  }
}
