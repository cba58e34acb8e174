import { fileURLToPath } from 'node:url'
import type { Broker, PortName } from '../brokers/index.ts'

/** A JMS client that `java/JmsPeer.java` can run on. */
export interface JavaClient {
  readonly name: string
  /** The folder of its jars, which `test/brokers/setup.sh` fetches. */
  readonly jars: string
  /** The package of its JMS: `javax.jms` up to JMS 2.0, `jakarta.jms` since 3.0. */
  readonly jms: 'javax.jms' | 'jakarta.jms'
  /** Its class of connection factories, whose constructor takes a URI. */
  readonly factory: string
  /** The port of a broker that it connects to. */
  readonly port: PortName
  /** What it writes behind an object that it has serialised. */
  readonly afterObjects: string
  /** Whether the first delivery of a message has a count among its properties. */
  readonly countsFirst: boolean
  /** Settings by which the user's name goes along; undefined where the broker would have to add it. */
  readonly userId: string | undefined
  /** Settings for each kind of message id that it can make. */
  readonly messageIds: readonly string[]
  /** @param settings options of the client, as in the query of its URI */
  uri(address: string, settings: string): string
}

export const qpidJms: JavaClient = {
  name: 'Qpid JMS',
  jars: jarsOf('qpid-jms'),
  jms: 'jakarta.jms',
  factory: 'org.apache.qpid.jms.JmsConnectionFactory',
  port: 'amqp',
  afterObjects: '',
  countsFirst: true,
  userId: 'jms.populateJMSXUserID=true',
  // As text, which is its default, and as UUID.
  messageIds: ['UUID_STRING', 'PREFIXED_UUID_STRING', 'UUID'].map(
    (type) => `jms.messageIDPolicy.messageIDType=${type}`,
  ),
  uri: (address, settings) => `amqp://${address}?${settings}`,
}

export const activemqClient: JavaClient = {
  name: 'activemq-client',
  jars: jarsOf('activemq-client'),
  jms: 'javax.jms',
  factory: 'org.apache.activemq.ActiveMQConnectionFactory',
  port: 'openwire',
  // A reset of the stream.
  afterObjects: 'y',
  countsFirst: false,
  userId: undefined,
  messageIds: [''],
  uri: (address, settings) => `tcp://${address}?${settings}`,
}

/** What a Java client needs to know of a broker. */
export type JavaTarget = Pick<Broker, 'name' | 'host' | 'port' | 'username' | 'password'>

function jarsOf(folder: string): string {
  return fileURLToPath(new URL(`../brokers/.cache/${folder}`, import.meta.url))
}
