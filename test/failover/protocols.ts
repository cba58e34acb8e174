/** Which protocols the failover and chaos tests speak with which broker. */

import type { BrokerName, PortName } from '../brokers/index.ts'
import { injectedBrokers } from '../brokers/injected.ts'
import type { Features } from './expectations.ts'

export const PROTOCOLS = ['amqp', 'amqp091', 'stomp', 'openwire'] as const satisfies readonly PortName[]
export type Protocol = (typeof PROTOCOLS)[number]

/** A broker, and one of the protocols that it is tested with. */
export interface Pairing {
  readonly name: BrokerName
  readonly protocol: Protocol
}

/** Those of the brokers that a test run has started. */
export function injectedPairings(): Pairing[] {
  return injectedBrokers().flatMap(({ name }) => protocolsOf(name).map((protocol) => ({ name, protocol })))
}

export function protocolsOf(name: BrokerName): readonly Protocol[] {
  // It has topics only.
  if (name === 'mosquitto') return []
  return name === 'rabbitmq' ? ['amqp', 'amqp091', 'stomp'] : ['amqp', 'stomp', 'openwire']
}

export function featuresOf({ name, protocol }: Pairing): Features {
  const isRabbit = name === 'rabbitmq'
  const isPlainOnly = name === 'artemis' && protocol === 'stomp'
  return {
    transactions: !isRabbit && !isPlainOnly,
    browsers: !isRabbit && !isPlainOnly,
    sharedSubscriptions: name !== 'activemq' && !isPlainOnly && protocol !== 'openwire',
    // The others keep that in memory only, unless they are told otherwise.
    tellsRedelivered: isRabbit,
  }
}
