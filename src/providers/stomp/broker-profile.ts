import { ConnectionError } from '../../errors.ts'
import { part } from '../../part.ts'
import type { StompConnection } from './connection.ts'
import type { Dialect } from './dialect.ts'
import type { RabbitmqGiveBack } from './rabbitmq-give-back.ts'
import type { Topology } from './topology.ts'

const activemq = part('STOMP on ActiveMQ', () => import('./activemq-profile.ts'))
const rabbitmq = part('STOMP on RabbitMQ', () => import('./rabbitmq-profile.ts'))
const other = part('STOMP on other brokers', () => import('./other-profile.ts'))

/** How the broker at the other end is spoken to. */
export interface BrokerProfile {
  readonly dialect: Dialect
  readonly topology: Topology
  readonly giveBack?: RabbitmqGiveBack
}

/** A broker by what it says of itself. */
export interface RecognisedBroker {
  readonly connection: StompConnection
  readonly clientId: string | undefined
  readonly product: string | undefined
  readonly version: string | undefined
  /** Opens another connection with the same settings. */
  readonly connectAgain: () => Promise<StompConnection>
}

/** Recognises the broker by the `server` header of CONNECTED, and makes itself known to it. */
export async function openProfile(
  connection: StompConnection,
  clientId: string | undefined,
  connectAgain: () => Promise<StompConnection>,
): Promise<BrokerProfile> {
  const [, product, version] = /^([^/]+)(?:\/(\S+))?/.exec(connection.remote.get('server') ?? '') ?? []
  const broker = { connection, clientId, product, version, connectAgain }
  switch (product) {
    case 'ActiveMQ':
      return activemq(({ activemqProfile }) => activemqProfile(broker))
    case 'ActiveMQ-Artemis':
      throw new ConnectionError(
        `${connection.endpoint} is ActiveMQ Artemis, whose queues and topics polymq does not reach over STOMP; use AMQP (amqps:// or amqp+wss://) there`,
      )
    case 'RabbitMQ':
      return rabbitmq(({ rabbitmqProfile }) => rabbitmqProfile(broker))
    default:
      return other(({ otherProfile }) => otherProfile(broker))
  }
}
