import { connect } from '../../src/index.ts'
import type { Broker, BrokerName, PortName } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { type ConformanceTarget, type TargetSettings, targetAt } from './target.ts'

/** A test broker over one of its ports; not available when POLYMQ_BROKERS leaves it out. */
export function brokerTarget(
  brokerName: BrokerName,
  port: PortName,
  settings: Omit<TargetSettings, 'uri' | 'limitedUri'>,
  query = '',
): ConformanceTarget {
  const broker = injectedBroker(brokerName)
  const running = (): Broker => {
    if (broker === undefined) throw new Error(`POLYMQ_BROKERS leaves ${brokerName} out`)
    return broker
  }
  return targetAt({
    available: broker !== undefined,
    uri: () => running().uri(port) + query,
    connectWrongly: () => connect(running().uri(port, { ...running(), password: 'wrong' })),
    ...settings,
  })
}
