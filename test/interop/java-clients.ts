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
  /** @param settings options of the client, as in the query of its URI */
  uri(address: string, settings: string): string
}

export const qpidJms: JavaClient = {
  name: 'Qpid JMS',
  jars: jarsOf('qpid-jms'),
  jms: 'jakarta.jms',
  factory: 'org.apache.qpid.jms.JmsConnectionFactory',
  port: 'amqp',
  uri: (address, settings) => `amqp://${address}?${settings}`,
}

export const activemqClient: JavaClient = {
  name: 'activemq-client',
  jars: jarsOf('activemq-client'),
  jms: 'javax.jms',
  factory: 'org.apache.activemq.ActiveMQConnectionFactory',
  port: 'openwire',
  uri: (address, settings) => `tcp://${address}?${settings}`,
}

/** What a Java client needs to know of a broker. */
export type JavaTarget = Pick<Broker, 'name' | 'host' | 'port' | 'username' | 'password'>

function jarsOf(folder: string): string {
  return fileURLToPath(new URL(`../brokers/.cache/${folder}`, import.meta.url))
}
