import { describe } from 'vitest'
import type { BrokerName } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { Bench } from './bench.ts'
import { bodiesSuite } from './bodies.ts'
import { headersSuite } from './headers.ts'
import { propertiesSuite } from './properties.ts'

const names: readonly BrokerName[] = ['activemq', 'artemis', 'rabbitmq']

/** polymq and Qpid JMS read each other's messages. */
for (const name of names) {
  const broker = injectedBroker(name)
  if (broker === undefined) continue
  describe(`polymq and Qpid JMS on ${name}`, () => {
    const bench = new Bench(broker)
    describe('bodies', () => bodiesSuite(bench))
    describe('properties', () => propertiesSuite(bench))
    describe('headers', () => headersSuite(bench))
  })
}
