/** Two brokers of ActiveMQ Classic in a network: each forwards what the other one's consumers want, and tells its clients of it. */

import { readFile } from 'node:fs/promises'
import { type Broker, waitForBroker } from './broker.ts'
import { user } from './catalogue.ts'
import { createNetwork, removeNetwork } from './ownership.ts'
import { progress } from './progress.ts'
import { startBrokerIn } from './start.ts'

export interface BrokerNetwork {
  readonly brokers: readonly [Broker, Broker]
  /** Ends both, and removes all of it. */
  remove(): Promise<void>
}

const hosts = ['broker-1', 'broker-2'] as const

/** @throws Error with a log when one of them does not start */
export async function startNetwork(): Promise<BrokerNetwork> {
  const report = progress('broker network activemq')
  const network = await createNetwork()
  const started: Broker[] = []
  const start = async (place: 0 | 1): Promise<Broker> => {
    const broker = await startBrokerIn(
      {
        network: { name: network, host: hosts[place] },
        files: [{ content: await configuration(place), target: '/opt/activemq/conf/activemq.xml' }],
      },
      'activemq',
    )
    started.push(broker)
    return broker
  }
  const remove = async (): Promise<void> => {
    await Promise.all(started.map((broker) => broker.stop()))
    await removeNetwork(network)
  }
  try {
    const brokers = await Promise.all([start(0), start(1)])
    await Promise.all(brokers.map(({ address }) => waitForBroker(address)))
    report('ready')
    return { brokers, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Clients are told of both by their addresses in the network, and are to spread over them. */
async function configuration(place: 0 | 1): Promise<string> {
  const one = await readFile(new URL('activemq/activemq.xml', import.meta.url), 'utf8')
  const login = `userName="${user.username}" password="${user.password}"`
  return one
    .replace('brokerName="polymq-test"', `brokerName="${hosts[place]}"`)
    .replace(
      '<persistenceAdapter>',
      `<networkConnectors>
        <networkConnector uri="static:(tcp://${hosts[1 - place]}:61616)" ${login}/>
      </networkConnectors>
      <persistenceAdapter>`,
    )
    .replace(
      /<transportConnector name="openwire" uri="tcp:..0.0.0.0:([^"]*)"\/>/,
      `<transportConnector name="openwire" uri="tcp://${hosts[place]}:$1" updateClusterClients="true" rebalanceClusterClients="true">
        <publishedAddressPolicy>
          <publishedAddressPolicy publishedHostStrategy="IPADDRESS"/>
        </publishedAddressPolicy>
      </transportConnector>`,
    )
}
