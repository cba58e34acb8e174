import { InvalidOptionError } from '../../errors.ts'
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
  signal: AbortSignal,
): Promise<BrokerProfile> {
  const opened = [first]
  let isOpening = true
  const abort = (): void => {
    for (const connection of opened) connection.abort(signal.reason)
  }
  const connectAgain = async (clientId = info.clientId): Promise<StompConnection> => {
    const open = (limit: AbortSignal) => openConnection({ ...info, clientId }, endpoint, limit)
    if (!isOpening) {
      // Whatever was opened before that took the place of the first one.
      const main = opened.at(-1) as StompConnection
      return (await further(({ openFurther }) => openFurther(main, info.requestTimeout, open))).connection
    }
    const { connection } = await open(signal)
    opened.push(connection)
    return connection
  }
  signal.addEventListener('abort', abort)
  try {
    if (signal.aborted) abort()
    return await profileOf(first, info, connectAgain, endpoint)
  } finally {
    isOpening = false
    signal.removeEventListener('abort', abort)
  }
}

/** The broker by the `server` header of CONNECTED; one that does not say is what the URI says it is. */
async function profileOf(
  connection: StompConnection,
  { clientId, credentials: { username }, closeTimeout, rabbitmq: options }: ConnectionInfo,
  connectAgain: (clientId?: string) => Promise<StompConnection>,
  { product: assumed, transformation }: Endpoint,
): Promise<BrokerProfile> {
  const server = connection.remote.get('server') ?? assumed ?? ''
  const [, product, version] = /^([^/]+)(?:\/(\S+))?/.exec(server) ?? []
  const broker = { connection, clientId, username, closeTimeout, product, version, transformation, connectAgain }
  switch (product) {
    case 'ActiveMQ':
      return activemq(({ activemqProfile }) => activemqProfile(broker))
    case 'ActiveMQ-Artemis':
      return artemis(({ artemisProfile }) => artemisProfile(broker))
    case 'RabbitMQ':
      if (options !== undefined) throw noQueueOptions(connection.endpoint)
      return rabbitmq(({ rabbitmqProfile }) => rabbitmqProfile(broker))
    default:
      return other(({ otherProfile }) => otherProfile(broker))
  }
}

/** The plugin knows a part of the arguments, and takes a queue that is there with others without a word. */
function noQueueOptions(endpoint: string): InvalidOptionError {
  return new InvalidOptionError(
    'rabbitmq',
    `the option rabbitmq does not hold over STOMP, which ${endpoint} speaks; connect over AMQP, or leave it out`,
  )
}
