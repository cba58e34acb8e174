import { describe, it } from 'vitest'
import { connect } from '../../src/index.ts'
import { injectedBroker, injectedBrokers } from '../brokers/injected.ts'
import { FaultyProxy } from '../chaos/faulty-proxy.ts'
import { soon } from '../conformance/waiting.ts'
import { interrupted, resumed } from './application.ts'
import { injectedPairings } from './protocols.ts'

/** ActiveMQ Classic speaks MQTT 3.1.1 only, where text comes as bytes. */
const overMqtt = injectedBrokers('mqtt')
  .filter(({ name }) => name !== 'activemq')
  .map(({ name }) => ({ name, protocol: 'mqtt' as const }))

const HEARTBEAT = 2_000
/** ms by which a timer may be late on a machine that has much to do; less than a heartbeat. */
const LATE = 1_500

describe('a connection whose network falls silent', () => {
  it.concurrent.for([...injectedPairings(), ...overMqtt])(
    'notices within two heartbeats, and has its temporary queue again with its consumer, however late the broker notices: $name over $protocol',
    async ({ name, protocol }, { expect }) => {
      const broker = injectedBroker(name)
      if (broker === undefined) throw new Error(`there is no ${name}`)
      const proxy = await FaultyProxy.to(broker.host, broker.port(protocol))
      const uri = broker.uri(protocol).replace(`:${broker.port(protocol)}`, `:${proxy.port}`)
      await using connection = await connect(uri, { heartbeat: HEARTBEAT })
      const errors: Error[] = []
      connection.on('error', (error) => errors.push(error))
      const session = await connection.createSession()
      const queue = await session.createTemporaryQueue()
      const consumer = await session.createConsumer(queue)

      const noticed = interrupted(connection).then(() => performance.now())
      const again = resumed(connection)
      const silentSince = performance.now()
      proxy.fallSilent()
      // What has come last has come before that.
      expect((await noticed) - silentSince).toBeLessThan(2 * HEARTBEAT + LATE)
      await again
      await connection.send(queue, 'hello')
      expect((await soon(consumer.receive({ timeout: 5_000 }), 'the message'))?.body).toBe('hello')
      expect(errors).toEqual([])
      await connection.close()
      await proxy.close()
    },
  )
})
