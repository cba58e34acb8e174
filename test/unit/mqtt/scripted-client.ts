import type { Packet } from 'mqtt-packet'
import { afterEach } from 'vitest'
import { type Connection, type ConnectOptions, connect } from '../../../src/index.ts'
import { accepted, type Script, ScriptedBroker } from './scripted-broker.ts'

const opened: (ScriptedBroker | Connection)[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

export async function broker(script?: Script): Promise<ScriptedBroker> {
  const one = await ScriptedBroker.listen(script)
  opened.push(one)
  return one
}

export async function client(to: ScriptedBroker, options: ConnectOptions = {}, query = ''): Promise<Connection> {
  const uri = to.uri + query
  const connection = await connect(uri, { failover: false, closeTimeout: 200, heartbeat: 0, ...options })
  opened.push(connection)
  return connection
}

/** A broker that lets in with what CONNACK says of it. */
export const saying =
  (properties: object): Script =>
  (packet, one) => {
    if (packet.cmd !== 'connect') return false
    one.say(accepted(properties))
    return true
  }

/** One that refuses who connects. */
export const refusing =
  (reasonCode: number, properties: object = {}): Script =>
  (packet, one) => {
    if (packet.cmd !== 'connect') return false
    one.say({ cmd: 'connack', sessionPresent: false, reasonCode, properties } as Packet)
    return true
  }
