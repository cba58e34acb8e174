import { describe } from 'vitest'
import type { BrokerName } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { Bench } from './bench.ts'
import { bodiesSuite } from './bodies.ts'
import { headersSuite } from './headers.ts'
import { qpidJms } from './java-clients.ts'
import { propertiesSuite } from './properties.ts'
import { redeliveriesSuite } from './redeliveries.ts'
import { requestsSuite } from './requests.ts'
import { selectorsSuite } from './selectors.ts'
import { durableSubscriptionsSuite, sharedSubscriptionsSuite } from './subscriptions.ts'
import { topicsSuite } from './topics.ts'
import { transactionsSuite } from './transactions.ts'

const names: readonly BrokerName[] = ['activemq', 'artemis', 'rabbitmq']

/** polymq and Qpid JMS read each other's messages, and share what a broker has. */
for (const name of names) {
  const broker = injectedBroker(name)
  if (broker === undefined) continue
  describe(`polymq and Qpid JMS on ${name}`, () => {
    const bench = new Bench(broker, qpidJms)
    describe('bodies', () => bodiesSuite(bench))
    describe('properties', () => propertiesSuite(bench))
    describe('headers', () => headersSuite(bench))
    describe('requests', () => requestsSuite(bench))
    describe('redeliveries', () => redeliveriesSuite(bench))
    describe('topics', () => topicsSuite(bench))
    if (name === 'artemis') describe('shared subscriptions', () => sharedSubscriptionsSuite(bench))
    if (name === 'rabbitmq') return
    describe('durable subscriptions', () => durableSubscriptionsSuite(bench))
    describe('selectors', () => selectorsSuite(bench))
    describe('transactions', () => transactionsSuite(bench))
  })
}
