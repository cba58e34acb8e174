/** The brokers that `global-setup.ts` started, as a test file sees them. */

import { inject } from 'vitest'
import { attachBroker, type Broker, type BrokerAddress } from './broker.ts'
import type { BrokerName } from './catalogue.ts'

declare module 'vitest' {
  interface ProvidedContext {
    brokers: readonly BrokerAddress[]
  }
}

/** Those of POLYMQ_BROKERS; empty when it is. */
export function injectedBrokers(): Broker[] {
  return inject('brokers').map(attachBroker)
}

/** Undefined when POLYMQ_BROKERS leaves it out: skip the test then. */
export function injectedBroker(name: BrokerName): Broker | undefined {
  return injectedBrokers().find((broker) => broker.name === name)
}
