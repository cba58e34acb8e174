/** The brokers that `global-setup.ts` started, as a test file sees them. */

import { inject } from 'vitest'
import { attachBroker, type Broker, type BrokerAddress } from './broker.ts'
import type { BrokerName, PortName } from './catalogue.ts'

declare module 'vitest' {
  interface ProvidedContext {
    brokers: readonly BrokerAddress[]
  }
}

/** Those of POLYMQ_BROKERS, or those of them that have a port of this name; empty when there are none. */
export function injectedBrokers(port?: PortName): Broker[] {
  const brokers = inject('brokers').map(attachBroker)
  return port === undefined ? brokers : brokers.filter((broker) => broker.has(port))
}

/** Undefined when POLYMQ_BROKERS leaves it out: skip the test then. */
export function injectedBroker(name: BrokerName): Broker | undefined {
  return injectedBrokers().find((broker) => broker.name === name)
}
