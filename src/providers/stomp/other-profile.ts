import { IllegalStateError, InvalidDestinationError } from '../../errors.ts'
import type { BrokerProfile, RecognisedBroker } from './broker-profile.ts'
import { otherDialect } from './other-dialect.ts'
import type { Suspicion } from './receipts.ts'
import type { Topology } from './topology.ts'

/** A broker that nothing is known of. */
export function otherProfile({ connection, product, version }: RecognisedBroker): BrokerProfile {
  connection.suspicion = suspicion
  return { dialect: otherDialect(product, version), topology: otherTopology(connection.endpoint) }
}

/** ERROR texts about a message that was acknowledged: no send was refused by them. */
const ABOUT_ACKNOWLEDGING = /subscription|delivery|N?ACK\b/i

/** The oldest request that is answered before the next one is looked at; else the oldest send. */
const suspicion: Suspicion = (text, pending) => {
  const all = [...pending]
  const suspect = all.find(([, { deadline }]) => deadline !== undefined)
  return (suspect ?? (ABOUT_ACKNOWLEDGING.test(text) ? undefined : all[0]))?.[0]
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
