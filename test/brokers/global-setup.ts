/** Vitest global set-up: starts the brokers named in POLYMQ_BROKERS once, for all test files. */

import type { TestProject } from 'vitest/node'
import { type BrokerName, catalogue, isBrokerName } from './catalogue.ts'
import { keepsBrokers, startBrokers } from './start.ts'

const everyBroker = 'activemq,artemis,rabbitmq,mosquitto'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const names = wantedBrokers(process.env.POLYMQ_BROKERS ?? everyBroker)
  const brokers = await startBrokers(names)
  project.provide(
    'brokers',
    brokers.map(({ address }) => address),
  )
  return async () => {
    if (!keepsBrokers()) await Promise.all(brokers.map((broker) => broker.stop()))
  }
}

function wantedBrokers(list: string): BrokerName[] {
  const words = list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
  return words.map((word) => {
    if (isBrokerName(word)) return word
    throw new Error(`POLYMQ_BROKERS names '${word}'; there are ${Object.keys(catalogue).join(', ')}`)
  })
}
