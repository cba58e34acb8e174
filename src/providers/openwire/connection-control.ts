import type { BrokerAdvice } from '../../provider/provider.ts'
import type { Structure } from './codec/types.ts'

/** What a ConnectionControl of the broker says of others (ActiveMQ's `updateClusterClients` and `rebalanceClusterClients`). */
export function adviceOf(control: Structure): BrokerAdvice {
  const [moveTo] = urisIn(control.reconnectTo)
  return { brokers: urisIn(control.connectedBrokers), isRebalancing: control.rebalanceConnection === true, moveTo }
}

function urisIn(text: unknown): readonly string[] {
  if (typeof text !== 'string') return []
  return text
    .split(',')
    .map((uri) => uri.trim())
    .filter((uri) => uri !== '')
}
