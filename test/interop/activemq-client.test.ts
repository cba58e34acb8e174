import { describe } from 'vitest'
import type { BrokerName } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { Bench } from './bench.ts'
import { bodiesSuite } from './bodies.ts'
import { headersSuite } from './headers.ts'
import { activemqClient } from './java-clients.ts'
import { openwireSuite } from './openwire.ts'
import { propertiesSuite } from './properties.ts'
import { redeliveriesSuite } from './redeliveries.ts'
import { requestsSuite } from './requests.ts'
import { selectorsSuite } from './selectors.ts'
import { durableSubscriptionsSuite, virtualTopicsSuite } from './subscriptions.ts'
import { topicsSuite } from './topics.ts'
import { transactionsSuite } from './transactions.ts'

const names: readonly BrokerName[] = ['activemq', 'artemis']

/** polymq and the client that Java applications of ActiveMQ have, both over OpenWire. */
for (const name of names) {
  const broker = injectedBroker(name)
  if (broker === undefined) continue
  describe(`polymq and activemq-client on ${name}`, () => {
    const bench = new Bench(broker, activemqClient)
    describe('bodies', () => bodiesSuite(bench))
    describe('properties', () => propertiesSuite(bench))
    describe('headers', () => headersSuite(bench))
    describe('requests', () => requestsSuite(bench))
    describe('redeliveries', () => redeliveriesSuite(bench))
    describe('topics', () => topicsSuite(bench))
    describe('durable subscriptions', () => durableSubscriptionsSuite(bench))
    if (name === 'activemq') describe('virtual topics', () => virtualTopicsSuite(bench))
    describe('selectors', () => selectorsSuite(bench))
    describe('transactions', () => transactionsSuite(bench))
    describe('what only OpenWire has', () => openwireSuite(bench))
  })
}
