import type { LoadForeignMessageReader } from '../../interop/foreign-messages.ts'
import { part } from '../../part.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import type { StompConnection } from './connection.ts'
import type { Dialect } from './dialect.ts'
import type { Endpoint } from './endpoint.ts'
import { openConnection } from './open-connection.ts'
import type { RabbitmqGiveBack } from './rabbitmq-give-back.ts'
import type { Topology } from './topology.ts'

const further = part('further connections', () => import('../../provider/further-connection.ts'))
const activemq = part('STOMP on ActiveMQ', () => import('./activemq-profile.ts'))
const artemis = part('STOMP on ActiveMQ Artemis', () => import('./artemis-profile.ts'))
const rabbitmq = part('STOMP on RabbitMQ', () => import('./rabbitmq-profile.ts'))
const other = part('STOMP on other brokers', () => import('./other-profile.ts'))

/** How the broker at the other end is spoken to. */
export interface BrokerProfile {
  readonly dialect: Dialect
  readonly topology: Topology
  readonly giveBack?: RabbitmqGiveBack
  /** The connection to go on with, where it may be another one. */
  readonly connection?: StompConnection
}

/** A broker by what it says of itself. */
export interface RecognisedBroker {
  readonly connection: StompConnection
  readonly clientId: string | undefined
  readonly username: string | undefined
  /** ms for the orderly end of a connection. */
  readonly closeTimeout: number
  readonly product: string | undefined
  readonly version: string | undefined
  readonly transformation: Endpoint['transformation']
  readonly declaresQueues: boolean
  /** What queues on RabbitMQ are to be like. */
  readonly queueOptions: ConnectionInfo['rabbitmq']
  /** Loads what reads the messages that a broker hands over as they came by AMQP. */
  readonly loadAmqpReader: LoadForeignMessageReader | undefined
  /** Opens another connection with the same settings, save the client id where one is given. */
  readonly connectAgain: (clientId?: string) => Promise<StompConnection>
}

/**
 * Recognises the broker, and makes the connection known to it. Connections that nobody waits for any more are cut: brokers
 * are asked for the client id, and more.
 */
export async function openProfile(
  first: StompConnection,
  info: ConnectionInfo,
  endpoint: Endpoint,
  loadAmqpReader: LoadForeignMessageReader | undefined,
  signal: AbortSignal,
): Promise<BrokerProfile> {
  /** Another one may take the place of the first. */
  let main = first
  let isOpening = true
  const abort = (): void => main.abort(signal.reason)
  const connectAgain = async (clientId = info.clientId): Promise<StompConnection> => {
    const open = (limit: AbortSignal) => openConnection({ ...info, clientId }, endpoint, limit)
    const { connection } = isOpening
      ? await open(signal)
      : await further(({ openFurther }) => openFurther(main, info.requestTimeout, open))
    if (isOpening) main = connection
    // It is the same broker, and says things in the same way.
    connection.suspicion = first.suspicion
    connection.describe = first.describe
    return connection
  }
  signal.addEventListener('abort', abort)
  try {
    if (signal.aborted) abort()
    const { clientId, credentials, closeTimeout, rabbitmq: queueOptions } = info
    const { product, transformation, declaresQueues } = endpoint
    const { username } = credentials
    const broker = {
      connection: first,
      clientId,
      username,
      closeTimeout,
      transformation,
      declaresQueues,
      queueOptions,
      loadAmqpReader,
      connectAgain,
    }
    return await profileOf(broker, product)
  } finally {
    isOpening = false
    signal.removeEventListener('abort', abort)
  }
}

/** The broker by the `server` header of CONNECTED; one that does not say is what the URI says it is. */
async function profileOf(
  broker: Omit<RecognisedBroker, 'product' | 'version'>,
  assumed: string | undefined,
): Promise<BrokerProfile> {
  const { connection } = broker
  const server = connection.remote.get('server') ?? assumed ?? ''
  const [, product, version] = /^([^/]+)(?:\/(\S+))?/.exec(server) ?? []
  const recognised = { ...broker, product, version }
  switch (product) {
    case 'ActiveMQ':
      return activemq(({ activemqProfile }) => activemqProfile(recognised))
    case 'ActiveMQ-Artemis':
      return artemis(({ artemisProfile }) => artemisProfile(recognised))
    case 'RabbitMQ':
      return rabbitmq(({ rabbitmqProfile }) => rabbitmqProfile(recognised))
    default:
      return other(({ otherProfile }) => otherProfile(recognised))
  }
}
