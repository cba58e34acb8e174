/** What each broker image offers: its ports, the protocol a port answers in, and the users. */

export type BrokerName = 'activemq' | 'artemis' | 'rabbitmq' | 'rabbitmq-3' | 'mosquitto'

export type PortName =
  | 'amqp'
  | 'amqp-jms'
  | 'amqp-ws'
  | 'amqp091'
  | 'amqps091'
  | 'amqps'
  | 'amqps-wrong-host'
  | 'amqps-expired'
  | 'amqps-unknown-ca'
  | 'amqps-client-certificate'
  | 'openwire'
  | 'openwire-ssl'
  | 'stomp'
  | 'stomps'
  | 'stomp-ws'
  | 'stomp-wss'
  | 'mqtt'
  | 'mqtts'
  | 'mqtt-ws'
  | 'management'

/** How to tell that the broker behind a port answers. */
export type Greeting = 'amqp' | 'amqp-0-9-1' | 'tls' | 'stomp' | 'mqtt' | 'openwire' | 'http'

export interface PortDefinition {
  /** The port inside the container. */
  readonly container: number
  readonly scheme: string
  readonly path?: string
  readonly greeting: Greeting
}

export interface BrokerDefinition {
  readonly image: string
  readonly defaultPort: PortName
  readonly ports: Readonly<Partial<Record<PortName, PortDefinition>>>
  /** Makes a broker write down at once what it would have written a moment later. */
  readonly writeTopology?: readonly string[]
}

export interface User {
  readonly username: string
  readonly password: string
}

/** May do everything. */
export const user: User = { username: 'polymq', password: 'polymq-secret' }

/** May do everything; its password has what URIs have another meaning for. */
export const special: User = { username: 'special', password: '#!@/%:' }

/** May only consume from destinations that exist. */
export const reader: User = { username: 'reader', password: 'reader-secret' }

const badCertificates = {
  'amqps-wrong-host': { container: 5691, scheme: 'amqps', greeting: 'tls' },
  'amqps-expired': { container: 5692, scheme: 'amqps', greeting: 'tls' },
  'amqps-unknown-ca': { container: 5693, scheme: 'amqps', greeting: 'tls' },
} as const

export const catalogue: Readonly<Record<BrokerName, BrokerDefinition>> = {
  activemq: {
    image: 'polymq-test/activemq',
    defaultPort: 'amqp',
    ports: {
      amqp: { container: 5672, scheme: 'amqp', greeting: 'amqp' },
      'amqp-jms': { container: 5673, scheme: 'amqp', greeting: 'amqp' },
      'amqp-ws': { container: 61614, scheme: 'amqp+ws', greeting: 'http' },
      amqps: { container: 5671, scheme: 'amqps', greeting: 'tls' },
      ...badCertificates,
      'amqps-client-certificate': { container: 5694, scheme: 'amqps', greeting: 'tls' },
      openwire: { container: 61616, scheme: 'tcp', greeting: 'openwire' },
      'openwire-ssl': { container: 61617, scheme: 'ssl', greeting: 'tls' },
      stomp: { container: 61613, scheme: 'stomp', greeting: 'stomp' },
      stomps: { container: 61612, scheme: 'stomps', greeting: 'tls' },
      'stomp-ws': { container: 61614, scheme: 'stomp+ws', greeting: 'http' },
      'stomp-wss': { container: 61619, scheme: 'stomp+wss', greeting: 'tls' },
      mqtt: { container: 1883, scheme: 'mqtt', greeting: 'mqtt' },
      mqtts: { container: 8883, scheme: 'mqtts', greeting: 'tls' },
      'mqtt-ws': { container: 61614, scheme: 'mqtt+ws', greeting: 'http' },
    },
  },
  artemis: {
    image: 'polymq-test/artemis',
    defaultPort: 'amqp',
    ports: {
      amqp: { container: 5672, scheme: 'amqp', greeting: 'amqp' },
      'amqp-ws': { container: 5672, scheme: 'amqp+ws', greeting: 'amqp' },
      amqps: { container: 5671, scheme: 'amqps', greeting: 'tls' },
      ...badCertificates,
      'amqps-client-certificate': { container: 5694, scheme: 'amqps', greeting: 'tls' },
      openwire: { container: 61616, scheme: 'tcp', greeting: 'amqp' },
      'openwire-ssl': { container: 61617, scheme: 'ssl', greeting: 'tls' },
      stomp: { container: 61613, scheme: 'stomp', greeting: 'stomp' },
      stomps: { container: 61617, scheme: 'stomps', greeting: 'tls' },
      'stomp-ws': { container: 61613, scheme: 'stomp+ws', greeting: 'stomp' },
      mqtt: { container: 1883, scheme: 'mqtt', greeting: 'mqtt' },
      mqtts: { container: 61617, scheme: 'mqtts', greeting: 'tls' },
      'mqtt-ws': { container: 1883, scheme: 'mqtt+ws', greeting: 'mqtt' },
    },
  },
  rabbitmq: {
    image: 'polymq-test/rabbitmq',
    // Killed within half a second of a quorum queue's declaration, RabbitMQ 4.0 starts that queue without a leader and
    // answers nobody who asks for it (rabbitmq-server issue 15725).
    writeTopology: ['rabbitmqctl', 'eval', '[dets:sync(Table) || Table <- dets:all()].'],
    defaultPort: 'amqp',
    ports: {
      amqp: { container: 5672, scheme: 'amqp', greeting: 'amqp' },
      amqp091: { container: 5672, scheme: 'amqp', path: '/?amqp.version=0-9-1', greeting: 'amqp' },
      amqps: { container: 5671, scheme: 'amqps', greeting: 'tls' },
      amqps091: { container: 5671, scheme: 'amqps', path: '/?amqp.version=0-9-1', greeting: 'tls' },
      // RabbitMQ asks for a certificate on its one TLS listener and takes the connection without, too.
      'amqps-client-certificate': { container: 5671, scheme: 'amqps', greeting: 'tls' },
      stomp: { container: 61613, scheme: 'stomp', greeting: 'stomp' },
      stomps: { container: 61614, scheme: 'stomps', greeting: 'tls' },
      'stomp-ws': { container: 15674, scheme: 'stomp+ws', path: '/ws', greeting: 'http' },
      mqtt: { container: 1883, scheme: 'mqtt', greeting: 'mqtt' },
      mqtts: { container: 8883, scheme: 'mqtts', greeting: 'tls' },
      'mqtt-ws': { container: 15675, scheme: 'mqtt+ws', path: '/ws', greeting: 'http' },
      management: { container: 15672, scheme: 'http', greeting: 'http' },
    },
  },
  'rabbitmq-3': {
    image: 'polymq-test/rabbitmq-3',
    defaultPort: 'amqp',
    ports: { amqp: { container: 5672, scheme: 'amqp', greeting: 'amqp-0-9-1' } },
  },
  mosquitto: {
    image: 'polymq-test/mosquitto',
    defaultPort: 'mqtt',
    ports: {
      mqtt: { container: 1883, scheme: 'mqtt', greeting: 'mqtt' },
      mqtts: { container: 8883, scheme: 'mqtts', greeting: 'tls' },
      'mqtt-ws': { container: 9001, scheme: 'mqtt+ws', greeting: 'http' },
    },
  },
}

export function isBrokerName(text: string): text is BrokerName {
  return Object.hasOwn(catalogue, text)
}
