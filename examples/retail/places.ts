import type { BrokerPair, User } from '../../test/brokers/index.ts'

/** Where a broker is, and all that the two programs have to know of it. */
export interface Place {
  readonly name: string
  /** The same for both. */
  readonly uri: string
  readonly user: User
  /** A certificate that is trusted besides those that every machine knows. */
  readonly ca: string | undefined
  /** Ends the broker that is active without warning, where another one takes over. */
  readonly kill: (() => Promise<void>) | undefined
  stop(): Promise<void>
}

/** One ActiveMQ in the cellar, without TLS, in a container. */
export async function onPremises(): Promise<Place> {
  const { certificates, startBroker } = await import('../../test/brokers/index.ts')
  const broker = await startBroker('activemq', { keep: false })
  return {
    name: 'on premises',
    uri: broker.uri('openwire', null),
    user: broker,
    ca: certificates.ca,
    kill: undefined,
    stop: () => broker.stop(),
  }
}

/** As Amazon MQ has it: an active broker and a standby on one volume, with TLS, in two containers. */
export async function amazonMq(): Promise<Place> {
  const { certificates, startPair } = await import('../../test/brokers/index.ts')
  const pair = await startPair('activemq')
  const endpoints = pair.brokers.map((broker) => broker.uri('openwire-ssl', null))
  return {
    name: 'Amazon MQ',
    uri: `failover:(${endpoints.join(',')})`,
    user: pair.brokers[0],
    ca: certificates.ca,
    kill: () => killActive(pair),
    stop: () => pair.remove(),
  }
}

/** A broker that is there, whose user is in the environment. */
export function given(uri: string): Place {
  const { RETAIL_USER: username = '', RETAIL_PASSWORD: password = '', NODE_EXTRA_CA_CERTS: ca } = process.env
  return { name: 'the broker', uri, user: { username, password }, ca, kill: undefined, stop: async () => {} }
}

async function killActive(pair: BrokerPair): Promise<void> {
  await pair.kill(await pair.active())
}
