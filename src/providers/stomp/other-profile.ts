import { IllegalStateError, InvalidDestinationError } from '../../errors.ts'
import type { BrokerProfile, RecognisedBroker } from './broker-profile.ts'
import { otherDialect } from './other-dialect.ts'
import type { Topology } from './topology.ts'

/** A broker that nothing is known of. */
export function otherProfile({ connection, product, version }: RecognisedBroker): BrokerProfile {
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
