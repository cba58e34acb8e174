import { afterEach } from 'vitest'
import { type Connection, type ConnectOptions, connect } from '../../../src/index.ts'
import { type Script, ScriptedBroker } from './scripted-broker.ts'

/** What scripted brokers call themselves. */
export const CLASSIC = 'ActiveMQ/5.18.3'
export const RABBITMQ = 'RabbitMQ/4.0.5'

const opened: (ScriptedBroker | Connection)[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** A broker that ends with the test. */
export async function broker(product: string, script?: Script): Promise<ScriptedBroker> {
  const one = await ScriptedBroker.listen(product, script)
  opened.push(one)
  return one
}

/** A connection to it that ends with the test; without failover unless the options say otherwise. */
export async function client(to: Pick<ScriptedBroker, 'uri'>, options: ConnectOptions = {}): Promise<Connection> {
  const connection = await connect(to.uri, { failover: false, closeTimeout: 200, heartbeat: 0, ...options })
  opened.push(connection)
  return connection
}
